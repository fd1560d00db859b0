"""Where a trade's stop and target stood on each candle while it was held."""

from __future__ import annotations

import numpy as np

from bots.core.engine.series import Floats
from bots.core.strategy.risk import Plan
from exchanges.core.candles import Candles
from exchanges.core.market import NO_RULES, Steps
from exchanges.core.matching import stop_loss_price, take_profit_price


def protective_levels(
    held: Candles, side: int, entry: float, plan: Plan[float], steps: Steps[float] | None = None
) -> tuple[Floats, Floats]:
    """(stop, target) by candle, from the entry's to the exit's; empty where there was none.

    The stop is the one that counts: the nearer of stop-loss and trailing stop, which hangs at the
    best price of the candles before (docs/semantics.md, 3). To be drawn: it is not rounded.
    """
    steps = NO_RULES.numbers(float) if steps is None else steps
    count = len(held)
    stop = np.empty(0)
    if plan.stop_loss > 0:
        stop = np.full(count, stop_loss_price(side, entry, plan.stop_loss, steps))
    if plan.trailing_stop > 0:
        farthest = held.high if side > 0 else -held.low
        best = np.maximum.accumulate(np.concatenate([[side * entry], farthest[:-1]])) * side
        trail = best * (1 - side * plan.trailing_stop)
        nearer = np.maximum if side > 0 else np.minimum
        stop = nearer(stop, trail) if stop.size else trail
    if plan.take_profit == 0:
        return stop, np.empty(0)
    return stop, np.full(count, take_profit_price(side, entry, plan.take_profit, steps))
