"""Volatility: how widely the price moves, and bands made of it."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    is_missing,
    middle_of,
    minus,
    plus,
    ratio,
    scaled,
    shift,
)
from bots.core.codegen.python.indicators.spread import (
    deviation,
    root_of_variance,
    scale_of,
    variance_of,
)
from bots.core.codegen.python.indicators.statistics import (
    line_at,
)
from bots.core.codegen.python.indicators.windows import (
    average_range,
    ema,
    highest,
    lowest,
    range_with_gap,
    sma,
    true_range,
)


def indicator_true_range(high, low, close):
    """True range."""
    return [range_with_gap(high, low, close)]


def indicator_atr(high, low, close, period):
    """Average true range."""
    return [average_range(high, low, close, period)]


def indicator_natr(high, low, close, period):
    """Average true range in per cent of the close."""
    return [[100 * a / c for a, c in zip(average_range(high, low, close, period), close)]]


def indicator_adr(high, low, period):
    """Mean of high less low."""
    return [sma(minus(high, low), period)]


def indicator_bbands(source, period, multiplier):
    """Bollinger bands: middle, upper, lower."""
    middle = sma(source, period)
    away = scaled(deviation(source, period), multiplier)
    return [middle, plus(middle, away), minus(middle, away)]


def indicator_bandwidth(source, period, multiplier):
    """Bollinger bandwidth in per cent."""
    away = scaled(deviation(source, period), multiplier)
    return [[200 * ratio(a, m, 0.0) for a, m in zip(away, sma(source, period))]]


def indicator_percent_b(source, period, multiplier):
    """Where the source lies between the Bollinger bands."""
    away = scaled(deviation(source, period), multiplier)
    distance = minus(source, sma(source, period))
    return [[0.5 + ratio(d, 2 * a, 0.0) for d, a in zip(distance, away)]]


def indicator_keltner(high, low, close, period, atr_period, multiplier):
    """Keltner channels: middle, upper, lower."""
    middle = ema(close, period)
    away = scaled(average_range(high, low, close, atr_period), multiplier)
    return [
        [m + 0 * a for m, a in zip(middle, away)],
        plus(middle, away),
        minus(middle, away),
    ]


def indicator_donchian(high, low, period):
    """Donchian channels: middle, upper, lower."""
    upper = highest(high, period)
    lower = lowest(low, period)
    return [middle_of(upper, lower), upper, lower]


def indicator_acceleration_bands(high, low, close, period):
    """Acceleration bands: middle, upper, lower."""
    upper = filled(len(close), NAN)
    lower = filled(len(close), NAN)
    for i in range(len(close)):
        width = ratio(4 * (high[i] - low[i]), high[i] + low[i], 0.0)
        upper[i] = high[i] * (1 + width)
        lower[i] = low[i] * (1 - width)
    return [sma(close, period), sma(upper, period), sma(lower, period)]


def indicator_stddev(source, period):
    """Standard deviation (of the population)."""
    return [deviation(source, period)]


def indicator_variance(source, period):
    """Variance (of the population)."""
    scale = scale_of(source)
    return [[value / scale / scale for value in variance_of(scaled(source, scale), period)]]


def yearly_volatility(close, period, per_year):
    """Standard deviation of the log returns, for a year, in per cent."""
    returns = filled(len(close), NAN)
    for i in range(1, len(close)):
        returns[i] = math.log(close[i] / close[i - 1]) * 1024
    factor = 100 * math.sqrt(per_year) / 1024
    return [value * factor for value in root_of_variance(returns, period)]


def indicator_hist_volatility(close, period, per_year):
    """Historical volatility."""
    return [yearly_volatility(close, period, per_year)]


def indicator_chaikin_vol(high, low, period, change):
    """Chaikin volatility."""
    width = ema(minus(high, low), period)
    before = shift(width, change)
    return [[100 * ratio(a - b, b, 0.0) for a, b in zip(width, before)]]


def indicator_ulcer(source, period):
    """Ulcer index."""
    peak = highest(source, period)
    fall = [100 * ratio(a - p, p, 0.0) for a, p in zip(source, peak)]
    mean = sma([value * value for value in fall], period)
    return [[value if is_missing(value) else math.sqrt(max(value, 0.0)) for value in mean]]


def indicator_rvi(source, period, deviation_period):
    """Relative volatility index."""
    width = deviation(source, deviation_period)
    change = minus(source, shift(source, 1))
    up = ema([w if c > 0 else 0 * w for w, c in zip(width, change)], period)
    down = ema([w if c < 0 else 0 * w for w, c in zip(width, change)], period)
    return [[100 * ratio(a, a + b, 0.5) for a, b in zip(up, down)]]


def indicator_squeeze(high, low, close, period, multiplier, range_multiplier):
    """Squeeze momentum, and 1 while it is on."""
    mean = sma(close, period)
    middle = middle_of(highest(high, period), lowest(low, period))
    momentum = line_at(
        [c - (a + b) / 2 for c, a, b in zip(close, middle, mean)], period, period - 1
    )
    bands = scaled(deviation(close, period), multiplier)
    channel = scaled(sma(true_range(high, low, close), period), range_multiplier)
    inside = [NAN if is_missing(m) else float(a < b) for m, a, b in zip(momentum, bands, channel)]
    return [momentum, inside]
