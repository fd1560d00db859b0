"""Protections in plain Python: whether, and until when, closed trades keep entries back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from bots.core.engine.money import Closed
from bots.core.engine.series import Task
from bots.core.strategy import options
from bots.core.strategy.protections import locked_until, looked_back, was_stopped


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


@dataclass(slots=True)
class Locks:
    """Times before which nobody may enter: anywhere, and in each symbol. looked_at: trades seen."""

    task: Task
    anywhere_ms: float
    by_symbol_ms: list[float]
    looked_at: int = 0

    @classmethod
    def of(cls, task: Task) -> Locks:
        return cls(task, 0.0, [0.0] * len(task.series))

    def hold(self, symbol: int, now_ms: int) -> bool:
        """Whether a protection lets nobody enter this symbol now."""
        return now_ms < max(self.anywhere_ms, self.by_symbol_ms[symbol])

    def look(self, closed: Sequence[Closed]) -> None:
        """Look at every trade closed since the last look."""
        if self.task.options.protections:
            for number in range(self.looked_at, len(closed)):
                self.look_at(closed[: number + 1])
        self.looked_at = len(closed)

    def look_at(self, past: Sequence[Closed]) -> None:
        """Keep entries back where the trades up to the last of these call for it."""
        candle_ms, closed = self.task.series[0].candles.timeframe_ms, past[-1]
        for guard, lookback, stop, trades, alone, bound in self.task.options.protections:
            own = guard == options.LOW_PROFIT or alone > 0
            recent = [
                one
                for one in past
                if looked_back(one.time_ms, closed.time_ms, lookback, candle_ms)
                and (one.symbol == closed.symbol or not own)
            ]
            if triggered(guard, recent, int(trades), bound):
                until = locked_until(closed.time_ms, stop, candle_ms)
                if own:
                    mine = self.by_symbol_ms
                    mine[closed.symbol] = max(mine[closed.symbol], until)
                else:
                    self.anywhere_ms = max(self.anywhere_ms, until)
