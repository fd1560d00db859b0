"""What a market is like: how straight it runs, how restless it is, how easily its price moves.

The sums of trend strength and illiquidity are added up afresh on every candle, lag by lag: a value
depends on its own window and on nothing before it, so that no trace of old candles is left in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bots.core.indicators.registry import Column, Param, indicator
from bots.core.indicators.statistics import percentile_rank
from bots.core.indicators.volatility import hist_volatility
from bots.core.indicators.windows import ratio, shift

WINDOW_MAX = 1000
PER_DAY = Param(24.0, 0.1, 1440.0, "float", "Candles in a day: 24 for hours, 1440 for minutes")
# A line that explains all of it may come out a hair above one.
WHOLE = 1.0
DAYS_PER_YEAR = 365


def _lags(column: Column, period: int) -> Iterator[Column]:
    """The values 0, 1, ... period - 1 candles ago; NaN before the first."""
    for by in range(period):
        yield shift(column, by)


@indicator(
    "trend_strength",
    "Trend strength",
    params={"period": (48, 3, WINDOW_MAX), "per_day": PER_DAY},
    outputs=("strength", "slope"),
)
def trend_strength(close: Column, period: int, per_day: float) -> tuple[Column, Column]:
    """R² of a straight line through the log price, -1 (falling) to 1, and its slope in % a day."""
    line = np.log(close)
    # Differences from the newest value: a price that stands still gives exact zeros.
    total, squares, weighed = (np.zeros(close.size) for _ in range(3))
    for by, before in enumerate(_lags(line, period)):
        away = before - line
        total += away
        squares += away * away
        weighed += by * away
    middle, spread = (period - 1) / 2, period * (period * period - 1) / 12
    slope = (middle * total - weighed) / spread
    variation = squares - total * total / period
    explained = np.clip(ratio(slope * slope * spread, variation, 0.0 * slope), 0.0, WHOLE)
    return np.sign(slope) * explained, 100 * per_day * slope


@indicator(
    "volatility_percentile",
    "Volatility percentile",
    params={
        "period": Param(24, 2, WINDOW_MAX, "int", "Candles of the realised volatility"),
        "rank": Param(720, 2, WINDOW_MAX, "int", "Volatilities before, among which it is ranked"),
    },
)
def volatility_percentile(close: Column, period: int, rank: int) -> Column:
    """Rank of the historical volatility among those of the candles before, 0 (calm) to 100."""
    now = hist_volatility(close, period, DAYS_PER_YEAR)
    # An equal one counts half, so that a price that stands still is in the middle.
    not_above: Column = percentile_rank(now, rank)
    not_below: Column = percentile_rank(-now, rank)
    return 50 + (not_above - not_below) / 2


@indicator("amihud", "Amihud illiquidity", params={"period": (24, 1, WINDOW_MAX)})
def amihud(close: Column, volume: Column, period: int) -> Column:
    """Mean % moved per million traded (in quote); candles without volume are left out, alone 0."""
    returns = np.abs(close / shift(close, 1) - 1)
    traded = close * volume
    known = np.where(np.isnan(returns), np.nan, (traded > 0).astype(np.float64))
    moved = 1e8 * ratio(returns, traded, 0.0 * returns)
    total, count = np.zeros(close.size), np.zeros(close.size)
    for moves, counted in zip(_lags(moved, period), _lags(known, period), strict=True):
        total += moves
        count += counted
    return ratio(total, count, 0.0 * total)
