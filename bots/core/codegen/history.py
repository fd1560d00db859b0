"""How many candles of each timeframe a program fetches before it decides."""

from __future__ import annotations

from bots.core.strategy.conditions import comparisons
from bots.core.strategy.evaluate import reach
from bots.core.strategy.indicator_specs import IndicatorSpec
from bots.core.strategy.signals import warmup_of
from bots.core.strategy.spec import Spec
from exchanges.core.candles import TIMEFRAME_MS

# An exchange gives about a thousand candles a page; more than this takes minutes to fetch.
CANDLES_MAX = 20_000
# A running total never settles: only its changes count.
ENDLESS = 500


def history(spec: Spec) -> dict[str, int]:
    """Timeframe -> candles, the strategy's own first; as backtests warm up, up to CANDLES_MAX."""
    trees = spec.conditions().values()
    back = max((reach(one) for tree in trees for one in comparisons(tree)), default=0) + 2
    needed = {spec.timeframe: 0}
    for one in spec.indicators:
        timeframe = one.timeframe or spec.timeframe
        needed[timeframe] = max(needed.get(timeframe, 0), _settled(spec, one, timeframe))
    base_ms = TIMEFRAME_MS[spec.timeframe]
    return {
        timeframe: min(candles + back * base_ms // TIMEFRAME_MS[timeframe] + 2, CANDLES_MAX)
        for timeframe, candles in needed.items()
    }


def _settled(spec: Spec, one: IndicatorSpec, timeframe: str) -> int:
    own = warmup_of(one, timeframe)
    read = next((other for other in spec.indicators if other.id == one.source_id), None)
    before = 0 if read is None else _settled(spec, read, timeframe)
    return before + (ENDLESS if own is None else own)
