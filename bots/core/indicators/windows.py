"""Building blocks the indicator families share: shifts, rolling extremes, safe ratios, loops."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import numpy as np
import talib

from bots.core.indicators.registry import Column

# Below this a plain Python loop is quick enough, and a bot's worker never has to load numba.
PLAIN_LOOP_MAX = 20_000
# TA-Lib takes a variance below 1e-14 for zero; a source this large keeps well clear of it.
SCALED_EXPONENT = 11

Loop = TypeVar("Loop", bound=Callable[..., Any])


def shift(column: Column, by: int) -> Column:
    """The values `by` candles ago; NaN before the first."""
    shifted = np.full(column.size, np.nan)
    if by < column.size:
        shifted[by:] = column[: column.size - by]
    return shifted


def ratio(top: Column, bottom: Column, otherwise: float | Column) -> Column:
    """top / bottom, and `otherwise` where the bottom is zero; NaN stays NaN."""
    zero = bottom == 0
    return np.where(zero, otherwise, top / np.where(zero, 1.0, bottom))


def highest(column: Column, period: int) -> Column:
    """Largest of the last values."""
    return column.copy() if period == 1 else talib.MAX(column, period)


def lowest(column: Column, period: int) -> Column:
    """Smallest of the last values."""
    return column.copy() if period == 1 else talib.MIN(column, period)


def rolling_sum(column: Column, period: int) -> Column:
    """Sum of the last values."""
    return column.copy() if period == 1 else talib.SUM(column, period)


def typical(high: Column, low: Column, close: Column) -> Column:
    """Mean of high, low and close."""
    return (high + low + close) / 3


def true_range(high: Column, low: Column, close: Column) -> Column:
    """Size of a candle including its gap; of the first candle, high - low."""
    made = talib.TRANGE(high, low, close)
    if made.size:
        made[0] = high[0] - low[0]
    return made


def scale_of(column: Column) -> float:
    """A power of two that brings the first value to about 1000; exact in every float.

    It depends on the first value only, so that later candles change nothing.
    """
    start = float(column[0]) if column.size else 0.0
    if start == 0 or not np.isfinite(start):
        return 1.0
    return float(np.ldexp(1.0, SCALED_EXPONENT - int(np.frexp(start)[1])))


def deviation(column: Column, period: int) -> Column:
    """Standard deviation (population) of the last values, also of prices like 0.00001."""
    scale = scale_of(column)
    return talib.STDDEV(column * scale, period) / scale


def held(column: Column, known: np.ndarray[Any, np.dtype[np.bool_]]) -> Column:
    """The column where `known`, elsewhere the last known value before; 0 before the first."""
    last = np.maximum.accumulate(np.where(known, np.arange(column.size), -1))
    return np.where(last < 0, 0.0, column[np.maximum(last, 0)])


def loop(function: Loop) -> Loop:
    """A loop over columns, compiled for long input only.

    Use + - * /, comparisons and nothing else: then both ways give the same floats.
    """

    @cache
    def compiled() -> Callable[..., Any]:
        from numba import njit  # 0.2 s and 70 MB that short input does without

        made: Callable[..., Any] = njit(cache=True)(function)
        return made

    @wraps(function)
    def run(column: Column, *rest: Any) -> Any:
        return (function if column.size <= PLAIN_LOOP_MAX else compiled())(column, *rest)

    return run  # type: ignore[return-value]  # same signature: it hands all arguments on
