"""What is wrong with the input of a simulation, all of it at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from backtesting.core.cost_faults import cost_faults
from backtesting.core.detail import detail_faults
from bots.core.engine.series import Funding
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from foundation.lib.errors import BadInput, FieldFault

CANDLES_PER_SYMBOL_MAX = 6_000_000  # eleven years of minutes
CANDLES_PER_BACKTEST_MAX = 20_000_000
assert CANDLES_PER_SYMBOL_MAX <= CANDLES_PER_BACKTEST_MAX


def check_input(timeframe: str, candles: Mapping[str, Candles], **given: Any) -> None:
    """BadInput with everything that is wrong; arguments as those of `input_faults`."""
    faults = input_faults(timeframe, candles, **given)
    if faults:
        raise BadInput("; ".join(f"{fault.path}: {fault.message}" for fault in faults), faults)


def input_faults(
    timeframe: str,
    candles: Mapping[str, Candles],
    *,
    cash: float,
    costs: Costs,
    rules: Mapping[str, MarketRules],
    funding: Mapping[str, Funding],
    detail: Mapping[str, Candles],
) -> list[FieldFault]:
    """Everything wrong with the input, at once."""
    faults = []
    if not (math.isfinite(cash) and cash > 0):
        faults.append(FieldFault("cash", "must be a finite number above 0"))
    faults += cost_faults(costs)
    for name, given in (("rules", rules), ("funding", funding)):
        unknown = [symbol for symbol in given if symbol not in candles]
        faults += [FieldFault(name, f"{symbol} has no candles here") for symbol in unknown]
    faults += detail_faults(timeframe, candles, detail)
    return faults + candle_faults(timeframe, candles)


def candle_faults(timeframe: str, candles: Mapping[str, Candles]) -> list[FieldFault]:
    """What is wrong with the amount and kind of candles; their values were checked on import."""
    if not candles:
        return [FieldFault("symbols", "at least one symbol is needed")]
    faults = []
    for symbol, one in candles.items():
        if not len(one):
            faults.append(FieldFault("candles", f"{symbol} has no candles in this range"))
        elif len(one) > CANDLES_PER_SYMBOL_MAX:
            most = f"at most {CANDLES_PER_SYMBOL_MAX} candles per symbol"
            faults.append(FieldFault("candles", f"{symbol}: {len(one)} candles; {most}"))
        if one.timeframe != timeframe:
            message = f"{symbol} has {one.timeframe} candles, the strategy works on "
            faults.append(FieldFault("timeframe", message + timeframe))
    total = sum(map(len, candles.values()))
    if total > CANDLES_PER_BACKTEST_MAX:
        most = f"at most {CANDLES_PER_BACKTEST_MAX} in one backtest"
        faults.append(FieldFault("candles", f"{total} candles; {most}"))
    return faults
