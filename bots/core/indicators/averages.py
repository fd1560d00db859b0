"""Moving averages."""

from __future__ import annotations

import talib

from bots.core.indicators.registry import PERIOD_MAX, Column, indicator

PERIOD = (20, 1, PERIOD_MAX)


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


@indicator("hma", "Hull moving average", params={"period": (20, 1, PERIOD_MAX)}, overlay=True)
def hma(source: Column, period: int) -> Column:
    """Weighted means combined to be smooth and nearly without lag."""
    return talib.HMA(source, period)
