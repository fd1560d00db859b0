"""Columns are lists of floats, one value a candle, NaN where there is none."""

import math

NAN = math.nan


def filled(size, value):
    """A new column that holds the value everywhere."""
    return [value for _ in range(size)]


def is_missing(value):
    """Whether a candle has no value."""
    return value != value


def first_value(column):
    """How many values are missing at the start."""
    first = 0
    while first < len(column) and is_missing(column[first]):
        first += 1
    return first


def first_of(columns):
    """The first candle at which each of the columns has a value."""
    first = 0
    for column in columns:
        first = max(first, first_value(column))
    return first


def ratio(top, bottom, otherwise):
    """top / bottom, and `otherwise` where the bottom is zero."""
    return otherwise if bottom == 0 else top / bottom


def shift(column, by):
    """The values `by` candles ago."""
    size = len(column)
    return [NAN if i < by else column[i - by] for i in range(size)]


def plus(left, right):
    """Sum of two columns."""
    return [a + b for a, b in zip(left, right)]


def minus(left, right):
    """Difference of two columns."""
    return [a - b for a, b in zip(left, right)]


def times(left, right):
    """Product of two columns."""
    return [a * b for a, b in zip(left, right)]


def scaled(column, factor):
    """Each value times a number."""
    return [factor * value for value in column]


def ratios(top, bottom, otherwise):
    """Quotient of two columns, and `otherwise` where the bottom is zero."""
    return [ratio(a, b, otherwise) for a, b in zip(top, bottom)]


def absolute(column):
    """Each value without its sign."""
    return [abs(value) for value in column]


def middle_of(high, low):
    """Middle between two columns."""
    return [(a + b) / 2 for a, b in zip(high, low)]


def typical(high, low, close):
    """Mean of high, low and close."""
    return [(a + b + c) / 3 for a, b, c in zip(high, low, close)]
