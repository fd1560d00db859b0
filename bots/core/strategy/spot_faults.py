"""What of a strategy a bot on a spot market cannot do: bots and generated programs refuse alike."""

from __future__ import annotations

from collections.abc import Iterator

from bots.core.strategy.risk_options import options_used
from bots.core.strategy.spec import Spec


def spot_faults(spec: Spec) -> Iterator[str]:
    """Sentences about the strategy, one for each thing that it asks too much."""
    if spec.short_conditions is not None:
        yield "sells short (short_conditions); a bot on a spot market only buys and sells"
    if spec.risk.leverage > 1:
        yield f"uses leverage {spec.risk.leverage:g} (risk.leverage); a spot market has none"
    # A bot never trades differently from its backtest: what it cannot do yet it refuses.
    for key in options_used(spec.risk):
        yield f"uses risk.{key}, which backtests can do and bots cannot yet; leave it out"
