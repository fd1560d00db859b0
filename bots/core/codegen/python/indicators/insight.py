"""What a market is like: how straight it runs, how restless it is, how easily its price moves."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    ratio,
)
from bots.core.codegen.python.indicators.momentum import (
    percent_rank,
)
from bots.core.codegen.python.indicators.volatility import (
    yearly_volatility,
)


def sign_of(value):
    """1, 0 or -1."""
    return float(value > 0) - float(value < 0)


def indicator_trend_strength(close, period, per_day):
    """R² of a straight line through the log price with its sign, and its slope in % a day."""
    size = len(close)
    line = [math.log(value) for value in close]
    strength = filled(size, NAN)
    slopes = filled(size, NAN)
    middle = (period - 1) / 2
    spread = period * (period * period - 1) / 12
    for i in range(period - 1, size):
        total = 0.0
        squares = 0.0
        weighed = 0.0
        for by in range(period):
            away = line[i - by] - line[i]
            total += away
            squares += away * away
            weighed += by * away
        slope = (middle * total - weighed) / spread
        variation = squares - total * total / period
        explained = ratio(slope * slope * spread, variation, 0.0)
        strength[i] = sign_of(slope) * min(max(explained, 0.0), 1.0)
        slopes[i] = 100 * per_day * slope
    return [strength, slopes]


def indicator_volatility_percentile(close, period, rank):
    """Rank of the historical volatility among those of the candles before."""
    now = yearly_volatility(close, period, 365)
    not_above = percent_rank(now, rank)
    not_below = percent_rank([-value for value in now], rank)
    return [[50 + (a - b) / 2 for a, b in zip(not_above, not_below)]]


def indicator_amihud(close, volume, period):
    """Mean % moved per million traded (in quote)."""
    size = len(close)
    moved = filled(size, NAN)
    known = filled(size, NAN)
    for i in range(1, size):
        traded = close[i] * volume[i]
        moved[i] = 1e8 * ratio(abs(close[i] / close[i - 1] - 1), traded, 0.0)
        known[i] = float(traded > 0)
    made = filled(size, NAN)
    for i in range(period, size):
        total = 0.0
        count = 0.0
        for by in range(period):
            total += moved[i - by]
            count += known[i - by]
        made[i] = ratio(total, count, 0.0)
    return [made]
