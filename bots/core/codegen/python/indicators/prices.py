"""Prices made of prices."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    middle_of,
    typical,
)


def indicator_typical_price(high, low, close):
    """Mean of high, low and close."""
    return [typical(high, low, close)]


def indicator_median_price(high, low):
    """Middle between high and low."""
    return [middle_of(high, low)]


def indicator_weighted_close(high, low, close):
    """Mean of high, low and twice the close."""
    return [[(h + b + c * 2) / 4 for h, b, c in zip(high, low, close)]]


def indicator_average_price(open, high, low, close):
    """Mean of open, high, low and close."""
    return [[(o + h + b + c) / 4 for o, h, b, c in zip(open, high, low, close)]]


def indicator_heikin_ashi(open, high, low, close):
    """Heikin-Ashi candles: close, open, high, low."""
    size = len(close)
    columns = [filled(size, NAN) for _ in range(4)]
    for i in range(size):
        last = (open[i] + high[i] + low[i] + close[i]) / 4
        first = (open[i] + close[i]) / 2
        if i > 0:
            first = (columns[1][i - 1] + columns[0][i - 1]) / 2
        columns[0][i] = last
        columns[1][i] = first
        columns[2][i] = max(high[i], first, last)
        columns[3][i] = min(low[i], first, last)
    return columns


def indicator_log_return(close, period):
    """Natural logarithm of the close over the close some candles ago."""
    made = filled(len(close), NAN)
    for i in range(period, len(close)):
        made[i] = math.log(close[i] / close[i - period])
    return [made]
