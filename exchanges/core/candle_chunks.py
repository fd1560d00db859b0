"""Sealed candles as bytes: one block per span, columns one after another, little-endian."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exchanges.core.candles import (
    COLUMNS,
    DAY_MS,
    TIMEFRAME_MS,
    Candles,
    Floats,
    Ints,
    no_candles,
)

# Long enough that a chunk is worth a row, short enough that filling one up stays cheap.
SPAN_MS: dict[str, int] = {
    timeframe: DAY_MS if ms < 5 * 60_000 else 7 * DAY_MS if ms < 3_600_000 else 56 * DAY_MS
    for timeframe, ms in TIMEFRAME_MS.items()
} | {"1d": 728 * DAY_MS, "1w": 7280 * DAY_MS}
BYTES_PER_CANDLE = 8 * (1 + len(COLUMNS))

assert all(ms % TIMEFRAME_MS[timeframe] == 0 for timeframe, ms in SPAN_MS.items())


def span_start(open_time_ms: int, timeframe: str) -> int:
    """First moment of the span that holds this candle; spans count from the epoch."""
    return open_time_ms // SPAN_MS[timeframe] * SPAN_MS[timeframe]


def span_starts(open_time_ms: Ints, timeframe: str) -> Ints:
    return open_time_ms // SPAN_MS[timeframe] * SPAN_MS[timeframe]


def pack(candles: Candles) -> bytes:
    """Open times, then open, high, low, close, volume: 48 bytes a candle."""
    columns = [candles.open_time_ms.astype("<i8", copy=False)]
    columns += [column.astype("<f8", copy=False) for column in candles.columns()]
    return b"".join(column.tobytes() for column in columns)


def unpack(timeframe: str, blocks: Sequence[bytes | memoryview]) -> Candles:
    """Blocks in order of time -> one set of columns, each contiguous."""
    if not blocks:
        return no_candles(timeframe)
    counts = [len(block) // BYTES_PER_CANDLE for block in blocks]
    assert all(len(b) == n * BYTES_PER_CANDLE for b, n in zip(blocks, counts, strict=True))
    times: Ints = np.empty(sum(counts), dtype=np.int64)
    columns: list[Floats] = [np.empty(times.size, dtype=np.float64) for _ in COLUMNS]
    at = 0
    for block, count in zip(blocks, counts, strict=True):
        times[at : at + count] = np.frombuffer(block, "<i8", count)
        for i, column in enumerate(columns, start=1):
            column[at : at + count] = np.frombuffer(block, "<f8", count, offset=8 * count * i)
        at += count
    return Candles(timeframe, times, *columns)
