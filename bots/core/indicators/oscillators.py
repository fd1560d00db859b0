"""Oscillators of whole candles: where the close lies, who had the upper hand."""

from __future__ import annotations

import numpy as np
import talib
from talib._ta_lib import MA_Type

from bots.core.indicators.registry import PERIOD_MAX, Column, indicator
from bots.core.indicators.windows import (
    highest,
    loop,
    lowest,
    ratio,
    rolling_sum,
    shift,
    true_range,
    typical,
)

FISHER_LIMIT = 0.999


@indicator(
    "stoch",
    "Stochastic oscillator",
    params={"k": (14, 1, PERIOD_MAX), "smooth_k": (3, 1, PERIOD_MAX), "d": (3, 1, PERIOD_MAX)},
    outputs=("k", "d"),
)
def stoch(
    high: Column, low: Column, close: Column, k: int, smooth_k: int, d: int
) -> tuple[Column, Column]:
    """Where the close lies in the range of the last candles, 0 to 100, smoothed, and its mean."""
    fast, slow = talib.STOCH(high, low, close, k, smooth_k, MA_Type.SMA, d, MA_Type.SMA)
    return fast, slow


@indicator(
    "stochf",
    "Fast stochastic",
    params={"k": (14, 1, PERIOD_MAX), "d": (3, 1, PERIOD_MAX)},
    outputs=("k", "d"),
)
def stochf(high: Column, low: Column, close: Column, k: int, d: int) -> tuple[Column, Column]:
    """Where the close lies in the range of the last candles, 0 to 100, and its mean."""
    fast, mean = talib.STOCHF(high, low, close, k, d, MA_Type.SMA)
    return fast, mean


@indicator(
    "kdj",
    "KDJ",
    params={"k": (9, 1, PERIOD_MAX), "smooth_k": (3, 1, PERIOD_MAX), "d": (3, 1, PERIOD_MAX)},
    outputs=("k", "d", "j"),
    memory="fading",
)
def kdj(
    high: Column, low: Column, close: Column, k: int, smooth_k: int, d: int
) -> tuple[Column, Column, Column]:
    """Stochastic smoothed as Wilder did, its mean, and how far the one leads the other."""
    bottom = lowest(low, k)
    place = 100 * ratio(close - bottom, highest(high, k) - bottom, 50.0)
    fast = talib.RMA(place, smooth_k)
    slow = talib.RMA(fast, d)
    return fast, slow, 3 * fast - 2 * slow


@indicator("cci", "Commodity channel index", params={"period": (20, 2, PERIOD_MAX)})
def cci(high: Column, low: Column, close: Column, period: int) -> Column:
    """Distance of the typical price from its mean, in units of 1.5 % of its mean deviation."""
    return talib.CCI(high, low, close, period)


@indicator("willr", "Williams %R", params={"period": (14, 2, PERIOD_MAX)})
def willr(high: Column, low: Column, close: Column, period: int) -> Column:
    """How far the close lies below the highest high, 0 to -100."""
    return talib.WILLR(high, low, close, period)


@indicator(
    "ultosc",
    "Ultimate oscillator",
    params={"fast": (7, 1, 1000), "middle": (14, 1, 1000), "slow": (28, 1, 1000)},
)
def ultosc(high: Column, low: Column, close: Column, fast: int, middle: int, slow: int) -> Column:
    """Buying pressure over three windows, the shortest weighing most, 0 to 100."""
    return talib.ULTOSC(high, low, close, fast, middle, slow)


@indicator("bop", "Balance of power")
def bop(open: Column, high: Column, low: Column, close: Column) -> Column:
    """The candle's move over its range, -1 to 1."""
    return ratio(close - open, high - low, 0.0)


@indicator(
    "ao",
    "Awesome oscillator",
    params={"fast": (5, 1, 1000), "slow": (34, 1, 1000)},
    ordered=(("fast", "slow"),),
)
def ao(high: Column, low: Column, fast: int, slow: int) -> Column:
    """Fast mean of the middle price less the slow one."""
    middle = (high + low) / 2
    return talib.SMA(middle, fast) - talib.SMA(middle, slow)


@indicator("ac", "Accelerator oscillator")
def ac(high: Column, low: Column) -> Column:
    """The awesome oscillator less its own mean over 5 candles."""
    middle = (high + low) / 2
    line = talib.SMA(middle, 5) - talib.SMA(middle, 34)
    return line - talib.SMA(line, 5)


@indicator(
    "fisher",
    "Fisher transform",
    params={"period": (9, 1, PERIOD_MAX)},
    outputs=("fisher", "signal"),
    memory="fading",
)
def fisher(high: Column, low: Column, period: int) -> tuple[Column, Column]:
    """Place of the middle price in its range, made nearly normal: sharp turns; and it one ago."""
    middle = (high + low) / 2
    bottom = lowest(middle, period)
    place = ratio(middle - bottom, highest(middle, period) - bottom, 0.5) - 0.5
    value = faded_sum(0.66 * place, 0.67, FISHER_LIMIT)
    line = faded_sum(0.5 * np.log((1 + value) / (1 - value)), 0.5, np.inf)
    return line, shift(line, 1)


@loop
def faded_sum(column: Column, keep: float, limit: float) -> Column:
    """Each value plus `keep` times the sum before it, held within +- limit; NaN adds nothing."""
    made = np.empty(column.size)
    total = 0.0
    for i in range(column.size):
        made[i] = column[i]
        if column[i] == column[i]:
            total = column[i] + keep * total
            total = min(limit, max(-limit, total))
            made[i] = total
    return made


@indicator(
    "rvgi",
    "Relative vigor index",
    params={"period": (10, 1, PERIOD_MAX)},
    outputs=("rvgi", "signal"),
)
def rvgi(
    open: Column, high: Column, low: Column, close: Column, period: int
) -> tuple[Column, Column]:
    """The candles' moves over their ranges, smoothed: above 0 closes lie above opens."""
    moved = rolling_sum(_symmetric(close - open), period)
    line = ratio(moved, rolling_sum(_symmetric(high - low), period), 0.0)
    return line, _symmetric(line)


def _symmetric(column: Column) -> Column:
    """Mean of the last four values weighing 1, 2, 2, 1."""
    return (column + 2 * shift(column, 1) + 2 * shift(column, 2) + shift(column, 3)) / 6


@indicator(
    "smi",
    "Stochastic momentum index",
    params={
        "period": (10, 1, 1000),
        "smooth": (3, 1, 1000),
        "signal": (3, 1, 1000),
    },
    outputs=("smi", "signal"),
    memory="fading",
)
def smi(
    high: Column, low: Column, close: Column, period: int, smooth: int, signal: int
) -> tuple[Column, Column]:
    """Distance of the close from the middle of the range, smoothed twice, -100 to 100."""
    top, bottom = highest(high, period), lowest(low, period)
    distance = talib.EMA(talib.EMA(close - (top + bottom) / 2, smooth), smooth)
    width = talib.EMA(talib.EMA(top - bottom, smooth), smooth)
    line = 200 * ratio(distance, width, 0.0)
    return line, talib.EMA(line, signal)


@indicator(
    "wavetrend",
    "WaveTrend",
    params={"channel": (10, 1, 1000), "average": (21, 1, 1000), "signal": (4, 1, 1000)},
    outputs=("wavetrend", "signal"),
    memory="fading",
)
def wavetrend(
    high: Column, low: Column, close: Column, channel: int, average: int, signal: int
) -> tuple[Column, Column]:
    """Distance of the typical price from its EMA, in units of its mean distance, smoothed."""
    price = typical(high, low, close)
    away = price - talib.EMA(price, channel)
    size = talib.EMA(np.abs(away), channel)
    line = talib.EMA(ratio(away, 0.015 * size, 0.0) + 0 * size, average)
    return line, talib.SMA(line, signal)


@indicator(
    "elder_ray",
    "Elder ray",
    params={"period": (13, 1, PERIOD_MAX)},
    outputs=("bull", "bear"),
    memory="fading",
)
def elder_ray(high: Column, low: Column, close: Column, period: int) -> tuple[Column, Column]:
    """High and low less the EMA of the close: the power of bulls and bears."""
    average = talib.EMA(close, period)
    return high - average, low - average


@indicator("imi", "Intraday momentum index", params={"period": (14, 2, PERIOD_MAX)})
def imi(open: Column, close: Column, period: int) -> Column:
    """Share of the rising candles' bodies in all bodies, 0 to 100; 50 without any body."""
    gained = rolling_sum(np.maximum(close - open, 0.0), period)
    lost = rolling_sum(np.maximum(open - close, 0.0), period)
    return 100 * ratio(gained, gained + lost, 0.5)


@indicator("qstick", "QStick", params={"period": (10, 1, PERIOD_MAX)})
def qstick(open: Column, close: Column, period: int) -> Column:
    """Mean of close less open."""
    return talib.SMA(close - open, period)


@indicator("choppiness", "Choppiness index", params={"period": (14, 2, PERIOD_MAX)})
def choppiness(high: Column, low: Column, close: Column, period: int) -> Column:
    """Way gone over the range covered, 0 (trend) to 100 (sideways)."""
    way = rolling_sum(true_range(high, low, close), period)
    width = highest(high, period) - lowest(low, period)
    share = np.where(way > 0, ratio(way, width, float(period)), float(period))
    made = 100 * np.log10(share) / np.log10(period)
    return np.where(np.isnan(width), np.nan, made)
