"""Momentum: how fast and how far the price has moved."""

from __future__ import annotations

import talib
from talib._ta_lib import MA_Type

from bots.core.indicators.registry import PERIOD_MAX, Column, indicator

FAST = (12, 2, PERIOD_MAX)
SLOW = (26, 2, PERIOD_MAX)
SIGNAL = (9, 1, PERIOD_MAX)


@indicator(
    "rsi", "Relative strength index", params={"period": (14, 2, PERIOD_MAX)}, memory="fading"
)
def rsi(source: Column, period: int) -> Column:
    """Share of the gains in all movement, 0 to 100, smoothed as Wilder did."""
    return talib.RSI(source, period)


@indicator(
    "macd",
    "Moving average convergence divergence",
    params={"fast": FAST, "slow": SLOW, "signal": SIGNAL},
    outputs=("macd", "signal", "hist"),
    memory="fading",
    ordered=(("fast", "slow"),),
)
def macd(source: Column, fast: int, slow: int, signal: int) -> tuple[Column, Column, Column]:
    """Fast EMA less slow EMA, the EMA of that difference, and what lies between the two."""
    return talib.MACD(source, fast, slow, signal)


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
    return talib.STOCH(high, low, close, k, smooth_k, MA_Type.SMA, d, MA_Type.SMA)


@indicator(
    "adx", "Average directional index", params={"period": (14, 2, PERIOD_MAX)}, memory="fading"
)
def adx(high: Column, low: Column, close: Column, period: int) -> Column:
    """Strength of a trend whatever its direction, 0 to 100."""
    return talib.ADX(high, low, close, period)
