"""Prices made of prices."""

from __future__ import annotations

import numpy as np
import talib

from bots.core.indicators.registry import Column, indicator
from bots.core.indicators.windows import shift, typical


@indicator("typical_price", "Typical price", overlay=True)
def typical_price(high: Column, low: Column, close: Column) -> Column:
    """Mean of high, low and close."""
    return typical(high, low, close)


@indicator("median_price", "Median price", overlay=True)
def median_price(high: Column, low: Column) -> Column:
    """Middle between high and low."""
    return (high + low) / 2


@indicator("weighted_close", "Weighted close", overlay=True)
def weighted_close(high: Column, low: Column, close: Column) -> Column:
    """Mean of high, low and twice the close."""
    return (high + low + close * 2) / 4


@indicator("average_price", "Average price", overlay=True)
def average_price(open: Column, high: Column, low: Column, close: Column) -> Column:
    """Mean of open, high, low and close."""
    return (open + high + low + close) / 4


@indicator(
    "heikin_ashi",
    "Heikin-Ashi candles",
    outputs=("close", "open", "high", "low"),
    overlay=True,
    memory="fading",
)
def heikin_ashi(
    open: Column, high: Column, low: Column, close: Column
) -> tuple[Column, Column, Column, Column]:
    """Smoothed candles: close above open in an uptrend."""
    first, top, bottom, last = talib.HA(open, high, low, close)
    return last, first, top, bottom


@indicator("log_return", "Log return", params={"period": (1, 1, 5000)})
def log_return(close: Column, period: int) -> Column:
    """Natural logarithm of the close over the close some candles ago."""
    return np.log(close / shift(close, period))
