"""Figures of the last values: extremes, sums, means, ranges."""

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    first_value,
)


def highest(column, period):
    """Largest of the last values."""
    made = filled(len(column), NAN)
    first = first_value(column)
    best = first
    for i in range(first, len(column)):
        if i == first or column[i] >= column[best]:
            best = i
        elif best <= i - period:
            best = i - period + 1
            for k in range(i - period + 2, i + 1):
                if column[k] >= column[best]:
                    best = k
        if i - first >= period - 1:
            made[i] = column[best]
    return made


def lowest(column, period):
    """Smallest of the last values."""
    made = filled(len(column), NAN)
    first = first_value(column)
    best = first
    for i in range(first, len(column)):
        if i == first or column[i] <= column[best]:
            best = i
        elif best <= i - period:
            best = i - period + 1
            for k in range(i - period + 2, i + 1):
                if column[k] <= column[best]:
                    best = k
        if i - first >= period - 1:
            made[i] = column[best]
    return made


def rolling_sum(column, period):
    """Sum of the last values, carried from candle to candle."""
    if period == 1:
        return list(column)
    made = filled(len(column), NAN)
    first = first_value(column)
    total = 0.0
    for i in range(first, len(column)):
        total += column[i]
        if i - first >= period - 1:
            made[i] = total
            total -= column[i - period + 1]
    return made


def sma(column, period):
    """Simple moving average."""
    return [total / period for total in rolling_sum(column, period)]


def ema_from(column, period, first):
    """Exponential moving average, begun with the mean of the values from `first` on."""
    size = len(column)
    made = filled(size, NAN)
    if size - first < period:
        return made
    line = 0.0
    for i in range(first, first + period):
        line += column[i]
    line = line / period
    weight = 2 / (period + 1)
    made[first + period - 1] = line
    for i in range(first + period, size):
        line = (column[i] - line) * weight + line
        made[i] = line
    return made


def ema(column, period):
    """Exponential moving average: weight 2 / (period + 1), begun with a simple mean."""
    return ema_from(column, period, first_value(column))


def rma(column, period):
    """Wilder's moving average: weight 1 / period, begun with a simple mean."""
    size = len(column)
    made = filled(size, NAN)
    first = first_value(column)
    if size - first < period:
        return made
    line = 0.0
    for i in range(first, first + period):
        line += column[i]
    line = line / period
    made[first + period - 1] = line
    for i in range(first + period, size):
        line = line + (column[i] - line) * (1 / period)
        made[i] = line
    return made


def wma(column, period):
    """Mean with weights that fall evenly from the newest value to the oldest."""
    size = len(column)
    made = filled(size, NAN)
    first = first_value(column)
    divider = period * (period + 1) / 2
    weighted = 0.0
    plain = 0.0
    leaving = 0.0
    for i in range(first, size):
        plain += column[i]
        if i - first < period - 1:
            weighted += column[i] * (i - first + 1)
        else:
            plain -= leaving
            weighted += column[i] * period
            leaving = column[i - period + 1]
            made[i] = weighted / divider
            weighted -= plain
    return made


def true_range(high, low, close):
    """Size of each candle including the gap before it; of the first candle high - low."""
    made = filled(len(close), NAN)
    for i in range(len(close)):
        size = high[i] - low[i]
        if i > 0:
            size = max(size, abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
        made[i] = size
    return made


def range_with_gap(high, low, close):
    """The true range, without a value on the first candle."""
    made = true_range(high, low, close)
    if len(made) > 0:
        made[0] = NAN
    return made


def average_range(high, low, close, period):
    """Wilder's mean of the true range."""
    ranges = range_with_gap(high, low, close)
    return ranges if period == 1 else rma(ranges, period)
