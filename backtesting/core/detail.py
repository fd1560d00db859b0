"""Finer candles inside the strategy's: they decide what a candle touches first."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bots.core.engine.series import Detail
from exchanges.core.candles import Candles, divides
from foundation.lib.errors import FieldFault


def detail_faults(
    timeframe: str, candles: Mapping[str, Candles], detail: Mapping[str, Candles]
) -> list[FieldFault]:
    """What is wrong with the finer candles asked for; their values were checked on import."""
    faults = []
    for symbol, finer in detail.items():
        if symbol not in candles:
            faults.append(FieldFault("detail", f"{symbol} has no candles here"))
        elif finer.timeframe == timeframe or not divides(finer.timeframe, timeframe):
            words = f"{finer.timeframe} candles do not divide {timeframe}; choose a finer timeframe"
            faults.append(FieldFault("detail", f"{symbol}: {words}"))
    return faults


def detail_of(candles: Candles, finer: Candles) -> Detail:
    """Which finer candles lie in which candle.

    Only where they add up to it: the same open, high, low and close. Anything else would fill
    orders at prices that the candle does not know, so such a candle counts as one without.
    """
    times, ends_ms = candles.open_time_ms, candles.open_time_ms + candles.timeframe_ms
    starts = np.searchsorted(finer.open_time_ms, times, side="left")
    ends = np.searchsorted(finer.open_time_ms, ends_ms, side="left")
    there = np.flatnonzero(ends > starts)
    if there.size:
        # One price beyond the last, so that every start is a valid place for reduceat.
        pairs = np.column_stack([starts[there], ends[there]]).ravel()
        high = np.maximum.reduceat(np.append(finer.high, 0.0), pairs)[::2]
        low = np.minimum.reduceat(np.append(finer.low, np.inf), pairs)[::2]
        same = (high == candles.high[there]) & (low == candles.low[there])
        same &= finer.open[starts[there]] == candles.open[there]
        same &= finer.close[ends[there] - 1] == candles.close[there]
        beside = there[~same]
        ends[beside] = starts[beside]
    ends = np.maximum(starts, ends)
    return Detail(finer, starts.astype(np.int64), ends.astype(np.int64))
