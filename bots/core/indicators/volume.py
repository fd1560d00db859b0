"""Volume: how much was traded, and on whose side."""

from __future__ import annotations

import numpy as np
import talib

from bots.core.indicators.registry import PERIOD_MAX, Column, indicator
from bots.core.indicators.windows import ratio, rolling_sum, shift, typical

PERIOD_20 = (20, 1, PERIOD_MAX)


@indicator("obv", "On-balance volume", memory="forever")
def obv(source: Column, volume: Column) -> Column:
    """Running sum of the volume, counted negative when the source fell."""
    return talib.OBV(source, volume)


@indicator("ad", "Accumulation/distribution", memory="forever")
def ad(high: Column, low: Column, close: Column, volume: Column) -> Column:
    """Running sum of the volume weighed by where the close lies in the candle's range."""
    return talib.AD(high, low, close, volume)


@indicator(
    "adosc",
    "Chaikin oscillator",
    params={"fast": (3, 2, 1000), "slow": (10, 2, 1000)},
    memory="fading",
    ordered=(("fast", "slow"),),
)
def adosc(high: Column, low: Column, close: Column, volume: Column, fast: int, slow: int) -> Column:
    """Fast EMA of accumulation/distribution less the slow one."""
    return talib.ADOSC(high, low, close, volume, fast, slow)


@indicator("cmf", "Chaikin money flow", params={"period": PERIOD_20})
def cmf(high: Column, low: Column, close: Column, volume: Column, period: int) -> Column:
    """Volume weighed by where the close lies in the range, over all volume, -1 to 1."""
    place = ratio((close - low) - (high - close), high - low, 0.0)
    return _share(place * volume, volume, period, 0.0)


def _share(part: Column, volume: Column, period: int, otherwise: float | Column) -> Column:
    """Sum of the part over the sum of the volume; `otherwise` where nothing was traded.

    Rolling sums leave a trace of what has left them, so trades are counted, not summed.
    """
    traded = rolling_sum((volume > 0).astype(np.float64), period)
    share = ratio(rolling_sum(part, period), rolling_sum(volume, period), otherwise)
    return np.where(traded == 0, otherwise + 0 * traded, share)


@indicator("mfi", "Money flow index", params={"period": (14, 2, PERIOD_MAX)})
def mfi(high: Column, low: Column, close: Column, volume: Column, period: int) -> Column:
    """RSI weighed by volume: share of the money traded at rising prices, 0 to 100."""
    return talib.MFI(high, low, close, volume, period)


@indicator("force_index", "Force index", params={"period": (13, 1, PERIOD_MAX)}, memory="fading")
def force_index(source: Column, volume: Column, period: int) -> Column:
    """Change times volume, smoothed by an EMA."""
    return talib.EMA((source - shift(source, 1)) * volume, period)


@indicator(
    "eom",
    "Ease of movement",
    params={"period": (14, 1, PERIOD_MAX), "divisor": (10_000.0, 1.0, 1e12)},
)
def eom(high: Column, low: Column, volume: Column, period: int, divisor: float) -> Column:
    """How far the middle price moves per volume traded; 0 for a candle without volume."""
    middle = (high + low) / 2
    moved = divisor * (middle - shift(middle, 1)) * (high - low)
    return talib.SMA(ratio(moved, volume, 0 * moved), period)


@indicator("vpt", "Volume price trend", memory="forever")
def vpt(source: Column, volume: Column) -> Column:
    """Running sum of the volume times the relative change."""
    before = shift(source, 1)
    change = ratio(source - before, before, 0.0)
    if change.size:
        change[0] = 0.0
    return np.cumsum(change * volume)


@indicator("nvi", "Negative volume index", memory="forever")
def nvi(source: Column, volume: Column) -> Column:
    """Index from 1000 that follows the source only when the volume falls."""
    return talib.NVI(source, volume)


@indicator("pvi", "Positive volume index", memory="forever")
def pvi(source: Column, volume: Column) -> Column:
    """Index from 1000 that follows the source only when the volume rises."""
    return talib.PVI(source, volume)


@indicator("volume_sma", "Volume average", params={"period": PERIOD_20})
def volume_sma(volume: Column, period: int) -> Column:
    """Mean volume of the last candles."""
    return talib.SMA(volume, period)


@indicator("relative_volume", "Relative volume", params={"period": PERIOD_20})
def relative_volume(volume: Column, period: int) -> Column:
    """Volume over the mean volume of the candles before; 1 where nothing was traded."""
    before = shift(volume, 1)
    traded = rolling_sum((before > 0).astype(np.float64), period)
    usual = talib.SMA(before, period)
    return np.where(traded == 0, 1.0 + 0 * usual, ratio(volume, usual, 1.0))


@indicator(
    "pvo",
    "Percentage volume oscillator",
    params={"fast": (12, 2, PERIOD_MAX), "slow": (26, 2, PERIOD_MAX), "signal": (9, 1, PERIOD_MAX)},
    outputs=("pvo", "signal", "hist"),
    memory="fading",
    ordered=(("fast", "slow"),),
)
def pvo(volume: Column, fast: int, slow: int, signal: int) -> tuple[Column, Column, Column]:
    """MACD of the volume in per cent of its slow EMA."""
    average = talib.EMA(volume, slow)
    line = 100 * ratio(talib.EMA(volume, fast) - average, average, 0.0)
    mean = talib.EMA(line, signal)
    return line, mean, line - mean


@indicator(
    "volume_osc",
    "Volume oscillator",
    params={"fast": (5, 1, 1000), "slow": (10, 1, 1000)},
    ordered=(("fast", "slow"),),
)
def volume_osc(volume: Column, fast: int, slow: int) -> Column:
    """Fast mean of the volume less the slow one, in per cent of the slow one."""
    average = talib.SMA(volume, slow)
    traded = rolling_sum((volume > 0).astype(np.float64), slow)
    line = 100 * ratio(talib.SMA(volume, fast) - average, average, 0.0)
    return np.where(traded == 0, 0 * average, line)


@indicator("vwap_rolling", "Rolling VWAP", params={"period": PERIOD_20}, overlay=True)
def vwap_rolling(high: Column, low: Column, close: Column, volume: Column, period: int) -> Column:
    """Mean typical price of the last candles weighed by volume."""
    price = typical(high, low, close)
    return _share(price * volume, volume, period, talib.SMA(price, period))


@indicator("wad", "Williams accumulation/distribution", memory="forever")
def wad(high: Column, low: Column, close: Column) -> Column:
    """Running sum of the moves from the true low (rising) or the true high (falling)."""
    before = shift(close, 1)
    up = np.where(close > before, close - np.minimum(low, before), 0.0)
    return np.cumsum(np.where(close < before, close - np.maximum(high, before), up))


@indicator("market_facilitation", "Market facilitation index")
def market_facilitation(high: Column, low: Column, volume: Column) -> Column:
    """Range per volume traded; 0 for a candle without volume."""
    return ratio(high - low, volume, 0.0)
