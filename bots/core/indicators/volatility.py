"""Volatility: how widely the price moves, and bands made of it."""

from __future__ import annotations

import math

import numpy as np
import talib

from bots.core.indicators.registry import PERIOD_MAX, Column, Param, indicator
from bots.core.indicators.windows import (
    deviation,
    highest,
    lowest,
    ratio,
    scale_of,
    shift,
    true_range,
)

DAYS_PER_YEAR = 365
BANDS = {"period": (20, 2, PERIOD_MAX), "multiplier": (2.0, 0.1, 20.0)}


@indicator("true_range", "True range")
def true_range_(high: Column, low: Column, close: Column) -> Column:
    """Size of each candle including the gap before it."""
    return talib.TRANGE(high, low, close)


@indicator("atr", "Average true range", params={"period": (14, 1, PERIOD_MAX)}, memory="fading")
def atr(high: Column, low: Column, close: Column, period: int) -> Column:
    """Mean size of a candle including gaps, in the price's unit, smoothed as Wilder did."""
    return talib.ATR(high, low, close, period)


@indicator(
    "natr",
    "Normalised average true range",
    params={"period": (14, 1, PERIOD_MAX)},
    memory="fading",
)
def natr(high: Column, low: Column, close: Column, period: int) -> Column:
    """Average true range in per cent of the close."""
    return 100 * talib.ATR(high, low, close, period) / close


@indicator("adr", "Average range", params={"period": (14, 1, PERIOD_MAX)})
def adr(high: Column, low: Column, period: int) -> Column:
    """Mean of high less low."""
    return talib.SMA(high - low, period)


@indicator(
    "bbands", "Bollinger bands", params=BANDS, outputs=("middle", "upper", "lower"), overlay=True
)
def bbands(source: Column, period: int, multiplier: float) -> tuple[Column, Column, Column]:
    """The mean, and lines some standard deviations (of the population) above and below it."""
    middle = talib.SMA(source, period)
    away = multiplier * deviation(source, period)
    return middle, middle + away, middle - away


@indicator("bandwidth", "Bollinger bandwidth", params=BANDS)
def bandwidth(source: Column, period: int, multiplier: float) -> Column:
    """Distance of the Bollinger bands in per cent of the mean: low before a breakout."""
    away = multiplier * deviation(source, period)
    return 200 * ratio(away, talib.SMA(source, period), 0.0)


@indicator("percent_b", "Bollinger %b", params=BANDS)
def percent_b(source: Column, period: int, multiplier: float) -> Column:
    """Where the source lies between the bands: 0 on the lower, 1 on the upper one."""
    away = multiplier * deviation(source, period)
    return 0.5 + ratio(source - talib.SMA(source, period), 2 * away, 0.0)


@indicator(
    "keltner",
    "Keltner channels",
    params={
        "period": (20, 1, PERIOD_MAX),
        "atr_period": (10, 1, PERIOD_MAX),
        "multiplier": (2.0, 0.1, 20.0),
    },
    outputs=("middle", "upper", "lower"),
    overlay=True,
    memory="fading",
)
def keltner(
    high: Column, low: Column, close: Column, period: int, atr_period: int, multiplier: float
) -> tuple[Column, Column, Column]:
    """EMA of the close, and lines some average true ranges above and below it."""
    middle = talib.EMA(close, period)
    away = multiplier * talib.ATR(high, low, close, atr_period)
    return middle + 0 * away, middle + away, middle - away


@indicator(
    "donchian",
    "Donchian channels",
    params={"period": (20, 1, PERIOD_MAX)},
    outputs=("middle", "upper", "lower"),
    overlay=True,
)
def donchian(high: Column, low: Column, period: int) -> tuple[Column, Column, Column]:
    """Highest high and lowest low including this candle, and their middle.

    For a breakout compare with the candle before: close > channel.upper[1].
    """
    upper, lower = highest(high, period), lowest(low, period)
    return (upper + lower) / 2, upper, lower


@indicator(
    "acceleration_bands",
    "Acceleration bands",
    params={"period": (20, 2, PERIOD_MAX)},
    outputs=("middle", "upper", "lower"),
    overlay=True,
)
def acceleration_bands(
    high: Column, low: Column, close: Column, period: int
) -> tuple[Column, Column, Column]:
    """Mean close, and means of high and low pushed out by the candle's relative range."""
    upper, middle, lower = talib.ACCBANDS(high, low, close, period)
    return middle, upper, lower


@indicator("stddev", "Standard deviation", params={"period": (20, 2, PERIOD_MAX)})
def stddev(source: Column, period: int) -> Column:
    """Standard deviation (of the population) of the last values."""
    return deviation(source, period)


@indicator("variance", "Variance", params={"period": (20, 2, PERIOD_MAX)})
def variance(source: Column, period: int) -> Column:
    """Variance (of the population) of the last values."""
    scale = scale_of(source)
    return talib.VAR(source * scale, period) / scale / scale


@indicator(
    "hist_volatility",
    "Historical volatility",
    params={
        "period": (10, 2, PERIOD_MAX),
        "per_year": Param(
            DAYS_PER_YEAR, 1, 1_000_000, "int", "Candles in a year: 365 for days, 8760 for hours"
        ),
    },
)
def hist_volatility(close: Column, period: int, per_year: int) -> Column:
    """Standard deviation of the log returns, for a year, in per cent."""
    returns = np.log(close / shift(close, 1))
    return talib.STDDEV(returns * 1024, period) * (100 * math.sqrt(per_year) / 1024)


@indicator(
    "chaikin_vol",
    "Chaikin volatility",
    params={"period": (10, 1, PERIOD_MAX), "change": (10, 1, PERIOD_MAX)},
    memory="fading",
)
def chaikin_vol(high: Column, low: Column, period: int, change: int) -> Column:
    """Change in per cent of the smoothed range of the candles."""
    width = talib.EMA(high - low, period)
    before = shift(width, change)
    return 100 * ratio(width - before, before, 0.0)


@indicator("ulcer", "Ulcer index", params={"period": (14, 1, PERIOD_MAX)})
def ulcer(source: Column, period: int) -> Column:
    """Root mean square of the falls below the highest value of the period, in per cent."""
    peak = highest(source, period)
    fall = 100 * ratio(source - peak, peak, 0.0)
    # A rolling sum may come out a hair below zero once the falls have left it.
    return np.sqrt(np.maximum(talib.SMA(fall * fall, period), 0.0))


@indicator(
    "rvi",
    "Relative volatility index",
    params={"period": (14, 1, PERIOD_MAX), "deviation_period": (10, 2, PERIOD_MAX)},
    memory="fading",
)
def rvi(source: Column, period: int, deviation_period: int) -> Column:
    """Share of the deviation that came with rising values, 0 to 100; 50 when there is none."""
    width = deviation(source, deviation_period)
    change = source - shift(source, 1)
    up = talib.EMA(np.where(change > 0, width, 0 * width), period)
    down = talib.EMA(np.where(change < 0, width, 0 * width), period)
    return 100 * ratio(up, up + down, 0.5)


@indicator(
    "squeeze",
    "Squeeze momentum",
    params={
        "period": (20, 2, 1000),
        "multiplier": (2.0, 0.1, 20.0),
        "range_multiplier": (1.5, 0.1, 20.0),
    },
    outputs=("momentum", "on"),
)
def squeeze(
    high: Column,
    low: Column,
    close: Column,
    period: int,
    multiplier: float,
    range_multiplier: float,
) -> tuple[Column, Column]:
    """Momentum of the close, and 1 while the Bollinger bands lie inside the Keltner channel."""
    mean = talib.SMA(close, period)
    middle = (highest(high, period) + lowest(low, period)) / 2
    momentum = talib.LINEARREG(close - (middle + mean) / 2, period)
    inside = multiplier * deviation(close, period) < range_multiplier * talib.SMA(
        true_range(high, low, close), period
    )
    return momentum, np.where(np.isnan(momentum), np.nan, inside.astype(np.float64))
