"""Candles as rows for a chart: the newest first screen, then older ones as a reader scrolls."""

from __future__ import annotations

from typing import Any

from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.selectors import candles, live

CHUNK = 1500
LOOKS_BACK_MAX = 4  # doublings past a gap before the chart says there is nothing older


def newest(venue: str, symbol: str, timeframe: str, count: int = CHUNK) -> Candles:
    """The last `count` closed candles, fewer where fewer are stored."""
    last_ms = candles.newest_closed(venue, symbol, timeframe)
    if last_ms is None:
        return candles.load(venue, symbol, timeframe, end_ms=0)
    return before(venue, symbol, timeframe, last_ms + TIMEFRAME_MS[timeframe], count)


def before(venue: str, symbol: str, timeframe: str, end_ms: int, count: int = CHUNK) -> Candles:
    """The last `count` closed candles that open before end_ms; gaps do not shorten the answer."""
    span_ms = count * TIMEFRAME_MS[timeframe]
    found = candles.load(venue, symbol, timeframe, end_ms - span_ms, end_ms)
    for doubling in range(1, LOOKS_BACK_MAX):
        if len(found) >= count:
            break
        found = candles.load(venue, symbol, timeframe, end_ms - (span_ms << doubling), end_ms)
    return found.slice(max(0, len(found) - count), len(found))


def rows(found: Candles) -> list[list[float]]:
    """[open time in ms, open, high, low, close, volume] for each candle."""
    columns = [found.open_time_ms, *found.columns()]
    return [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def chart(venue: str, symbol: str, timeframe: str, before_ms: int | None = None) -> dict[str, Any]:
    """What a candle chart loads: rows, and whether older ones may exist."""
    if before_ms is not None:
        found = before(venue, symbol, timeframe, before_ms)
        return {"candles": rows(found), "older": len(found) == CHUNK}
    found = newest(venue, symbol, timeframe)
    drawn = rows(found)
    forming = live.forming(venue, symbol, timeframe)
    if forming is not None and (not drawn or forming.open_time_ms > drawn[-1][0]):
        drawn.append(
            [
                forming.open_time_ms, forming.open, forming.high,
                forming.low, forming.close, forming.volume,
            ]
        )  # fmt: skip
    return {"candles": drawn, "older": len(found) == CHUNK}
