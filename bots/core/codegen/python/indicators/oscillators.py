"""Oscillators of whole candles: where the close lies, who had the upper hand."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    absolute,
    filled,
    is_missing,
    middle_of,
    minus,
    ratio,
    ratios,
    shift,
    typical,
)
from bots.core.codegen.python.indicators.momentum import (
    known_together,
)
from bots.core.codegen.python.indicators.windows import (
    ema,
    highest,
    lowest,
    rma,
    rolling_sum,
    sma,
    true_range,
)


def stochastic_place(high, low, close, period):
    """Where the close lies in the range of the last candles, 0 to 100."""
    bottom = lowest(low, period)
    top = highest(high, period)
    made = filled(len(close), NAN)
    for i in range(len(close)):
        hundredth = (top[i] - bottom[i]) / 100
        made[i] = ratio(close[i] - bottom[i], hundredth, 0.0)
    return made


def indicator_stoch(high, low, close, k, smooth_k, d):
    """Stochastic oscillator: %K, %D."""
    fast = sma(stochastic_place(high, low, close, k), smooth_k)
    return known_together([fast, sma(fast, d)])


def indicator_stochf(high, low, close, k, d):
    """Fast stochastic: %K, %D."""
    fast = stochastic_place(high, low, close, k)
    return known_together([fast, sma(fast, d)])


def indicator_kdj(high, low, close, k, smooth_k, d):
    """KDJ: K, D, J."""
    bottom = lowest(low, k)
    width = minus(highest(high, k), bottom)
    place = [100 * ratio(c - b, w, 50.0) for c, b, w in zip(close, bottom, width)]
    fast = rma(place, smooth_k)
    slow = rma(fast, d)
    return [fast, slow, [3 * a - 2 * b for a, b in zip(fast, slow)]]


def indicator_cci(high, low, close, period):
    """Commodity channel index."""
    price = typical(high, low, close)
    made = filled(len(close), NAN)
    ring = filled(period, 0.0)
    for i in range(len(close)):
        ring[i % period] = price[i]
        if i >= period - 1:
            mean = 0.0
            for value in ring:
                mean += value
            mean = mean / period
            away = 0.0
            for value in ring:
                away += abs(value - mean)
            distance = price[i] - mean
            is_flat = distance == 0 or away == 0
            made[i] = 0.0 if is_flat else distance / (0.015 * (away / period))
    return [made]


def indicator_willr(high, low, close, period):
    """Williams %R."""
    top = highest(high, period)
    bottom = lowest(low, period)
    return [
        [ratio(t - c, (t - b) / -100, 0.0) for t, b, c in zip(top, bottom, close)],
    ]


def pressure_shares(bought, ranges, period):
    """Buying pressure over the true range, of sums over the last candles."""
    return [
        0.0 if b > -1e-14 and b < 1e-14 else a / b
        for a, b in zip(rolling_sum(bought, period), rolling_sum(ranges, period))
    ]


def indicator_ultosc(high, low, close, fast, middle, slow):
    """Ultimate oscillator."""
    periods = sorted_numbers([fast, middle, slow])
    before = shift(close, 1)
    bought = filled(len(close), NAN)
    ranges = filled(len(close), NAN)
    for i in range(1, len(close)):
        bought[i] = close[i] - min(low[i], before[i])
        ranges[i] = max(high[i] - low[i], abs(before[i] - high[i]), abs(before[i] - low[i]))
    one = pressure_shares(bought, ranges, periods[0])
    two = pressure_shares(bought, ranges, periods[1])
    three = pressure_shares(bought, ranges, periods[2])
    return [[100 * ((4 * a + 2 * b + c) / 7) for a, b, c in zip(one, two, three)]]


def sorted_numbers(values):
    """The three numbers by size."""
    least = min(values[0], values[1], values[2])
    most = max(values[0], values[1], values[2])
    return [least, values[0] + values[1] + values[2] - least - most, most]


def indicator_bop(open, high, low, close):
    """Balance of power."""
    return [[ratio(c - o, h - b, 0.0) for o, h, b, c in zip(open, high, low, close)]]


def indicator_ao(high, low, fast, slow):
    """Awesome oscillator."""
    middle = middle_of(high, low)
    return [minus(sma(middle, fast), sma(middle, slow))]


def indicator_ac(high, low):
    """Accelerator oscillator."""
    middle = middle_of(high, low)
    line = minus(sma(middle, 5), sma(middle, 34))
    return [minus(line, sma(line, 5))]


def faded_sum(column, keep, limit):
    """Each value plus `keep` times the sum before it, held within +- limit."""
    made = filled(len(column), NAN)
    total = 0.0
    for i in range(len(column)):
        if not is_missing(column[i]):
            total = column[i] + keep * total
            total = min(limit, max(-limit, total))
            made[i] = total
    return made


def indicator_fisher(high, low, period):
    """Fisher transform, and it one candle ago."""
    middle = middle_of(high, low)
    bottom = lowest(middle, period)
    width = minus(highest(middle, period), bottom)
    place = [0.66 * (ratio(m - b, w, 0.5) - 0.5) for m, b, w in zip(middle, bottom, width)]
    value = faded_sum(place, 0.67, 0.999)
    normal = [v if is_missing(v) else 0.5 * math.log((1 + v) / (1 - v)) for v in value]
    line = faded_sum(normal, 0.5, math.inf)
    return [line, shift(line, 1)]


def symmetric_mean(column):
    """Mean of the last four values weighing 1, 2, 2, 1."""
    made = filled(len(column), NAN)
    for i in range(3, len(column)):
        made[i] = (column[i] + 2 * column[i - 1] + 2 * column[i - 2] + column[i - 3]) / 6
    return made


def indicator_rvgi(open, high, low, close, period):
    """Relative vigor index and its signal."""
    moved = rolling_sum(symmetric_mean(minus(close, open)), period)
    line = ratios(moved, rolling_sum(symmetric_mean(minus(high, low)), period), 0.0)
    return [line, symmetric_mean(line)]


def indicator_smi(high, low, close, period, smooth, signal):
    """Stochastic momentum index and its signal."""
    top = highest(high, period)
    bottom = lowest(low, period)
    distance = ema(ema(minus(close, middle_of(top, bottom)), smooth), smooth)
    width = ema(ema(minus(top, bottom), smooth), smooth)
    line = [200 * ratio(a, b, 0.0) for a, b in zip(distance, width)]
    return [line, ema(line, signal)]


def indicator_wavetrend(high, low, close, channel, average, signal):
    """WaveTrend and its signal."""
    price = typical(high, low, close)
    away = minus(price, ema(price, channel))
    size = ema(absolute(away), channel)
    line = ema([ratio(a, 0.015 * b, 0.0) for a, b in zip(away, size)], average)
    return [line, sma(line, signal)]


def indicator_elder_ray(high, low, close, period):
    """Elder ray: bull and bear power."""
    average = ema(close, period)
    return [minus(high, average), minus(low, average)]


def indicator_imi(open, close, period):
    """Intraday momentum index."""
    gained = rolling_sum([max(c - o, 0.0) for o, c in zip(open, close)], period)
    lost = rolling_sum([max(o - c, 0.0) for o, c in zip(open, close)], period)
    return [[100 * ratio(g, g + b, 0.5) for g, b in zip(gained, lost)]]


def indicator_qstick(open, close, period):
    """QStick."""
    return [sma(minus(close, open), period)]


def indicator_choppiness(high, low, close, period):
    """Choppiness index."""
    way = rolling_sum(true_range(high, low, close), period)
    width = minus(highest(high, period), lowest(low, period))
    made = filled(len(close), NAN)
    for i in range(len(close)):
        if not is_missing(width[i]):
            share = ratio(way[i], width[i], float(period)) if way[i] > 0 else float(period)
            made[i] = 100 * math.log10(share) / math.log10(period)
    return [made]
