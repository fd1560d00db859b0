"""Variance and standard deviation of the last values."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    first_value,
    is_missing,
    scaled,
)


def scale_of(column):
    """A power of two that brings the first value to about 1000."""
    start = abs(column[0]) if len(column) > 0 else 0.0
    if start == 0 or not math.isfinite(start):
        return 1.0
    factor = 1.0
    while start * factor >= 2048:
        factor = factor / 2
    while start * factor < 1024:
        factor = factor * 2
    return factor


def spread_of(column, first, last, anchor):
    """Sums of the distances from an anchor, and of their squares."""
    total = 0.0
    squares = 0.0
    for i in range(first, last + 1):
        away = column[i] - anchor
        total += away
        squares += away * away
    return [total, squares]


def mean_of(column, first, last, share):
    """Mean of a window; share: one over its length."""
    total = 0.0
    for i in range(first, last + 1):
        total += column[i]
    return total * share


def variance_of(column, period):
    """Variance (of the population) of the last values.

    Running sums of distances from an anchor near the window, which is moved to the window's mean
    whenever the subtraction would lose digits, and every 32 windows in any case.
    """
    size = len(column)
    made = filled(size, NAN)
    first = first_value(column)
    if size - first < period:
        return made
    share = 1 / period
    anchor = column[first]
    total, squares = spread_of(column, first, first + period - 2, anchor)
    left = 32 * period
    for i in range(first + period - 1, size):
        start = i - period + 1
        away = column[i] - anchor
        total += away
        squares += away * away
        mean = total * share
        variance = squares * share - mean * mean
        away = column[start] - anchor
        total -= away
        squares -= away * away
        left -= 1
        if variance < 1e-6 * (squares * share) or away * away > 1e6 * squares or left <= 0:
            left = 32 * period
            anchor = mean_of(column, start, i, share)
            total, squares = spread_of(column, start, i, anchor)
            mean = total * share
            variance = squares * share - mean * mean
            if variance < 1e-12 * (squares * share):
                variance = 0.0
            away = column[start] - anchor
            total -= away
            squares -= away * away
        made[i] = variance
    return made


def root_of_variance(column, period):
    """Standard deviation (of the population) of the last values."""
    return [
        value if is_missing(value) else math.sqrt(value) for value in variance_of(column, period)
    ]


def deviation(column, period):
    """Standard deviation (of the population), also of prices like 0.00001."""
    scale = scale_of(column)
    return [value / scale for value in root_of_variance(scaled(column, scale), period)]
