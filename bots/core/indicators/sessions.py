"""Indicators that begin anew each UTC day or week."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bots.core.indicators.registry import Column, Param, indicator
from bots.core.indicators.windows import loop, typical
from exchanges.core.candles import bucket_starts

Times = NDArray[np.int64]
SESSION = Param("1d", None, None, "choice", "A UTC day, or a week from Monday", ("1d", "1w"))
METHODS = ("classic", "fibonacci", "camarilla")
FIBONACCI = (0.382, 0.618, 1.0)
CAMARILLA = (1.1 / 12, 1.1 / 6, 1.1 / 4)


@indicator(
    "vwap",
    "Volume-weighted average price",
    params={"session": SESSION},
    overlay=True,
    memory="session",
)
def vwap(
    open_time_ms: Times, high: Column, low: Column, close: Column, volume: Column, session: str
) -> Column:
    """Mean typical price since the session began, weighed by volume; plain until one is traded."""
    starts = bucket_starts(open_time_ms, session)
    made: Column = vwap_loop(typical(high, low, close), volume, starts)
    return made


@loop
def vwap_loop(price: Column, volume: Column, starts: Times) -> Column:
    """Sums begin anew whenever the session's start changes."""
    made = np.empty(price.size)
    money = 0.0
    traded = 0.0
    for i in range(price.size):
        if i == 0 or starts[i] != starts[i - 1]:
            money = 0.0
            traded = 0.0
        money += price[i] * volume[i]
        traded += volume[i]
        made[i] = money / traded if traded > 0 else price[i]
    return made


@indicator(
    "pivot_points",
    "Pivot points",
    params={
        "session": SESSION,
        "method": Param("classic", None, None, "choice", "How the levels are laid", METHODS),
    },
    outputs=("pivot", "r1", "s1", "r2", "s2", "r3", "s3"),
    overlay=True,
    memory="session",
)
def pivot_points(
    open_time_ms: Times, high: Column, low: Column, close: Column, session: str, method: str
) -> tuple[Column, ...]:
    """Levels of support and resistance from the high, low and close of the session before."""
    top, bottom, last = _session_before(open_time_ms, session, high, low, close)
    pivot = (top + bottom + last) / 3
    width = top - bottom
    if method == "fibonacci":
        base, steps = pivot, FIBONACCI
    elif method == "camarilla":
        base, steps = last, CAMARILLA
    else:
        ups = (2 * pivot - bottom, pivot + width, top + 2 * (pivot - bottom))
        downs = (2 * pivot - top, pivot - width, bottom - 2 * (top - pivot))
        return pivot, ups[0], downs[0], ups[1], downs[1], ups[2], downs[2]
    levels = [base + sign * step * width for step in steps for sign in (1, -1)]
    return pivot, *levels


def _session_before(
    open_time_ms: Times, session: str, high: Column, low: Column, close: Column
) -> tuple[Column, Column, Column]:
    """High, low and close of the session before; NaN until one was seen from its first candle."""
    if open_time_ms.size == 0:
        return high.copy(), low.copy(), close.copy()
    starts = bucket_starts(open_time_ms, session)
    first = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    number = np.cumsum(np.diff(starts, prepend=starts[0]) != 0) - 1
    ends = np.append(first[1:], starts.size) - 1
    # The last session may still grow; nobody looks at it yet, since only earlier ones are shown.
    top, bottom = np.maximum.reduceat(high, first), np.minimum.reduceat(low, first)
    last = close[ends]
    if open_time_ms[0] != starts[0]:
        top[0] = bottom[0] = last[0] = np.nan
    before = np.maximum(number, 0)
    shown = [np.where(number < 0, np.nan, column[before]) for column in (top, bottom, last)]
    return shown[0], shown[1], shown[2]
