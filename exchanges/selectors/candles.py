"""Reading candles as columns; which are sealed and which are rows stays in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from exchanges.core import candle_chunks as chunks
from exchanges.core import candles as core
from exchanges.core.candles import TIMEFRAME_MS, Candles, Gap
from exchanges.models import CandleSeries
from exchanges.selectors import markets
from foundation.lib.errors import BadInput, FieldFault

FOREVER_MS = core.TIME_MS_MAX


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is stored of one timeframe; missing counts the gaps between first and last."""

    timeframe: str
    first_open_ms: int
    last_open_ms: int
    candle_count: int
    missing: int


def check_timeframe(timeframe: str) -> str:
    if timeframe not in TIMEFRAME_MS:
        raise BadInput(
            f"timeframe must be one of {', '.join(TIMEFRAME_MS)}",
            [FieldFault("timeframe", f"must be one of {', '.join(TIMEFRAME_MS)}")],
        )
    return timeframe


def load(
    venue: str,
    symbol: str,
    timeframe: str,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> Candles:
    """Closed candles that open in [start_ms, end_ms), ascending; empty when there are none.

    Candles stored at this timeframe come first; before and after them, candles made of finer
    stored ones fill in, so an imported hourly history goes on with the feed's minutes.
    """
    venue, symbol = markets.clean_name(venue, symbol)
    check_timeframe(timeframe)
    start_ms = 0 if start_ms is None else max(0, start_ms)
    end_ms = FOREVER_MS if end_ms is None else min(end_ms, FOREVER_MS)
    found = core.no_candles(timeframe)
    if start_ms >= end_ms:
        return found
    for series in _usable(_series_by_timeframe(venue, symbol), timeframe):
        found = _extended(found, series, start_ms, end_ms)
    return found


def load_stored(venue: str, symbol: str, timeframe: str, start_ms: int, end_ms: int) -> Candles:
    """Candles of [start_ms, end_ms) stored at this very timeframe: none made of finer ones."""
    venue, symbol = markets.clean_name(venue, symbol)
    series = _series_by_timeframe(venue, symbol).get(check_timeframe(timeframe))
    if series is None:
        return core.no_candles(timeframe)
    return read_series(series, start_ms, end_ms)


def coverage(venue: str, symbol: str) -> list[Coverage]:
    """What is stored of this market, finest timeframe first."""
    venue, symbol = markets.clean_name(venue, symbol)
    rows = [row for row in _series_by_timeframe(venue, symbol).values() if row.candle_count]
    return [_coverage(row) for row in sorted(rows, key=lambda row: TIMEFRAME_MS[row.timeframe])]


def stored_gaps(venue: str, symbol: str, timeframe: str) -> list[Gap]:
    """Missing candles between the first and the last that are stored at this timeframe."""
    return core.gaps(load(venue, symbol, timeframe).open_time_ms, timeframe)


def newest_closed(venue: str, symbol: str, timeframe: str) -> int | None:
    """Open time of the newest candle that `load` would give, or None."""
    venue, symbol = markets.clean_name(venue, symbol)
    usable = _usable(_series_by_timeframe(venue, symbol), check_timeframe(timeframe))
    newest_ms = max((row.last_open_ms or 0 for row in usable), default=0)
    back_ms = 2 * TIMEFRAME_MS[timeframe]
    while newest_ms:
        found = load(venue, symbol, timeframe, start_ms=newest_ms - back_ms)
        if len(found):
            return int(found.open_time_ms[-1])
        if back_ms > newest_ms:
            break
        back_ms *= 16  # a gap, or a coarse candle that is not whole yet: look further back
    return None


def read_series(series: CandleSeries, start_ms: int, end_ms: int) -> Candles:
    """Candles stored in this very series that open in [start_ms, end_ms)."""
    timeframe = series.timeframe
    first_chunk_ms = chunks.span_start(start_ms, timeframe)
    sealed = _fetch(
        "SELECT columns FROM exchanges_candlechunk"
        " WHERE series_id = %s AND start_ms >= %s AND start_ms < %s ORDER BY start_ms",
        [series.pk, first_chunk_ms, end_ms],
    )
    rows = _fetch(
        "SELECT open_time_ms, open, high, low, close, volume FROM exchanges_candle"
        " WHERE series_id = %s AND open_time_ms >= %s AND open_time_ms < %s ORDER BY open_time_ms",
        [series.pk, start_ms, end_ms],
    )
    candles = chunks.unpack(timeframe, [row[0] for row in sealed]).between(start_ms, end_ms)
    if not rows:
        return candles
    return merged(candles, core.make_candles(timeframe, *zip(*rows, strict=True)))


def merged(one: Candles, other: Candles) -> Candles:
    """Two disjoint sets of candles in order of time."""
    if not len(one) or not len(other):
        return one if len(one) else other
    both = core.concat([one, other])
    if one.open_time_ms[-1] < other.open_time_ms[0]:
        return both
    return both.take(np.argsort(both.open_time_ms, kind="stable"))


def _fetch(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    # Binary results on Django's own connection: bytea as text would be twice the bytes.
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        rows: list[tuple[Any, ...]] = cursor.execute(sql, params, binary=True).fetchall()
    return rows


def _series_by_timeframe(venue: str, symbol: str) -> dict[str, CandleSeries]:
    rows = CandleSeries.objects.filter(market__venue=venue, market__symbol=symbol)
    return {row.timeframe: row for row in rows}


def _usable(series: Mapping[str, CandleSeries], timeframe: str) -> list[CandleSeries]:
    """Series that this timeframe can be made of: its own first, then finer and finer ones."""
    rows = [
        row
        for row in series.values()
        if row.candle_count and core.divides(row.timeframe, timeframe)
    ]
    return sorted(rows, key=lambda row: -TIMEFRAME_MS[row.timeframe])


def _extended(found: Candles, series: CandleSeries, start_ms: int, end_ms: int) -> Candles:
    if not len(found):
        return _resampled(series, found.timeframe, start_ms, end_ms)
    first_ms, last_ms = int(found.open_time_ms[0]), int(found.open_time_ms[-1])
    assert series.first_open_ms is not None and series.last_open_ms is not None
    parts = [found]
    if start_ms < first_ms and series.first_open_ms < first_ms:
        parts.insert(0, _resampled(series, found.timeframe, start_ms, first_ms))
    after_ms = last_ms + found.timeframe_ms
    if after_ms < end_ms and series.last_open_ms >= after_ms:
        parts.append(_resampled(series, found.timeframe, after_ms, end_ms))
    return core.concat(parts)


def _resampled(series: CandleSeries, timeframe: str, start_ms: int, end_ms: int) -> Candles:
    """Candles of `timeframe` that open in [start_ms, end_ms), made of this series.

    The same candles whichever range is asked for: what lies beyond the range decides whether
    a bucket with its first or last minute missing is a gap inside or the series' ragged end.
    """
    if series.timeframe == timeframe:
        return read_series(series, start_ms, end_ms)
    from_ms = core.bucket_start(start_ms + TIMEFRAME_MS[timeframe] - 1, timeframe)
    until_ms = core.bucket_start(end_ms - 1, timeframe) + TIMEFRAME_MS[timeframe]
    fine = read_series(series, from_ms, until_ms)
    return core.resample(
        fine,
        timeframe,
        keep_first=(series.first_open_ms or 0) < from_ms,
        keep_last=(series.last_open_ms or 0) >= until_ms,
    )


def _coverage(row: CandleSeries) -> Coverage:
    assert row.first_open_ms is not None and row.last_open_ms is not None
    span = (row.last_open_ms - row.first_open_ms) // TIMEFRAME_MS[row.timeframe] + 1
    return Coverage(
        timeframe=row.timeframe,
        first_open_ms=row.first_open_ms,
        last_open_ms=row.last_open_ms,
        candle_count=row.candle_count,
        missing=span - row.candle_count,
    )
