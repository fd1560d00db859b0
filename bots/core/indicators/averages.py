"""Moving averages."""

from __future__ import annotations

import numpy as np
import talib

from bots.core.indicators.registry import PERIOD_MAX, Column, Param, indicator
from bots.core.indicators.windows import loop, ratio, rolling_sum, shift

PERIOD = (20, 1, PERIOD_MAX)
KERNEL_MAX = 500


@indicator("sma", "Simple moving average", params={"period": PERIOD}, overlay=True)
def sma(source: Column, period: int) -> Column:
    """Mean of the last candles."""
    return talib.SMA(source, period)


@indicator(
    "ema",
    "Exponential moving average",
    params={"period": PERIOD},
    overlay=True,
    memory="fading",
)
def ema(source: Column, period: int) -> Column:
    """Mean that weighs the newest candle 2 / (period + 1) and older ones ever less.

    It starts from the simple mean of the first candles, as in TA-Lib.
    """
    return talib.EMA(source, period)


@indicator("wma", "Weighted moving average", params={"period": PERIOD}, overlay=True)
def wma(source: Column, period: int) -> Column:
    """Mean with weights falling evenly from the newest candle to the oldest."""
    return talib.WMA(source, period)


@indicator(
    "rma",
    "Wilder's moving average (SMMA)",
    params={"period": (14, 1, PERIOD_MAX)},
    overlay=True,
    memory="fading",
)
def rma(source: Column, period: int) -> Column:
    """Exponential mean that weighs the newest candle 1 / period, as RSI and ATR do."""
    return talib.RMA(source, period)


@indicator(
    "dema",
    "Double exponential moving average",
    params={"period": PERIOD},
    overlay=True,
    memory="fading",
)
def dema(source: Column, period: int) -> Column:
    """Twice the EMA less the EMA of the EMA: less lag."""
    return talib.DEMA(source, period)


@indicator(
    "tema",
    "Triple exponential moving average",
    params={"period": PERIOD},
    overlay=True,
    memory="fading",
)
def tema(source: Column, period: int) -> Column:
    """Three EMAs combined so that most of their lag cancels."""
    return talib.TEMA(source, period)


@indicator("trima", "Triangular moving average", params={"period": PERIOD}, overlay=True)
def trima(source: Column, period: int) -> Column:
    """Mean that weighs the middle of the window most."""
    return talib.TRIMA(source, period)


@indicator("hma", "Hull moving average", params={"period": PERIOD}, overlay=True)
def hma(source: Column, period: int) -> Column:
    """Weighted means combined to be smooth and nearly without lag."""
    return talib.HMA(source, period)


@indicator(
    "kama",
    "Kaufman's adaptive moving average",
    params={"period": (10, 1, PERIOD_MAX)},
    overlay=True,
    memory="fading",
)
def kama(source: Column, period: int) -> Column:
    """Exponential mean: quick (2) in a straight move, slow (30) in noise."""
    return talib.KAMA(source, period)


@indicator(
    "t3",
    "Tillson's T3 moving average",
    params={
        "period": (5, 1, 1000),
        "factor": Param(0.7, 0.0, 1.0, "float", "Volume factor: 0 is an EMA, 1 a DEMA"),
    },
    overlay=True,
    memory="fading",
)
def t3(source: Column, period: int, factor: float) -> Column:
    """Six EMAs combined: smooth with little lag."""
    return talib.T3(source, period, factor)


@indicator(
    "zlema",
    "Zero-lag exponential moving average",
    params={"period": PERIOD},
    overlay=True,
    memory="fading",
)
def zlema(source: Column, period: int) -> Column:
    """EMA of the source plus what it has gained over half the period."""
    return talib.ZLEMA(source, period)


@indicator(
    "alma",
    "Arnaud Legoux moving average",
    params={
        "period": (9, 1, KERNEL_MAX),
        "offset": Param(0.85, 0.0, 1.0, "float", "Where the weight peaks: 1 is the newest candle"),
        "sigma": Param(6.0, 0.5, 100.0, "float", "Sharpness: larger is narrower"),
    },
    overlay=True,
)
def alma(source: Column, period: int, offset: float, sigma: float) -> Column:
    """Mean with bell-shaped weights, shifted towards the newest candles."""
    places = np.arange(period) - offset * (period - 1)
    width = period / sigma
    weights = np.exp(-(places**2) / (2 * width * width))
    made = np.full(source.size, np.nan)
    if source.size >= period:
        weights /= weights.sum()
        made[period - 1 :] = np.correlate(source, weights, mode="valid")
    return made


@indicator("vwma", "Volume-weighted moving average", params={"period": PERIOD}, overlay=True)
def vwma(source: Column, volume: Column, period: int) -> Column:
    """Mean weighted by volume; the simple mean when nothing was traded."""
    traded = rolling_sum((volume > 0).astype(np.float64), period)
    weighted = ratio(
        rolling_sum(source * volume, period), rolling_sum(volume, period), talib.SMA(source, period)
    )
    return np.where(traded == 0, talib.SMA(source, period), weighted)


@indicator(
    "mcginley",
    "McGinley dynamic",
    params={"period": (14, 1, PERIOD_MAX)},
    overlay=True,
    memory="fading",
)
def mcginley(source: Column, period: int) -> Column:
    """Average that speeds up in falling markets and slows down in rising ones."""
    made: Column = mcginley_loop(source, period)
    return made


@loop
def mcginley_loop(source: Column, period: int) -> Column:
    """Each step goes (price - line) / (period x (price / line)^4) of the way."""
    made = np.empty(source.size)
    line = 0.0
    for i in range(source.size):
        price = source[i]
        if i == 0 or line <= 0 or price <= 0:
            line = price
        else:
            share = price / line
            step = period * share * share * share * share
            # A crash makes the step tiny; never beyond the price itself.
            line = line + (price - line) / step if step > 1 else price
        made[i] = line
    return made


@indicator(
    "mama",
    "MESA adaptive moving average",
    params={
        "fast_limit": (0.5, 0.01, 0.99),
        "slow_limit": (0.05, 0.01, 0.99),
    },
    outputs=("mama", "fama"),
    overlay=True,
    memory="fading",
)
def mama(source: Column, fast_limit: float, slow_limit: float) -> tuple[Column, Column]:
    """Average that follows the phase of the dominant cycle, and a slower one behind it."""
    first, second = talib.MAMA(source, fast_limit, slow_limit)
    return first, second


@indicator(
    "alligator",
    "Alligator",
    outputs=("jaw", "teeth", "lips"),
    overlay=True,
    memory="fading",
)
def alligator(high: Column, low: Column) -> tuple[Column, Column, Column]:
    """Wilder means of the middle price over 13, 8 and 5 candles, as they stood 8, 5, 3 ago."""
    middle = (high + low) / 2
    jaw, teeth, lips = (
        shift(talib.RMA(middle, period), by) for period, by in ((13, 8), (8, 5), (5, 3))
    )
    return jaw, teeth, lips
