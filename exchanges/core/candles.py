"""Candle columns: timeframes, the grid, faults, gaps, slices and resampling. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
TIMEFRAME_MS: dict[str, int] = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": 60 * MINUTE_MS,
    "2h": 120 * MINUTE_MS,
    "4h": 240 * MINUTE_MS,
    "6h": 360 * MINUTE_MS,
    "12h": 720 * MINUTE_MS,
    "1d": DAY_MS,
    "1w": 7 * DAY_MS,
}
# The epoch was a Thursday; a week begins on Monday 00:00 UTC, four days later.
WEEK_OFFSET_MS = 4 * DAY_MS
PRICE_COLUMNS = ("open", "high", "low", "close")
COLUMNS = (*PRICE_COLUMNS, "volume")
TIME_MS_MIN = 1_230_768_000_000  # 2009-01-01, before the first bitcoin
TIME_MS_MAX = 4_102_444_800_000  # 2100-01-01


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Columns of equal length, ascending in open time, without duplicates; gaps stay gaps.

    beside: other series as they were known at each candle's close, by name; NaN where they were
    not. Whoever reads one that is not there reads NaN.
    """

    timeframe: str
    open_time_ms: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    beside: Mapping[str, Floats] = field(default_factory=dict, kw_only=True)

    def __len__(self) -> int:
        return int(self.open_time_ms.shape[0])

    @property
    def timeframe_ms(self) -> int:
        return TIMEFRAME_MS[self.timeframe]

    def columns(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        return self.open, self.high, self.low, self.close, self.volume

    def slice(self, i: int, j: int) -> Candles:
        """Candles i to j - 1, as views; indexes count as in Python."""
        beside = {name: column[i:j] for name, column in self.beside.items()}
        columns = (column[i:j] for column in self.columns())
        return Candles(self.timeframe, self.open_time_ms[i:j], *columns, beside=beside)

    def between(self, start_ms: int | None, end_ms: int | None) -> Candles:
        """Candles whose open time is in [start_ms, end_ms); None leaves that side open."""
        times = self.open_time_ms
        i = 0 if start_ms is None else int(np.searchsorted(times, start_ms, side="left"))
        j = len(self) if end_ms is None else int(np.searchsorted(times, end_ms, side="left"))
        return self.slice(i, max(i, j))

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Candles:
        """The candles picked by an index or a mask, in that order."""
        picked = (column[index] for column in self.columns())
        beside = {name: column[index] for name, column in self.beside.items()}
        return Candles(self.timeframe, self.open_time_ms[index], *picked, beside=beside)


def make_candles(timeframe: str, open_time_ms: Iterable[int], *columns: Iterable[float]) -> Candles:
    """Candles from anything array-like: open times, then open, high, low, close, volume."""
    assert timeframe in TIMEFRAME_MS and len(columns) == len(COLUMNS)
    times = np.ascontiguousarray(open_time_ms, dtype=np.int64)
    floats = [np.ascontiguousarray(column, dtype=np.float64) for column in columns]
    assert all(column.shape == times.shape for column in floats)
    return Candles(timeframe, times, *floats)


def no_candles(timeframe: str) -> Candles:
    return make_candles(timeframe, [], *([] for _ in COLUMNS))


def concat(parts: Sequence[Candles]) -> Candles:
    """Parts of one timeframe, each later than the one before it; without what stands beside."""
    assert parts and all(part.timeframe == parts[0].timeframe for part in parts)
    columns = zip(*(part.columns() for part in parts), strict=True)
    times = np.concatenate([part.open_time_ms for part in parts])
    return Candles(parts[0].timeframe, times, *(np.concatenate(column) for column in columns))


def bucket_start(open_time_ms: int, timeframe: str) -> int:
    """Open time of the candle of `timeframe` that holds this moment."""
    offset_ms = WEEK_OFFSET_MS if timeframe == "1w" else 0
    span_ms = TIMEFRAME_MS[timeframe]
    return (open_time_ms - offset_ms) // span_ms * span_ms + offset_ms


def bucket_starts(open_time_ms: Ints, timeframe: str) -> Ints:
    """`bucket_start` of a whole column."""
    offset_ms = WEEK_OFFSET_MS if timeframe == "1w" else 0
    span_ms = TIMEFRAME_MS[timeframe]
    return (open_time_ms - offset_ms) // span_ms * span_ms + offset_ms


def on_grid(open_time_ms: int, timeframe: str) -> bool:
    return bucket_start(open_time_ms, timeframe) == open_time_ms


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing candles: the first missing open time, and the first open time present again."""

    start_ms: int
    end_ms: int
    missing: int


def gaps(open_time_ms: Ints, timeframe: str) -> list[Gap]:
    """Where a step is longer than the timeframe; nothing is missing before the first candle."""
    span_ms = TIMEFRAME_MS[timeframe]
    before = np.flatnonzero(np.diff(open_time_ms) > span_ms)
    starts, ends = open_time_ms[before] + span_ms, open_time_ms[before + 1]
    return [
        Gap(int(start), int(end), int((end - start) // span_ms))
        for start, end in zip(starts, ends, strict=True)
    ]


def divides(fine: str, coarse: str) -> bool:
    """Whether candles of `fine` add up to candles of `coarse`."""
    return TIMEFRAME_MS[coarse] % TIMEFRAME_MS[fine] == 0


def resample(
    candles: Candles, timeframe: str, *, keep_first: bool = False, keep_last: bool = False
) -> Candles:
    """Coarser candles: first open, highest high, lowest low, last close, summed volume.

    What stands beside is that of the last fine candle. The first bucket is left out when the series
    does not begin on its boundary, the last one until its last fine candle is there; a bucket with
    gaps inside is made of what there is.
    keep_first, keep_last: the caller cut this out of a longer series and knows that they are whole.
    """
    if timeframe == candles.timeframe:
        return candles
    assert divides(candles.timeframe, timeframe), f"{candles.timeframe} does not divide {timeframe}"
    if not len(candles):
        return no_candles(timeframe)
    starts = bucket_starts(candles.open_time_ms, timeframe)
    firsts = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    lasts = np.append(firsts[1:], len(candles)) - 1
    whole = Candles(
        timeframe,
        starts[firsts],
        candles.open[firsts],
        np.maximum.reduceat(candles.high, firsts),
        np.minimum.reduceat(candles.low, firsts),
        candles.close[lasts],
        np.add.reduceat(candles.volume, firsts),
        beside={name: column[lasts] for name, column in candles.beside.items()},
    )
    drop_first = int(not keep_first and candles.open_time_ms[0] != starts[0])
    closes_ms = candles.open_time_ms[-1] + candles.timeframe_ms
    drop_last = int(not keep_last and closes_ms < starts[-1] + TIMEFRAME_MS[timeframe])
    return whole.slice(drop_first, max(drop_first, len(whole) - drop_last))


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing wrong with one row; row counts from 0."""

    row: int
    message: str


def row_faults(candles: Candles) -> list[tuple[NDArray[np.intp], str]]:
    """Rows that are no candles, by reason: each an index column and the words for it."""
    prices = np.vstack([getattr(candles, name) for name in PRICE_COLUMNS])
    times = candles.open_time_ms
    finite = np.isfinite(prices).all(axis=0) & np.isfinite(candles.volume)
    positive = (prices > 0).all(axis=0)
    top = np.maximum(candles.open, candles.close)
    bottom = np.minimum(candles.open, candles.close)
    off_grid = bucket_starts(times, candles.timeframe) != times
    checks = (
        ((times < TIME_MS_MIN) | (times >= TIME_MS_MAX), "timestamp must be in 2009 to 2099"),
        (off_grid, f"timestamp is off the {candles.timeframe} grid"),
        (~finite, "every price and the volume must be a finite number"),
        (finite & ~positive, "every price must be above 0"),
        (finite & (candles.high < top), "high must not be below open or close"),
        (finite & (candles.low > bottom), "low must not be above open or close"),
        (finite & (candles.volume < 0), "volume must not be below 0"),
    )
    return [(np.flatnonzero(mask), message) for mask, message in checks if mask.any()]


def faults(candles: Candles, limit: int = 20) -> tuple[list[RowFault], int]:
    """The first `limit` faults in row order, and how many there are in all."""
    found = row_faults(candles)
    total = sum(rows.size for rows, _ in found)
    first = [RowFault(int(row), words) for rows, words in found for row in rows[:limit]]
    return sorted(first, key=lambda fault: fault.row)[:limit], total
