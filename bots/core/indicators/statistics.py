"""Statistics of the last values: rank, distance from the mean, straight lines."""

from __future__ import annotations

import numpy as np
import talib

from bots.core.indicators import windows
from bots.core.indicators.registry import PERIOD_MAX, Column, Param, indicator
from bots.core.indicators.windows import deviation, ratio

RANK_MAX = 1000
LINE = {"period": (14, 2, PERIOD_MAX)}


@indicator("zscore", "Z-score", params={"period": (20, 2, PERIOD_MAX)})
def zscore(source: Column, period: int) -> Column:
    """Distance from the mean in standard deviations (of the population)."""
    return ratio(source - talib.SMA(source, period), deviation(source, period), 0.0)


@indicator("percentile_rank", "Percentile rank", params={"period": (100, 2, RANK_MAX)})
def percentile_rank(source: Column, period: int) -> Column:
    """Share of the values before that are not above this one, 0 to 100."""
    return talib.PERCENTRANK(source, period)


@indicator(
    "percentile",
    "Percentile",
    params={
        "period": (30, 2, RANK_MAX),
        "percent": Param(50.0, 1.0, 100.0, "float", "Share of the values below: 50 is the median"),
    },
)
def percentile(source: Column, period: int, percent: float) -> Column:
    """Value below which the given share of the last values lies (nearest rank)."""
    return talib.PERCENTILE(source, period, percent)


@indicator("highest", "Highest", params={"period": (20, 1, PERIOD_MAX)}, overlay=True)
def highest(source: Column, period: int) -> Column:
    """Largest of the last values, this one included."""
    return windows.highest(source, period)


@indicator("lowest", "Lowest", params={"period": (20, 1, PERIOD_MAX)}, overlay=True)
def lowest(source: Column, period: int) -> Column:
    """Smallest of the last values, this one included."""
    return windows.lowest(source, period)


@indicator("sum", "Sum", params={"period": (20, 1, PERIOD_MAX)})
def sum_(source: Column, period: int) -> Column:
    """Sum of the last values."""
    return windows.rolling_sum(source, period)


@indicator("midpoint", "Midpoint", params=LINE, overlay=True)
def midpoint(source: Column, period: int) -> Column:
    """Middle between the largest and the smallest of the last values."""
    return talib.MIDPOINT(source, period)


@indicator("midprice", "Midprice", params=LINE, overlay=True)
def midprice(high: Column, low: Column, period: int) -> Column:
    """Middle between the highest high and the lowest low."""
    return talib.MIDPRICE(high, low, period)


@indicator("mean_deviation", "Mean deviation", params={"period": (14, 2, PERIOD_MAX)})
def mean_deviation(source: Column, period: int) -> Column:
    """Mean distance of the last values from their mean."""
    return talib.AVGDEV(source, period)


@indicator("linear_reg", "Linear regression", params=LINE, overlay=True)
def linear_reg(source: Column, period: int) -> Column:
    """End of the straight line fitted to the last values."""
    return talib.LINEARREG(source, period)


@indicator("linreg_slope", "Linear regression slope", params=LINE)
def linreg_slope(source: Column, period: int) -> Column:
    """Rise per candle of the straight line fitted to the last values."""
    return talib.LINEARREG_SLOPE(source, period)


@indicator("linreg_intercept", "Linear regression intercept", params=LINE, overlay=True)
def linreg_intercept(source: Column, period: int) -> Column:
    """Start of the straight line fitted to the last values."""
    return talib.LINEARREG_INTERCEPT(source, period)


@indicator("tsf", "Time series forecast", params=LINE, overlay=True)
def tsf(source: Column, period: int) -> Column:
    """The fitted straight line carried on by one candle."""
    return talib.TSF(source, period)


@indicator("forecast_osc", "Forecast oscillator", params=LINE)
def forecast_osc(source: Column, period: int) -> Column:
    """Distance of the source from the forecast of the candle before, in per cent."""
    forecast = windows.shift(talib.TSF(source, period), 1)
    return 100 * ratio(source - forecast, source, 0.0 * np.abs(forecast))
