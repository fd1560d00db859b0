"""A bounded piece of candles: the first ones from a moment on, or the last ones before it."""

from __future__ import annotations

from exchanges.core.candles import TIME_MS_MAX, TIMEFRAME_MS, Candles, no_candles
from exchanges.selectors import candles

WIDER = 8  # how much more is read when gaps left too few


def first(
    venue: str, symbol: str, timeframe: str, *, start_ms: int, end_ms: int | None, limit: int
) -> Candles:
    """At most `limit` candles that open in [start_ms, end_ms), the earliest ones."""
    newest_ms = candles.newest_closed(venue, symbol, timeframe)
    if newest_ms is None:
        return no_candles(timeframe)
    start_ms = max(0, start_ms)
    end_ms = min(newest_ms + 1, TIME_MS_MAX if end_ms is None else end_ms)
    span_ms = limit * TIMEFRAME_MS[timeframe]
    while True:
        found = candles.load(venue, symbol, timeframe, start_ms, min(end_ms, start_ms + span_ms))
        if len(found) >= limit or start_ms + span_ms >= end_ms:
            return found.slice(0, limit)
        span_ms *= WIDER


def last(venue: str, symbol: str, timeframe: str, *, end_ms: int | None, limit: int) -> Candles:
    """At most `limit` candles that open before end_ms, the latest ones, oldest first."""
    newest_ms = candles.newest_closed(venue, symbol, timeframe)
    if newest_ms is None:
        return no_candles(timeframe)
    end_ms = newest_ms + 1 if end_ms is None else min(end_ms, newest_ms + 1)
    span_ms = limit * TIMEFRAME_MS[timeframe]
    while True:
        found = candles.load(venue, symbol, timeframe, max(0, end_ms - span_ms), end_ms)
        if len(found) >= limit or span_ms >= end_ms:
            return found.slice(max(0, len(found) - limit), len(found))
        span_ms *= WIDER
