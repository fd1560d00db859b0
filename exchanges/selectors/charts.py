"""Candles as rows for a chart: the newest first screen, then older ones as a reader scrolls."""

from __future__ import annotations

from typing import Any

from exchanges.core.candles import Candles
from exchanges.selectors import klines, live

CHUNK = 1500


def rows(found: Candles) -> list[list[float]]:
    """[open time in ms, open, high, low, close, volume] for each candle."""
    columns = [found.open_time_ms, *found.columns()]
    return [list(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def chart(venue: str, symbol: str, timeframe: str, before_ms: int | None = None) -> dict[str, Any]:
    """What a candle chart loads: rows, and whether older ones may exist."""
    found = klines.last(venue, symbol, timeframe, end_ms=before_ms, limit=CHUNK)
    drawn = rows(found)
    forming = live.forming(venue, symbol, timeframe) if before_ms is None else None
    if forming is not None and (not drawn or forming.open_time_ms > drawn[-1][0]):
        drawn.append(
            [
                forming.open_time_ms, forming.open, forming.high,
                forming.low, forming.close, forming.volume,
            ]
        )  # fmt: skip
    return {"candles": drawn, "older": len(found) == CHUNK}
