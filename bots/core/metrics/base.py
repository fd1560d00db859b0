"""What metrics are computed from, and the registry they enter."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foundation.lib.registry import Registry

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY_MS = 86_400_000
DAYS_PER_YEAR = 365  # crypto never closes


class Underwater(NamedTuple):
    """How deep and how long equity was below its peak.

    lowest: 0 or a negative fraction. squares: sum of the squared fractions over all marks.
    longest_ms: from a peak until equity was there again, or until the end. marks: how many.
    """

    lowest: float
    squares: float
    longest_ms: int
    marks: int


@dataclass(frozen=True, eq=False)
class Record:
    """A run, backtested or live: marked equity and closed trades.

    start_ms: when the cash was all there was. time_ms: when each equity was marked, ascending.
    pnl, fees, funding: quote currency, one per trade; returns: pnl over the margin put up.
    exposure: share of candles in a position. None: not known. known: what was below the peaks,
    where the equity given holds the ends of the days only.
    """

    start_ms: int
    time_ms: Ints
    equity: Floats
    cash: float
    pnl: Floats
    returns: Floats
    fees: Floats
    funding: Floats
    exposure: float | None = None
    buy_and_hold_return: float | None = None
    known: Underwater | None = None

    @cached_property
    def day_ends(self) -> NDArray[np.intp]:
        """Index of the last mark of each UTC day that has one; midnight ends a day."""
        days = (self.time_ms - 1) // DAY_MS
        return np.append(np.flatnonzero(days[1:] != days[:-1]), days.size - 1)

    @cached_property
    def daily_equity(self) -> Floats:
        """Closing equity of every UTC day; a day without a mark keeps the day before's."""
        ends = self.day_ends
        days = (self.time_ms[ends] - 1) // DAY_MS
        return np.repeat(self.equity[ends], np.append(np.diff(days), 1))

    @cached_property
    def daily_returns(self) -> Floats:
        """From each day's closing equity to the next; ends where nothing was left."""
        daily = self.daily_equity
        before = daily[:-1]
        if not (before > 0).all():
            before = before[: int(np.argmax(before <= 0))]
        return daily[1 : before.size + 1] / before - 1

    @cached_property
    def peaks(self) -> Floats:
        """Highest equity so far at each mark, the initial cash included."""
        return np.maximum(np.maximum.accumulate(self.equity), self.cash)

    @cached_property
    def drawdowns(self) -> Floats:
        """At each mark, how far below the peak: 0 or a negative fraction."""
        return self.equity / self.peaks - 1

    @cached_property
    def underwater(self) -> Underwater:
        """What the drawdown metrics read."""
        if self.known is not None:
            return self.known
        drawdowns, at_peak = self.drawdowns, np.flatnonzero(self.equity >= self.peaks)
        # The start, every mark at a peak, and the end if it is below one.
        times = np.concatenate([[self.start_ms], self.time_ms[at_peak], self.time_ms[-1:]])
        marks = np.concatenate([[-1], at_peak, [self.equity.size]])
        longest_ms = int(np.max(np.diff(times)[np.diff(marks) > 1], initial=0))
        squares = float(np.dot(drawdowns, drawdowns))
        return Underwater(float(np.min(drawdowns)), squares, longest_ms, self.equity.size)


Formula = Callable[[Record], Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """unit: fraction, ratio, count, quote (currency), ms, or list. doc: formula and source."""

    key: str
    label: str
    unit: str
    higher_is_better: bool | None
    formula: Formula
    doc: str


METRICS: Registry[Metric] = Registry("metric")


def metric(label: str, *, unit: str, higher_is_better: bool | None) -> Callable[[Formula], Formula]:
    """Registers a formula under its own name; its docstring says what it means and whose it is."""

    def register(formula: Formula) -> Formula:
        key = formula.__name__
        doc = (formula.__doc__ or "").strip()
        METRICS.add(key, Metric(key, label, unit, higher_is_better, formula, doc))
        return formula

    return register


def sample_std(values: Floats) -> float | None:
    """Standard deviation with ddof 1; None below two values, exactly 0 when they do not differ."""
    if values.size < 2:
        return None
    std = float(np.std(values, ddof=1))
    # Equal values may differ in the last bit, which is no variance.
    return 0.0 if std <= 1e-12 * float(np.max(np.abs(values))) else std


def finite(value: Any) -> Any:
    """JSON knows neither NaN nor infinity: a number that is neither a value is None."""
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
