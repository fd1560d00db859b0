"""Oscillators of one column: how fast and how far it has moved."""

from __future__ import annotations

import numpy as np
import talib

from bots.core.indicators.registry import PERIOD_MAX, Column, Param, indicator
from bots.core.indicators.windows import held, highest, lowest, ratio, shift

FAST = (12, 2, PERIOD_MAX)
SLOW = (26, 2, PERIOD_MAX)
SIGNAL = (9, 1, PERIOD_MAX)
RANK_MAX = 1000


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
    line, average, hist = talib.MACD(source, fast, slow, signal)
    return line, average, hist


@indicator(
    "ppo",
    "Percentage price oscillator",
    params={"fast": FAST, "slow": SLOW, "signal": SIGNAL},
    outputs=("ppo", "signal", "hist"),
    memory="fading",
    ordered=(("fast", "slow"),),
)
def ppo(source: Column, fast: int, slow: int, signal: int) -> tuple[Column, Column, Column]:
    """MACD in per cent of the slow EMA, so that markets compare."""
    average = talib.EMA(source, slow)
    line = 100 * ratio(talib.EMA(source, fast) - average, average, 0.0)
    mean = talib.EMA(line, signal)
    return line, mean, line - mean


@indicator(
    "apo",
    "Absolute price oscillator",
    params={"fast": FAST, "slow": SLOW},
    memory="fading",
    ordered=(("fast", "slow"),),
)
def apo(source: Column, fast: int, slow: int) -> Column:
    """Fast EMA less slow EMA."""
    return talib.EMA(source, fast) - talib.EMA(source, slow)


@indicator("roc", "Rate of change", params={"period": (9, 1, PERIOD_MAX)})
def roc(source: Column, period: int) -> Column:
    """Change over the period in per cent."""
    return talib.ROC(source, period)


@indicator("mom", "Momentum", params={"period": (10, 1, PERIOD_MAX)})
def mom(source: Column, period: int) -> Column:
    """Change over the period in the source's unit."""
    return talib.MOM(source, period)


@indicator(
    "cmo",
    "Chande momentum oscillator",
    params={
        "period": (14, 2, PERIOD_MAX),
        "smoothing": Param(
            "wilder",
            None,
            None,
            "choice",
            "Wilder's means (TA-Lib) or plain sums",
            ("wilder", "none"),
        ),
    },
    memory="fading",
)
def cmo(source: Column, period: int, smoothing: str) -> Column:
    """Gains less losses in per cent of all movement, -100 to 100."""
    return talib.CMO(source, period) if smoothing == "wilder" else talib.CMOU(source, period)


@indicator("trix", "TRIX", params={"period": (18, 1, 1000)}, memory="fading")
def trix(source: Column, period: int) -> Column:
    """Change of the triple EMA from one candle to the next, in per cent."""
    return talib.TRIX(source, period)


@indicator(
    "tsi",
    "True strength index",
    params={"slow": (25, 2, 1000), "fast": (13, 2, 1000), "signal": (13, 1, 1000)},
    outputs=("tsi", "signal"),
    memory="fading",
)
def tsi(source: Column, slow: int, fast: int, signal: int) -> tuple[Column, Column]:
    """Momentum smoothed twice in per cent of its own size, and its EMA."""
    change = source - shift(source, 1)
    size = talib.EMA(talib.EMA(np.abs(change), slow), fast)
    line = 100 * ratio(talib.EMA(talib.EMA(change, slow), fast), size, 0.0)
    return line, talib.EMA(line, signal)


@indicator(
    "stochrsi",
    "Stochastic RSI",
    params={
        "rsi_period": (14, 2, PERIOD_MAX),
        "k": (14, 1, PERIOD_MAX),
        "smooth_k": (3, 1, PERIOD_MAX),
        "d": (3, 1, PERIOD_MAX),
    },
    outputs=("k", "d"),
    memory="fading",
)
def stochrsi(
    source: Column, rsi_period: int, k: int, smooth_k: int, d: int
) -> tuple[Column, Column]:
    """Where the RSI lies in its own range, 0 to 100, smoothed, and its mean."""
    line = talib.RSI(source, rsi_period)
    low = lowest(line, k)
    fast = 100 * ratio(line - low, highest(line, k) - low, 0.0)
    smooth = talib.SMA(fast, smooth_k)
    return smooth, talib.SMA(smooth, d)


@indicator(
    "coppock",
    "Coppock curve",
    params={
        "period": (10, 1, 1000),
        "slow": (14, 1, 1000),
        "fast": (11, 1, 1000),
    },
)
def coppock(source: Column, period: int, slow: int, fast: int) -> Column:
    """Weighted mean of two rates of change."""
    return talib.WMA(talib.ROC(source, slow) + talib.ROC(source, fast), period)


@indicator(
    "kst",
    "Know sure thing",
    params={"signal": (9, 1, 1000)},
    outputs=("kst", "signal"),
)
def kst(source: Column, signal: int) -> tuple[Column, Column]:
    """Four smoothed rates of change (10, 15, 20, 30 candles), the longer weighing more."""
    windows = ((10, 10), (15, 10), (20, 10), (30, 15))
    parts = [talib.SMA(talib.ROC(source, change), mean) for change, mean in windows]
    line = parts[0] + 2 * parts[1] + 3 * parts[2] + 4 * parts[3]
    return line, talib.SMA(line, signal)


@indicator(
    "connors_rsi",
    "Connors RSI",
    params={
        "period": (3, 2, 1000),
        "streak": Param(2, 2, 1000, "int", "Candles of the RSI of the up and down streaks"),
        "rank": Param(100, 2, RANK_MAX, "int", "Candles the newest change is ranked among"),
    },
    memory="fading",
)
def connors_rsi(source: Column, period: int, streak: int, rank: int) -> Column:
    """Mean of a quick RSI, the RSI of the streak's length and the rank of the last change."""
    place = talib.PERCENTRANK(talib.ROC(source, 1), rank)
    return (talib.RSI(source, period) + talib.RSI(streaks(source), streak) + place) / 3


def streaks(source: Column) -> Column:
    """Candles in a row that closed higher (positive) or lower (negative); 0 when unchanged."""
    if source.size == 0:
        return source.copy()
    direction = np.sign(np.diff(source, prepend=source[0]))
    place = np.arange(source.size)
    turned = np.diff(direction, prepend=np.nan) != 0
    return direction * (place - np.maximum.accumulate(np.where(turned, place, 0)) + 1)


@indicator(
    "stc",
    "Schaff trend cycle",
    params={"fast": (23, 2, 1000), "slow": (50, 2, 1000), "cycle": (10, 2, 1000)},
    memory="fading",
    ordered=(("fast", "slow"),),
)
def stc(source: Column, fast: int, slow: int, cycle: int) -> Column:
    """Stochastic of the stochastic of the MACD, 0 to 100: turns early in a trend."""
    line = talib.EMA(source, fast) - talib.EMA(source, slow)
    return _smoothed_place(_smoothed_place(line, cycle), cycle)


def _smoothed_place(line: Column, cycle: int) -> Column:
    """Place in the range of the last values, 0 to 100, halfway to each new value."""
    low = lowest(line, cycle)
    width = highest(line, cycle) - low
    place = held(100 * ratio(line - low, width, 0.0), width > 0)
    return talib.EMA(np.where(np.isnan(width), np.nan, place), 3)


@indicator("er", "Kaufman's efficiency ratio", params={"period": (10, 2, PERIOD_MAX)})
def er(source: Column, period: int) -> Column:
    """Net move over the way gone, 0 (noise) to 1 (straight)."""
    return talib.ER(source, period)


@indicator("dpo", "Detrended price oscillator", params={"period": (21, 2, PERIOD_MAX)})
def dpo(source: Column, period: int) -> Column:
    """The source half a period ago less the mean now: cycles without the trend."""
    return shift(source, period // 2 + 1) - talib.SMA(source, period)
