"""The compiled simulation that carries every option, of one symbol or several.

Slower than the kernels without options, which stay for the tasks that use none. Its loops are
its own, its formulas are the reference simulator's; tests hold the two equal.
"""

from __future__ import annotations

import numpy as np

from backtesting.core.compiled import compiled, jitable
from backtesting.core.held import wanted
from backtesting.core.kernel_full_candle import enter, finish, leave, walk, worth_at_mark
from backtesting.core.kernel_full_guards import look_at_closed
from backtesting.core.kernel_full_rows import FILLS_PER_CANDLE, Kept
from backtesting.core.kernel_full_state import (
    ADDING,
    CASH,
    ENTRY,
    EXIT_INDEX,
    FILLS,
    FIRST_PRICE,
    INSIDE,
    LEAVE,
    LIMIT,
    LOCKED_UNTIL,
    NEXT,
    NOT_RESTING,
    NOW_MS,
    PEAK,
    PLACED,
    POOL_LOCKED_UNTIL,
    SCALED_IN,
    SIDE,
    START,
    STOPPED,
    TRADES,
    TRADING,
    USED,
    WORTH,
    World,
    at_of,
    index_at,
    knobs_of,
    new_pool,
    rules_for,
    tape_of,
    with_room,
)
from backtesting.core.kernel_pool import market_of, span_of
from bots.core.engine.series import (
    Floats,
    Simulation,
    Task,
    timeline,
)
from bots.core.strategy import sizing
from bots.core.strategy.risk import cooled_down, drawdown_reached, slot_free
from exchanges.core import matching
from exchanges.core.matching import MAX_DRAWDOWN, NO_EXIT

CHUNK_CLOSES = 16_384


@jitable
def stop_everything(w: World) -> None:
    """The drawdown limit."""
    marks = w.pool.marks
    w.pool.wholes[STOPPED] = 1
    for s in range(marks.shape[0]):
        marks[s, ENTRY], w.pool.books[s, ADDING] = 0, 0.0
        if marks[s, SIDE] != 0:
            marks[s, LEAVE] = MAX_DRAWDOWN


@jitable
def slots_taken(w: World) -> int:
    """Positions without a pending exit, plus pending entries."""
    marks, count = w.pool.marks, 0
    for s in range(marks.shape[0]):
        if marks[s, ENTRY] != 0 or (marks[s, SIDE] != 0 and marks[s, LEAVE] == NO_EXIT):
            count += 1
    return count


@jitable
def size_to_add(w: World, s: int) -> float:
    """Sizes of the steps for scaling in that this close is the first one to reach."""
    marks, steps, total = w.pool.marks, rules_for(w, s).steps, 0.0
    first, side, close = (
        w.pool.books[s, FIRST_PRICE],
        int(marks[s, SIDE]),
        w.tape.close[at_of(w, s)],
    )
    for k in range(w.knobs.scale_in.shape[0]):
        if marks[s, SCALED_IN] & (1 << k):
            continue
        at = w.knobs.scale_in[k, 0]
        beyond = side * (close - matching.price_away(side, first, at, steps))
        if (at < 0 and beyond <= 0) or (at > 0 and beyond >= 0):
            marks[s, SCALED_IN] |= 1 << k
            total += w.knobs.scale_in[k, 1]
    return total


@jitable
def decide_held(w: World, s: int) -> None:
    """At the close: leave, or scale in."""
    marks = w.pool.marks
    if w.pool.wholes[STOPPED] != 0 or marks[s, LEAVE] == NO_EXIT:
        code = w.tape.codes[at_of(w, s)]
        _, marks[s, LEAVE] = wanted(int(marks[s, SIDE]), code, w.pool.wholes[STOPPED] != 0)
    if marks[s, LEAVE] == NO_EXIT:
        w.pool.books[s, ADDING] = size_to_add(w, s)


@jitable
def decide_flat(w: World, s: int) -> None:
    """At the close: order an entry, unless something keeps it back."""
    marks, plan, row, skips = w.pool.marks, w.market.plan, w.pool.books[s], w.pool.skips
    if marks[s, ENTRY] != 0:
        return
    index = index_at(w, s)
    side, _ = wanted(0, w.tape.codes[at_of(w, s)], w.pool.wholes[STOPPED] != 0)
    if side == 0 or not cooled_down(index - marks[s, EXIT_INDEX], plan.cooldown_candles):
        return
    if w.pool.wholes[NOW_MS] < max(row[LOCKED_UNTIL], w.pool.numbers[POOL_LOCKED_UNTIL]):
        skips[sizing.PROTECTION] += 1
    elif not slot_free(slots_taken(w), plan.max_open_positions):
        skips[sizing.MAX_OPEN_POSITIONS] += 1
    else:
        marks[s, ENTRY], marks[s, PLACED] = side, NOT_RESTING
        if w.knobs.entry_offset >= 0:
            close, steps = w.tape.close[at_of(w, s)], rules_for(w, s).steps
            marks[s, PLACED] = index
            row[LIMIT] = matching.price_away(side, close, -w.knobs.entry_offset, steps)


@jitable
def trade_candles(w: World, time_ms: int) -> None:
    """All symbols through the candles that open now."""
    marks, span = w.pool.marks, w.span
    for s in range(marks.shape[0]):
        at = marks[s, NEXT]
        marks[s, TRADING] = 1 if at < span.ends[s] and span.times[at] == time_ms else 0
        if marks[s, TRADING] != 0:
            marks[s, NEXT], w.pool.books[s, USED] = at + 1, 0.0
            if marks[s, SIDE] != 0:
                leave(w, s)
    for s in range(marks.shape[0]):
        if marks[s, TRADING] != 0 and enter(w, s):
            marks[s, TRADING] = 2
    for s in range(marks.shape[0]):
        if marks[s, TRADING] == 2:
            walk(w, s, int(marks[s, START]), marks[s, INSIDE] != 0)
    for s in range(marks.shape[0]):
        if marks[s, TRADING] != 0:
            finish(w, s)


@jitable
def close_candles(w: World) -> float:
    """The close of these candles: equity, which it returns, and what is decided."""
    numbers, marks, wholes = w.pool.numbers, w.pool.marks, w.pool.wholes
    worth: float = numbers[CASH]
    for s in range(marks.shape[0]):
        if marks[s, SIDE] != 0:
            worth += worth_at_mark(w, s)
    numbers[WORTH], numbers[PEAK] = worth, max(numbers[PEAK], worth)
    limit = w.market.plan.max_drawdown
    if wholes[STOPPED] == 0 and drawdown_reached(worth, numbers[PEAK], limit):
        stop_everything(w)
    look_at_closed(w)
    for s in range(marks.shape[0]):
        if marks[s, TRADING] != 0 and marks[s, SIDE] != 0 and index_at(w, s) != w.span.lasts[s]:
            decide_held(w, s)
    for s in range(marks.shape[0]):
        if marks[s, TRADING] != 0 and marks[s, SIDE] == 0 and index_at(w, s) != w.span.lasts[s]:
            decide_flat(w, s)
    return worth


@compiled
def run_full_nb(world: World, equity: Floats, first: int) -> int:
    """Closes from `first` on, as many as the rows have room for; the first one left out."""
    w, wholes, symbols = world, world.pool.wholes, world.pool.marks.shape[0]
    wholes[TRADES], wholes[FILLS] = 0, 0
    fills_most = symbols * (FILLS_PER_CANDLE + w.knobs.scale_out.shape[0])
    i = first
    while i < equity.shape[0]:
        if wholes[TRADES] + symbols > w.out.trade_ints.shape[0]:
            break
        if wholes[FILLS] + fills_most > w.out.fill_ints.shape[0]:
            break
        wholes[NOW_MS] = w.span.closes[i]
        trade_candles(w, int(wholes[NOW_MS]))
        equity[i] = close_candles(w)
        i += 1
    return i


def simulate(task: Task, chunk: int = CHUNK_CLOSES) -> Simulation:
    """Run it compiled, a chunk of closes at a time: between chunks it may be cancelled."""
    times = timeline(task.series)
    market, knobs, pool, kept = market_of(task), knobs_of(task), new_pool(task), Kept(task)
    equity = np.empty(times.size)
    for start in range(0, times.size, chunk):
        task.progress(start / times.size)
        closes = times[start : start + chunk]
        span, cuts = span_of(task, closes)
        tape, part, i = tape_of(task.series, cuts), equity[start : start + chunk], 0
        pool.marks[:, NEXT] = span.starts
        while i < part.size:
            pool = with_room(pool, kept.rows)
            i = run_full_nb(World(span, tape, market, knobs, pool, kept.out), part, i)
            kept.keep(int(pool.wholes[TRADES]), int(pool.wholes[FILLS]))
    trades, fills = kept.columns()
    skips = tuple(pool.skips.tolist())
    return Simulation(equity, trades, skips, float(pool.numbers[CASH]), fills)
