"""Moving averages."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    first_value,
    middle_of,
    minus,
    ratio,
    scaled,
    shift,
    times,
)
from bots.core.codegen.python.indicators.windows import (
    ema,
    rma,
    rolling_sum,
    sma,
    wma,
)


def indicator_sma(source, period):
    """Simple moving average."""
    return [sma(source, period)]


def indicator_ema(source, period):
    """Exponential moving average."""
    return [ema(source, period)]


def indicator_wma(source, period):
    """Weighted moving average."""
    return [wma(source, period)]


def indicator_rma(source, period):
    """Wilder's moving average."""
    return [rma(source, period)]


def indicator_dema(source, period):
    """Double exponential moving average."""
    first = ema(source, period)
    second = ema(first, period)
    return [[2 * a - b for a, b in zip(first, second)]]


def indicator_tema(source, period):
    """Triple exponential moving average."""
    first = ema(source, period)
    second = ema(first, period)
    third = ema(second, period)
    return [[c + (3 * a - 3 * b) for a, b, c in zip(first, second, third)]]


def indicator_trima(source, period):
    """Triangular moving average: the simple mean of a simple mean."""
    half = period // 2
    if period % 2 == 1:
        return [sma(sma(source, half + 1), half + 1)]
    return [sma(sma(source, half), half + 1)]


def indicator_hma(source, period):
    """Hull moving average."""
    quick = wma(source, max(period // 2, 1))
    slow = wma(source, period)
    return [wma([2 * a - b for a, b in zip(quick, slow)], math.floor(math.sqrt(period)))]


def straightness(source, period):
    """Net move over the way gone, 0 (noise) to 1 (straight); 1 while nothing moves."""
    made = filled(len(source), NAN)
    first = first_value(source)
    way = 0.0
    still = 0
    for i in range(first + 1, len(source)):
        step = abs(source[i] - source[i - 1])
        if i > first + period:
            way -= abs(source[i - period - 1] - source[i - period])
        way += step
        still = still + 1 if step == 0 else 0
        if still >= period:
            way = 0.0
        if i >= first + period:
            moved = source[i] - source[i - period]
            made[i] = 1.0 if way <= 0 or way <= moved else abs(moved / way)
    return made


def indicator_kama(source, period):
    """Kaufman's adaptive moving average."""
    if period == 1:
        return [list(source)]
    size = len(source)
    made = filled(size, NAN)
    first = first_value(source)
    share = straightness(source, period)
    slow = 2 / 31
    line = 0.0
    for i in range(first + period, size):
        if i == first + period:
            line = source[i - 1]
        weight = share[i] * (2 / 3 - slow) + slow
        line = (source[i] - line) * (weight * weight) + line
        made[i] = line
    return [made]


def smoothed(column, period):
    """An EMA written as two weighted parts, as Tillson's average is built."""
    size = len(column)
    made = filled(size, NAN)
    first = first_value(column)
    if size - first < period:
        return made
    weight = 2 / (period + 1)
    line = 0.0
    for i in range(first, first + period):
        line += column[i]
    line = line / period
    made[first + period - 1] = line
    for i in range(first + period, size):
        line = weight * column[i] + (1 - weight) * line
        made[i] = line
    return made


def indicator_t3(source, period, factor):
    """Tillson's T3 moving average."""
    third = smoothed(smoothed(smoothed(source, period), period), period)
    fourth = smoothed(third, period)
    fifth = smoothed(fourth, period)
    sixth = smoothed(fifth, period)
    square = factor * factor
    one = -(square * factor)
    two = 3 * (square - one)
    three = -6 * square - 3 * (factor - one)
    four = 1 + 3 * factor - one + 3 * square
    return [
        [
            one * f + two * e + three * d + four * c
            for c, d, e, f in zip(third, fourth, fifth, sixth)
        ]
    ]


def indicator_zlema(source, period):
    """Zero-lag exponential moving average."""
    before = shift(source, (period - 1) // 2)
    return [ema([2 * a - b for a, b in zip(source, before)], period)]


def indicator_alma(source, period, offset, sigma):
    """Arnaud Legoux moving average."""
    peak = offset * (period - 1)
    width = period / sigma
    weights = [math.exp(-((k - peak) * (k - peak)) / (2 * width * width)) for k in range(period)]
    total = 0.0
    for weight in weights:
        total += weight
    made = filled(len(source), NAN)
    for i in range(period - 1, len(source)):
        mean = 0.0
        for k in range(period):
            mean += source[i - period + 1 + k] * (weights[k] / total)
        made[i] = mean
    return [made]


def traded_candles(volume, period):
    """How many of the last candles had volume."""
    return rolling_sum([value if value != value else float(value > 0) for value in volume], period)


def indicator_vwma(source, volume, period):
    """Volume-weighted moving average; the simple mean when nothing was traded."""
    plain = sma(source, period)
    money = rolling_sum(times(source, volume), period)
    amount = rolling_sum(volume, period)
    traded = traded_candles(volume, period)
    return [[p if t == 0 else ratio(m, a, p) for p, m, a, t in zip(plain, money, amount, traded)]]


def indicator_mcginley(source, period):
    """McGinley dynamic."""
    made = filled(len(source), NAN)
    line = 0.0
    for i in range(len(source)):
        price = source[i]
        if i == 0 or line <= 0 or price <= 0:
            line = price
        else:
            share = price / line
            step = period * share * share * share * share
            line = line + (price - line) / step if step > 1 else price
        made[i] = line
    return [made]


def indicator_alligator(high, low):
    """Alligator: jaw, teeth, lips."""
    middle = middle_of(high, low)
    return [shift(rma(middle, 13), 8), shift(rma(middle, 8), 5), shift(rma(middle, 5), 3)]


def difference_of_emas(source, fast, slow):
    """Fast EMA less slow EMA."""
    return minus(ema(source, fast), ema(source, slow))


def percentage_of_emas(source, fast, slow):
    """Fast EMA less slow EMA, in per cent of the slow one."""
    average = ema(source, slow)
    return scaled(
        [ratio(a - b, b, 0.0) for a, b in zip(ema(source, fast), average)],
        100,
    )
