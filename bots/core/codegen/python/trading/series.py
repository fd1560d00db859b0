"""Candles as columns: higher timeframes, values some candles ago, and comparisons of them."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    filled,
    first_value,
    is_missing,
)

PRICES = ["open", "high", "low", "close", "volume"]
MINUTE_MS = 60000
TIMEFRAME_MINUTES = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "12h": 720,
    "1d": 1440,
    "1w": 10080,
}


def timeframe_ms(timeframe):
    """Length of a candle in milliseconds."""
    return TIMEFRAME_MINUTES[timeframe] * MINUTE_MS


def bucket_start(time_ms, timeframe):
    """Open time of the candle of the timeframe that holds this moment; weeks begin on Monday."""
    offset = timeframe_ms("1d") * 4 if timeframe == "1w" else 0
    span = timeframe_ms(timeframe)
    return (time_ms - offset) // span * span + offset


def candle_columns(rows):
    """Rows of [open time, open, high, low, close, volume] as columns by name."""
    columns = {"open_time_ms": [row[0] for row in rows]}
    for k in range(5):
        columns[PRICES[k]] = [row[k + 1] for row in rows]
    return columns


def computed(indicator, columns, params):
    """Every output of an indicator.

    The first column may begin without values, and may miss some further on: there the last one
    before stands.
    """
    skip = first_value(columns[0])
    source = columns[0][skip:]
    for i in range(1, len(source)):
        if is_missing(source[i]):
            source[i] = source[i - 1]
    inputs = [source]
    for k in range(1, len(columns)):
        inputs.append(columns[k][skip:])
    lead = filled(skip, NAN)
    return [[*lead, *output] for output in indicator(*inputs, *params)]


def resampled(base, base_timeframe, timeframe):
    """Candles of a longer timeframe, whole ones only."""
    opened = base["open_time_ms"]
    rows = []
    for i in range(len(opened)):
        start = bucket_start(opened[i], timeframe)
        if len(rows) == 0 or rows[-1][0] != start:
            rows.append([start, base["open"][i], base["high"][i], base["low"][i], 0.0, 0.0])
        row = rows[-1]
        row[2] = max(row[2], base["high"][i])
        row[3] = min(row[3], base["low"][i])
        row[4] = base["close"][i]
        row[5] += base["volume"][i]
    if len(rows) > 0 and opened[0] != rows[0][0]:
        rows = rows[1:]
    if len(rows) > 0:
        end = opened[len(opened) - 1] + timeframe_ms(base_timeframe)
        if end < rows[-1][0] + timeframe_ms(timeframe):
            rows = rows[: len(rows) - 1]
    return candle_columns(rows)


def shown(column, higher, timeframe, base, base_timeframe):
    """A column of a longer timeframe on the strategy's candles: its last closed candle."""
    made = filled(len(base["close"]), NAN)
    span = timeframe_ms(timeframe)
    place = -1
    for i in range(len(made)):
        now = base["open_time_ms"][i] + timeframe_ms(base_timeframe)
        while place + 1 < len(column) and higher["open_time_ms"][place + 1] + span <= now:
            place += 1
        if place >= 0:
            made[i] = column[place]
    return made


def at(column, i):
    """The value at candle i; none before the first candle."""
    return column[i] if i >= 0 else NAN


def differs(left, right):
    """Whether two values are there and not the same."""
    return left != right and not is_missing(left) and not is_missing(right)


def rises(column, i, steps):
    """Whether each of the last steps went up."""
    way = 0
    while way < steps and at(column, i - way) > at(column, i - way - 1):
        way += 1
    return way == steps


def falls(column, i, steps):
    """Whether each of the last steps went down."""
    way = 0
    while way < steps and at(column, i - way) < at(column, i - way - 1):
        way += 1
    return way == steps


def shown_value(value):
    """A value as JSON writes it: none where it is missing."""
    return value if math.isfinite(value) else None
