"""The reference simulator's protections: whether closed trades keep entries back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from backtesting.core.desk import Closed
from bots.core.strategy import options
from bots.core.strategy.protections import was_stopped


def triggered(guard: float, recent: Sequence[Closed], trades: int, bound: float) -> bool:
    """Whether these closed trades, in the order of their exits, set a protection off."""
    returns = [one.return_fraction for one in recent]
    if guard == options.STOPLOSS_GUARD:
        stops = [one for one in recent if was_stopped(one.reason, one.return_fraction, bound)]
        return len(stops) >= trades
    if len(recent) < trades:
        return False
    if guard == options.LOW_PROFIT:
        return sum(returns, 0.0) < bound
    sums = list(accumulate(returns, initial=0.0))
    peaks = accumulate(sums, max)
    return max(peak - now for peak, now in zip(peaks, sums, strict=True)) > bound
