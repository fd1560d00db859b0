"""Volatility: how widely the price moves, and bands made of it."""

from __future__ import annotations

import talib
from talib._ta_lib import MA_Type

from bots.core.indicators.registry import PERIOD_MAX, Column, indicator


@indicator("atr", "Average true range", params={"period": (14, 1, PERIOD_MAX)}, memory="fading")
def atr(high: Column, low: Column, close: Column, period: int) -> Column:
    """Mean size of a candle including gaps, in the price's unit, smoothed as Wilder did."""
    return talib.ATR(high, low, close, period)


@indicator(
    "bbands",
    "Bollinger bands",
    params={"period": (20, 2, PERIOD_MAX), "multiplier": (2.0, 0.1, 20.0)},
    outputs=("middle", "upper", "lower"),
    overlay=True,
)
def bbands(source: Column, period: int, multiplier: float) -> tuple[Column, Column, Column]:
    """The mean, and lines some standard deviations (of the population) above and below it."""
    upper, middle, lower = talib.BBANDS(source, period, multiplier, multiplier, MA_Type.SMA)
    return middle, upper, lower
