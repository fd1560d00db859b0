"""Statistics of the last values: rank, distance from the mean, straight lines."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    first_value,
    middle_of,
    ratio,
    shift,
)
from bots.core.codegen.python.indicators.momentum import (
    percent_rank,
)
from bots.core.codegen.python.indicators.spread import (
    deviation,
)
from bots.core.codegen.python.indicators.windows import (
    highest,
    lowest,
    rolling_sum,
    sma,
)


def indicator_zscore(source, period):
    """Distance from the mean in standard deviations."""
    mean = sma(source, period)
    width = deviation(source, period)
    return [[ratio(a - b, w, 0.0) for a, b, w in zip(source, mean, width)]]


def indicator_percentile_rank(source, period):
    """Percentile rank."""
    return [percent_rank(source, period)]


def indicator_percentile(source, period, percent):
    """Value below which the given share of the last values lies (nearest rank)."""
    made = filled(len(source), NAN)
    first = first_value(source)
    place = max(math.ceil(percent * period / 100) - 1, 0)
    for i in range(first + period - 1, len(source)):
        made[i] = ascending(source[i - period + 1 : i + 1])[place]
    return [made]


def ascending(values):
    """The values by size."""
    return sorted(values)


def indicator_highest(source, period):
    """Largest of the last values."""
    return [highest(source, period)]


def indicator_lowest(source, period):
    """Smallest of the last values."""
    return [lowest(source, period)]


def indicator_sum(source, period):
    """Sum of the last values."""
    return [rolling_sum(source, period)]


def indicator_midpoint(source, period):
    """Middle between the largest and the smallest of the last values."""
    return [middle_of(highest(source, period), lowest(source, period))]


def indicator_midprice(high, low, period):
    """Middle between the highest high and the lowest low."""
    return [middle_of(highest(high, period), lowest(low, period))]


def indicator_mean_deviation(source, period):
    """Mean distance of the last values from their mean."""
    made = filled(len(source), NAN)
    first = first_value(source)
    for i in range(first + period - 1, len(source)):
        mean = 0.0
        for k in range(period):
            mean += source[i - k]
        mean = mean / period
        away = 0.0
        for k in range(period):
            away += abs(source[i - k] - mean)
        made[i] = away / period
    return [made]


def fitted_lines(source, period):
    """Start and rise per candle of the straight line fitted to the last values."""
    starts = filled(len(source), NAN)
    slopes = filled(len(source), NAN)
    first = first_value(source)
    places = period * (period - 1) * 0.5
    squares = (period * (period - 1) * (2 * period - 1)) // 6
    divisor = places * places - period * squares
    total = 0.0
    weighted = 0.0
    for i in range(first + period - 1, len(source)):
        if (i - first - period + 1) % (32 * period) == 0:
            total = 0.0
            weighted = 0.0
            for k in range(period - 1, -1, -1):
                total += source[i - k]
                weighted += k * source[i - k]
        else:
            weighted = weighted + total - period * source[i - period]
            total = total - source[i - period] + source[i]
        slope = (period * weighted - places * total) / divisor
        slopes[i] = slope
        starts[i] = (total - slope * places) / period
    return [starts, slopes]


def line_at(source, period, place):
    """Value of the fitted line at a place; 0 is its start."""
    starts, slopes = fitted_lines(source, period)
    return [a + b * place for a, b in zip(starts, slopes)]


def indicator_linear_reg(source, period):
    """End of the straight line fitted to the last values."""
    return [line_at(source, period, period - 1)]


def indicator_linreg_slope(source, period):
    """Rise per candle of the straight line fitted to the last values."""
    return [fitted_lines(source, period)[1]]


def indicator_linreg_intercept(source, period):
    """Start of the straight line fitted to the last values."""
    return [fitted_lines(source, period)[0]]


def indicator_tsf(source, period):
    """The fitted straight line carried on by one candle."""
    return [line_at(source, period, period)]


def indicator_forecast_osc(source, period):
    """Distance of the source from the forecast of the candle before, in per cent."""
    forecast = shift(line_at(source, period, period), 1)
    return [[100 * ratio(a - f, a, 0.0 * abs(f)) for a, f in zip(source, forecast)]]
