"""Trend: its direction, its strength, and where it would turn."""

from __future__ import annotations

import numpy as np
import talib

from bots.core.indicators.registry import PERIOD_MAX, Column, indicator
from bots.core.indicators.windows import (
    highest,
    lowest,
    ratio,
    rolling_sum,
    shift,
    true_range,
)

PERIOD_14 = (14, 2, PERIOD_MAX)


@indicator("adx", "Average directional index", params={"period": PERIOD_14}, memory="fading")
def adx(high: Column, low: Column, close: Column, period: int) -> Column:
    """Strength of a trend whatever its direction, 0 to 100."""
    return talib.ADX(high, low, close, period)


@indicator("adxr", "ADX rating", params={"period": PERIOD_14}, memory="fading")
def adxr(high: Column, low: Column, close: Column, period: int) -> Column:
    """Mean of the ADX now and one period ago."""
    return talib.ADXR(high, low, close, period)


@indicator("dx", "Directional movement index", params={"period": PERIOD_14}, memory="fading")
def dx(high: Column, low: Column, close: Column, period: int) -> Column:
    """Difference of +DI and -DI in per cent of their sum."""
    return talib.DX(high, low, close, period)


@indicator("plus_di", "Plus directional indicator", params={"period": PERIOD_14}, memory="fading")
def plus_di(high: Column, low: Column, close: Column, period: int) -> Column:
    """Upward movement in per cent of the true range."""
    return talib.PLUS_DI(high, low, close, period)


@indicator("minus_di", "Minus directional indicator", params={"period": PERIOD_14}, memory="fading")
def minus_di(high: Column, low: Column, close: Column, period: int) -> Column:
    """Downward movement in per cent of the true range."""
    return talib.MINUS_DI(high, low, close, period)


@indicator("aroon", "Aroon", params={"period": PERIOD_14}, outputs=("up", "down"))
def aroon(high: Column, low: Column, period: int) -> tuple[Column, Column]:
    """How lately the highest high and the lowest low were, 100 for now, 0 for a period ago."""
    down, up = talib.AROON(high, low, period)
    return up, down


@indicator("aroon_osc", "Aroon oscillator", params={"period": PERIOD_14})
def aroon_osc(high: Column, low: Column, period: int) -> Column:
    """Aroon up less Aroon down, -100 to 100."""
    return talib.AROONOSC(high, low, period)


@indicator(
    "psar",
    "Parabolic SAR",
    params={"acceleration": (0.02, 0.0001, 1.0), "maximum": (0.2, 0.0001, 1.0)},
    outputs=("value", "direction"),
    overlay=True,
    memory="fading",
)
def psar(high: Column, low: Column, acceleration: float, maximum: float) -> tuple[Column, Column]:
    """A stop that follows the trend ever faster, and 1 below the price or -1 above it."""
    stop = talib.SAR(high, low, acceleration, maximum)
    direction = np.where(stop <= low, 1.0, -1.0)
    return stop, np.where(np.isnan(stop), np.nan, direction)


@indicator(
    "supertrend",
    "SuperTrend",
    params={"period": (10, 2, PERIOD_MAX), "multiplier": (3.0, 0.1, 50.0)},
    outputs=("value", "direction"),
    overlay=True,
    memory="fading",
)
def supertrend(
    high: Column, low: Column, close: Column, period: int, multiplier: float
) -> tuple[Column, Column]:
    """A stop some true ranges from the middle price, and 1 in an uptrend or -1 in a downtrend."""
    line, trend = talib.SUPERTREND(high, low, close, period, multiplier)
    return line, np.where(np.isnan(line), np.nan, trend.astype(np.float64))


@indicator(
    "ichimoku",
    "Ichimoku cloud",
    params={
        "conversion": (9, 1, 1000),
        "base": (26, 1, 1000),
        "span": (52, 1, 1000),
        "displacement": (26, 1, 1000),
    },
    outputs=("conversion", "base", "span_a", "span_b"),
    overlay=True,
)
def ichimoku(
    high: Column, low: Column, conversion: int, base: int, span: int, displacement: int
) -> tuple[Column, Column, Column, Column]:
    """Middles of three ranges; the two spans stand as drawn: displacement - 1 candles later."""
    quick, calm, slow = (
        (highest(high, period) + lowest(low, period)) / 2 for period in (conversion, base, span)
    )
    ahead = displacement - 1
    return quick, calm, shift((quick + calm) / 2, ahead), shift(slow, ahead)


@indicator("vortex", "Vortex", params={"period": PERIOD_14}, outputs=("plus", "minus"))
def vortex(high: Column, low: Column, close: Column, period: int) -> tuple[Column, Column]:
    """Upward and downward swings over the true range: they cross when a trend begins."""
    way = rolling_sum(talib.TRANGE(high, low, close), period)
    up = rolling_sum(np.abs(high - shift(low, 1)), period)
    down = rolling_sum(np.abs(low - shift(high, 1)), period)
    return ratio(up, way, 1.0), ratio(down, way, 1.0)


@indicator(
    "mass_index",
    "Mass index",
    params={"period": (9, 1, 1000), "sum": (25, 1, 1000)},
    memory="fading",
)
def mass_index(high: Column, low: Column, period: int, sum: int) -> Column:
    """Sum of how much wider the ranges have become: a bulge over 27 foretells a turn."""
    width = talib.EMA(high - low, period)
    return rolling_sum(ratio(width, talib.EMA(width, period), 1.0), sum)


@indicator("vhf", "Vertical horizontal filter", params={"period": (28, 2, PERIOD_MAX)})
def vhf(source: Column, period: int) -> Column:
    """Range over the way gone: high in a trend, low when moving sideways."""
    way = rolling_sum(np.abs(source - shift(source, 1)), period)
    return ratio(highest(source, period) - lowest(source, period), way, 0.0)


@indicator(
    "chandelier",
    "Chandelier exit",
    params={"period": (22, 1, PERIOD_MAX), "multiplier": (3.0, 0.1, 50.0)},
    outputs=("long", "short"),
    overlay=True,
    memory="fading",
)
def chandelier(
    high: Column, low: Column, close: Column, period: int, multiplier: float
) -> tuple[Column, Column]:
    """Stops some true ranges below the highest high (long) and above the lowest low (short)."""
    away = multiplier * talib.RMA(true_range(high, low, close), period)
    return highest(high, period) - away, lowest(low, period) + away


@indicator("ht_trendline", "Hilbert transform trendline", overlay=True, memory="fading")
def ht_trendline(source: Column) -> Column:
    """The source with its dominant cycle taken out."""
    return talib.HT_TRENDLINE(source)


@indicator("ht_period", "Hilbert transform cycle period", memory="fading")
def ht_period(source: Column) -> Column:
    """Length of the dominant cycle in candles, 6 to 50."""
    return talib.HT_DCPERIOD(source)


@indicator("ht_sine", "Hilbert transform sine", outputs=("sine", "lead"), memory="fading")
def ht_sine(source: Column) -> tuple[Column, Column]:
    """Sine of the dominant cycle's phase, and of the phase 45 degrees on: they cross at turns."""
    sine, lead = talib.HT_SINE(source)
    return sine, lead
