"""Trend: its direction, its strength, and where it would turn."""

from bots.core.codegen.python.indicators.columns import (
    NAN,
    absolute,
    filled,
    first_value,
    is_missing,
    middle_of,
    minus,
    plus,
    ratio,
    ratios,
    scaled,
    shift,
)
from bots.core.codegen.python.indicators.windows import (
    average_range,
    ema,
    highest,
    lowest,
    range_with_gap,
    rma,
    rolling_sum,
    true_range,
)


def wilder_sums(column, period):
    """Wilder's running sum: each value joins, and a period's share of the sum leaves."""
    made = filled(len(column), NAN)
    first = first_value(column)
    total = 0.0
    for i in range(first, len(column)):
        if i < first + period - 1:
            total += column[i]
        else:
            total = total - total / period + column[i]
            made[i] = total
    return made


def directional(high, low, close, period):
    """Wilder's sums of upward movement, downward movement and true range."""
    up = filled(len(close), NAN)
    down = filled(len(close), NAN)
    for i in range(1, len(close)):
        rise = high[i] - high[i - 1]
        fall = low[i - 1] - low[i]
        up[i] = rise if rise > 0 and rise > fall else 0.0
        down[i] = fall if fall > 0 and rise < fall else 0.0
    ranges = range_with_gap(high, low, close)
    return [wilder_sums(up, period), wilder_sums(down, period), wilder_sums(ranges, period)]


def per_cent_of(part, whole):
    """part in per cent of whole; 0 where the whole is nothing."""
    return [100 * ratio(a, b, 0.0) for a, b in zip(part, whole)]


def indicator_plus_di(high, low, close, period):
    """Plus directional indicator."""
    up, _, ranges = directional(high, low, close, period)
    return [per_cent_of(up, ranges)]


def indicator_minus_di(high, low, close, period):
    """Minus directional indicator."""
    _, down, ranges = directional(high, low, close, period)
    return [per_cent_of(down, ranges)]


def directional_index(high, low, close, period):
    """Difference of the two indicators in per cent of their sum; NaN where there is none."""
    up, down, ranges = directional(high, low, close, period)
    rising = per_cent_of(up, ranges)
    falling = per_cent_of(down, ranges)
    made = filled(len(close), NAN)
    for i in range(len(close)):
        total = rising[i] + falling[i]
        if total != 0:
            made[i] = 100 * (abs(falling[i] - rising[i]) / total)
    return made


def indicator_dx(high, low, close, period):
    """Directional movement index; it stays where it is while nothing moves."""
    made = directional_index(high, low, close, period)
    last = 0.0
    for i in range(period, len(close)):
        if is_missing(made[i]):
            made[i] = last
        last = made[i]
    return [made]


def average_index(high, low, close, period):
    """Wilder's mean of the directional movement index."""
    index = directional_index(high, low, close, period)
    made = filled(len(close), NAN)
    line = 0.0
    for i in range(period, len(close)):
        value = index[i]
        if i < 2 * period:
            if not is_missing(value):
                line += value
            if i == 2 * period - 1:
                line = line / period
        elif not is_missing(value):
            line = (line * (period - 1) + value) / period
        if i >= 2 * period - 1:
            made[i] = line
    return made


def indicator_adx(high, low, close, period):
    """Average directional index."""
    return [average_index(high, low, close, period)]


def indicator_adxr(high, low, close, period):
    """ADX rating."""
    line = average_index(high, low, close, period)
    return [middle_of(line, shift(line, period - 1))]


def candles_since(column, period, sign):
    """Candles since the largest (sign 1) or smallest (sign -1) of the last period + 1."""
    made = filled(len(column), NAN)
    for i in range(period, len(column)):
        best = i - period
        for k in range(i - period + 1, i + 1):
            if sign * column[k] >= sign * column[best]:
                best = k
        made[i] = i - best
    return made


def indicator_aroon(high, low, period):
    """Aroon: up, down."""
    factor = 100 / period
    up = [factor * (period - since) for since in candles_since(high, period, 1)]
    down = [factor * (period - since) for since in candles_since(low, period, -1)]
    return [up, down]


def indicator_aroon_osc(high, low, period):
    """Aroon oscillator."""
    factor = 100 / period
    top = candles_since(high, period, 1)
    bottom = candles_since(low, period, -1)
    return [[factor * (b - t) for t, b in zip(top, bottom)]]


def indicator_psar(high, low, acceleration, maximum):
    """Parabolic SAR: stop, direction."""
    size = len(high)
    stops = filled(size, NAN)
    directions = filled(size, NAN)
    if size < 2:
        return [stops, directions]
    fall = low[0] - low[1]
    side = -1 if fall > 0 and high[1] - high[0] < fall else 1
    step = min(acceleration, maximum)
    speed = step
    extreme = high[1] if side > 0 else low[1]
    stop = low[0] if side > 0 else high[0]
    for i in range(1, size):
        before = max(i - 1, 1)
        ahead = high[i] if side > 0 else low[i]
        behind = low[i] if side > 0 else high[i]
        if side * (behind - stop) <= 0:
            stop = beyond(extreme, side, high[before], high[i], low[before], low[i])
            side = -side
            stops[i] = stop
            speed = step
            extreme = behind
        else:
            stops[i] = stop
            if side * (ahead - extreme) > 0:
                extreme = ahead
                speed = min(speed + step, maximum)
        stop = stop + speed * (extreme - stop)
        stop = beyond(stop, -side, high[before], high[i], low[before], low[i])
        directions[i] = 1.0 if stops[i] <= low[i] else -1.0
    return [stops, directions]


def beyond(stop, side, high_before, high, low_before, low):
    """The stop, moved out of the last two candles: above them (side 1) or below them."""
    if side > 0:
        return max(stop, high_before, high)
    return min(stop, low_before, low)


def indicator_supertrend(high, low, close, period, multiplier):
    """SuperTrend: stop, direction."""
    size = len(close)
    width = average_range(high, low, close, period)
    stops = filled(size, NAN)
    directions = filled(size, NAN)
    first = first_value(width)
    upper = 0.0
    lower = 0.0
    side = 1.0
    for i in range(first, size):
        middle = (high[i] + low[i]) / 2
        above = middle + multiplier * width[i]
        below = middle - multiplier * width[i]
        if i == first:
            upper = above
            lower = below
        else:
            upper = above if above < upper or close[i - 1] > upper else upper
            lower = below if below > lower or close[i - 1] < lower else lower
            if side < 0 and close[i] > upper:
                side = 1.0
            elif side > 0 and close[i] < lower:
                side = -1.0
        stops[i] = lower if side > 0 else upper
        directions[i] = side
    return [stops, directions]


def indicator_ichimoku(high, low, conversion, base, span, displacement):
    """Ichimoku cloud: conversion, base, span A, span B."""
    quick = middle_of(highest(high, conversion), lowest(low, conversion))
    calm = middle_of(highest(high, base), lowest(low, base))
    slow = middle_of(highest(high, span), lowest(low, span))
    ahead = displacement - 1
    return [quick, calm, shift(middle_of(quick, calm), ahead), shift(slow, ahead)]


def indicator_vortex(high, low, close, period):
    """Vortex: plus, minus."""
    way = rolling_sum(range_with_gap(high, low, close), period)
    up = rolling_sum(absolute(minus(high, shift(low, 1))), period)
    down = rolling_sum(absolute(minus(low, shift(high, 1))), period)
    return [ratios(up, way, 1.0), ratios(down, way, 1.0)]


def indicator_mass_index(high, low, period, sum):
    """Mass index."""
    width = ema(minus(high, low), period)
    return [rolling_sum(ratios(width, ema(width, period), 1.0), sum)]


def indicator_vhf(source, period):
    """Vertical horizontal filter."""
    way = rolling_sum(absolute(minus(source, shift(source, 1))), period)
    width = minus(highest(source, period), lowest(source, period))
    return [[ratio(a, b, 0.0) for a, b in zip(width, way)]]


def indicator_chandelier(high, low, close, period, multiplier):
    """Chandelier exit: long, short."""
    away = scaled(rma(true_range(high, low, close), period), multiplier)
    return [minus(highest(high, period), away), plus(lowest(low, period), away)]
