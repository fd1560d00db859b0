"""What stands beside a market's own candles: fundings, basis, company of BTC.

A value is what could be known when the candle closed, the same for a backtest and a bot: prices of
other markets are those of one candle ago, a funding counts a quarter of an hour after it was
settled. Where something is missing there is no value, and a comparison with it is false.
"""

from __future__ import annotations

import numpy as np

from bots.core.indicators.registry import Column, Param, indicator
from bots.core.indicators.windows import ratio, shift

WINDOW_MAX = 1000
RETURNS = Param(168, 2, WINDOW_MAX, "int", "Returns that are compared, up to a candle ago")


@indicator("funding_rate", "Funding rate")
def funding_rate(funding: Column) -> Column:
    """Fraction that longs of the pair's perpetual paid at its last known funding; below 0 got."""
    return funding.copy()


@indicator("basis", "Basis")
def basis(basis: Column) -> Column:
    """Close of the pair's perpetual / close of its spot market - 1, a candle ago."""
    return basis.copy()


@indicator("btc_correlation", "Correlation to BTC", params={"period": RETURNS})
def btc_correlation(bitcoin: Column, paired: Column, period: int) -> Column:
    """Pearson correlation of the log returns with BTC's, -1 to 1; of one that stands still 0."""
    mine, theirs = (np.log(column / shift(column, 1)) for column in (paired, bitcoin))
    means = [sum(shift(column, by) for by in range(period)) / period for column in (mine, theirs)]
    both, own, other = (np.zeros(mine.size) for _ in range(3))
    for by in range(period):
        a, b = shift(mine, by) - means[0], shift(theirs, by) - means[1]
        both += a * b
        own += a * a
        other += b * b
    return np.clip(ratio(both, np.sqrt(own * other), 0.0 * both), -1.0, 1.0)
