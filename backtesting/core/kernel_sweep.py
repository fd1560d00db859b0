"""One run of a sweep in a single compiled call: the simulation, and what its curve amounts to.

Chunk by chunk through the same kernel as a backtest. The equity of a chunk is read while it is
still in the cache and then written over: a sweep keeps figures, not curves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backtesting.core.chunks import Columns, Rows
from backtesting.core.compiled import compiled, jitable
from backtesting.core.held import Rules
from backtesting.core.kernel import (
    CASH,
    COUNT,
    ENTRY,
    LEAVE,
    State,
    busy_candle,
    close_of,
    next_entry,
    pass_held,
)
from bots.core.engine.series import Floats, Ints
from exchanges.core.matching import NO_EXIT

CHUNK_CANDLES = 16_384
# Below its peak, a curve is read in blocks: their extremes say whether each candle matters.
BLOCK_CANDLES = 64
# Places of the curve's numbers and of its whole numbers.
PEAK, LOWEST, SQUARES = 0, 1, 2
SINCE_MS, LONGEST_MS, BELOW = 0, 1, 2


class Curve(NamedTuple):
    """What is kept of an equity curve. day_ends: index of each UTC day's last candle.

    numbers: peak, lowest drawdown, sum of squared drawdowns. wholes: when equity was last at its
    peak, the longest time below one, whether it is below one now. daily: equity at the day ends.
    """

    time_ms: Ints
    day_ends: Ints
    daily: Floats
    numbers: Floats
    wholes: Ints


def new_curve(time_ms: Ints, day_ends: Ints, cash: float, start_ms: int) -> Curve:
    """time_ms: of each close; start_ms: when the cash was all there was."""
    numbers, wholes = np.array([cash, 0.0, 0.0]), np.array([start_ms, 0, 0], np.int64)
    return Curve(time_ms, day_ends, np.empty(day_ends.shape[0]), numbers, wholes)


@jitable
def extremes(values: Floats) -> tuple[float, float]:
    """(highest, lowest). Four of each at once: one comparison need not wait for the last."""
    n = values.shape[0]
    h0 = h1 = h2 = h3 = l0 = l1 = l2 = l3 = values[0]
    for k in range(0, n - 3, 4):
        a, b, c, d = values[k], values[k + 1], values[k + 2], values[k + 3]
        h0, l0 = a if a > h0 else h0, a if a < l0 else l0
        h1, l1 = b if b > h1 else h1, b if b < l1 else l1
        h2, l2 = c if c > h2 else h2, c if c < l2 else l2
        h3, l3 = d if d > h3 else h3, d if d < l3 else l3
    for k in range(n // 4 * 4, n):
        h0, l0 = max(h0, values[k]), min(l0, values[k])
    return max(h0, h1, h2, h3), min(l0, l1, l2, l3)


@jitable
def squares_below(peak: float, values: Floats) -> float:
    """Sum of squared drawdowns from one peak, in four parts for the same reason."""
    n, scale = values.shape[0], 1.0 / peak
    s0 = s1 = s2 = s3 = 0.0
    for k in range(0, n - 3, 4):
        a, b = values[k] * scale - 1.0, values[k + 1] * scale - 1.0
        c, d = values[k + 2] * scale - 1.0, values[k + 3] * scale - 1.0
        s0, s1, s2, s3 = s0 + a * a, s1 + b * b, s2 + c * c, s3 + d * d
    for k in range(n // 4 * 4, n):
        s0 += (values[k] * scale - 1.0) ** 2
    return (s0 + s1) + (s2 + s3)


@jitable
def follow_candle(worth: float, now_ms: int, curve: Curve) -> None:
    numbers, wholes = curve.numbers, curve.wholes
    if worth < numbers[PEAK]:
        drawdown = worth / numbers[PEAK] - 1
        numbers[LOWEST] = min(numbers[LOWEST], drawdown)
        numbers[SQUARES] += drawdown * drawdown
        wholes[BELOW] = 1
        return
    if wholes[BELOW] != 0:
        wholes[LONGEST_MS] = max(wholes[LONGEST_MS], now_ms - wholes[SINCE_MS])
    numbers[PEAK], wholes[SINCE_MS], wholes[BELOW] = worth, now_ms, 0


@jitable
def follow(first: int, day: int, equity: Floats, curve: Curve) -> int:
    """Some candles of the curve; the first day whose end is still to come."""
    numbers, n = curve.numbers, equity.shape[0]
    for start in range(0, n, BLOCK_CANDLES):
        block = equity[start : start + BLOCK_CANDLES]
        highest, lowest = extremes(block)
        if highest < numbers[PEAK]:
            numbers[LOWEST] = min(numbers[LOWEST], lowest / numbers[PEAK] - 1)
            numbers[SQUARES] += squares_below(numbers[PEAK], block)
            curve.wholes[BELOW] = 1
        else:
            for k in range(block.shape[0]):
                follow_candle(block[k], curve.time_ms[first + start + k], curve)
    while day < curve.day_ends.shape[0] and curve.day_ends[day] < first + n:
        curve.daily[day] = equity[curve.day_ends[day] - first]
        day += 1
    return day


@jitable
def follow_flat(first: int, end: int, day: int, cash: float, curve: Curve) -> int:
    """The candles first to end - 1 without a position: one look for all of them."""
    follow_candle(cash, curve.time_ms[first], curve)
    if curve.wholes[BELOW] == 0:
        curve.wholes[SINCE_MS] = curve.time_ms[end - 1]
    else:
        drawdown = cash / curve.numbers[PEAK] - 1
        curve.numbers[SQUARES] += drawdown * drawdown * (end - 1 - first)
    while day < curve.day_ends.shape[0] and curve.day_ends[day] < end:
        curve.daily[day] = cash
        day += 1
    return day


@jitable
def run_chunk(
    span: tuple[int, int],
    day: int,
    columns: Columns,
    rules: Rules,
    state: State,
    curve: Curve,
    equity: Floats,
    rows: Rows,
) -> int:
    """kernel.run_nb with the curve followed on the way: flat stretches cost next to nothing."""
    (first, last), numbers, wholes = span, state.numbers, state.wholes
    wholes[COUNT], i, n = 0, 0, columns.close.shape[0]
    while i < n:
        holds, start = numbers[0] != 0, i
        if not holds and wholes[ENTRY] == 0:
            i = next_entry(i, first, columns.codes, rules, state)
            equity[start:i] = numbers[CASH]
            day = follow_flat(first + start, first + i, day, numbers[CASH], curve)
            continue
        if holds and wholes[LEAVE] == NO_EXIT:
            i = pass_held(i, min(n, last - first), columns, rules, state, equity)
        if i < n:
            if numbers[0] != 0 or first + i < last:
                busy_candle(i, first + i, last, columns, rules, state, rows)
            close_of(i, first + i, columns, rules, state, equity)
            i += 1
        day = follow(first + start, day, equity[start:i], curve)
    return day


@compiled
def run_sweep_nb(
    columns: Columns,
    rules: Rules,
    state: State,
    curve: Curve,
    equity: Floats,
    rows: Rows,
) -> int:
    """A whole run. equity: room for a chunk, or for all of it. Returns how many rows it filled."""
    n, kept, day = columns.close.shape[0], 0, 0
    funding = columns.funding
    for first in range(0, n, CHUNK_CANDLES):
        end = min(n, first + CHUNK_CANDLES)
        part = Columns(
            columns.open[first:end],
            columns.high[first:end],
            columns.low[first:end],
            columns.close[first:end],
            columns.codes[first:end],
            funding[first:end] if funding.shape[0] > 0 else funding,
        )
        place = first if equity.shape[0] == n else 0
        worth = equity[place : place + end - first]
        room = Rows(rows.ints[kept:], rows.floats[kept:])
        day = run_chunk((first, n - 1), day, part, rules, state, curve, worth, room)
        kept += state.wholes[COUNT]
    return kept
