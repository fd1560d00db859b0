"""The compiled simulation of one symbol.

Its loop is its own, its formulas are the reference simulator's; a test holds the two equal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backtesting.core import kernel_multi
from backtesting.core.chunks import Columns, Rows, TradeStore, columns_of
from backtesting.core.compiled import compiled, jitable
from backtesting.core.held import (
    CEILING,
    FLOOR,
    ROW_NUMBERS,
    Held,
    Rules,
    after_candle,
    candle_exit,
    close_trade,
    enter,
    flat,
    hold,
    load,
    rules_of,
    store,
    wanted,
    worth_of,
)
from bots.core.engine.series import Codes, Floats, Ints, Simulation, Task
from bots.core.strategy.risk import cooled_down, drawdown_reached
from bots.core.strategy.sizing import ENTERED, SKIP_REASONS
from exchanges.core.matching import END_OF_DATA, NO_EXIT
from exchanges.core.positions import spend, value

CHUNK_CANDLES = 131_072
# Never exited yet: far enough back for every cooldown.
LONG_AGO = -(2**40)
# Carried from chunk to chunk: numbers of the pool after the position's, and whole numbers.
CASH, PEAK = ROW_NUMBERS, ROW_NUMBERS + 1
ENTRY_INDEX, EXIT_INDEX, ENTRY, LEAVE, STOPPED, COUNT = 0, 1, 2, 3, 4, 5


class State(NamedTuple):
    """Read and written. numbers: the position's row, then the pool's. skips: by reason."""

    numbers: Floats
    wholes: Ints
    skips: Ints


@jitable
def fill_entry(i: int, index: int, columns: Columns, rules: Rules, state: State) -> bool:
    """Fill the pending entry at the open of candle i; whether it entered."""
    numbers, wholes = state.numbers, state.wholes
    skip, held = enter(wholes[ENTRY], columns.open[i], numbers[CASH], rules)
    if skip != ENTERED:
        state.skips[skip] += 1
        return False
    numbers[CASH] = spend(numbers[CASH], held.locked + held.entry_fee)
    wholes[ENTRY_INDEX], wholes[LEAVE] = index, NO_EXIT
    hold(held, rules.plan, columns.funding.shape[0] > 0, numbers)
    return True


@jitable
def close_position(
    held: Held, index: int, reason: int, price: float, rules: Rules, state: State, rows: Rows
) -> None:
    """Book the exit and write the trade."""
    wholes = state.wholes
    count = wholes[COUNT]
    ints = rows.ints[count]
    ints[0], ints[1], ints[2] = 0, held.side, wholes[ENTRY_INDEX]
    ints[3], ints[4] = index, reason
    state.numbers[CASH] += close_trade(held, reason, price, rules.terms, rows.floats[count])
    wholes[EXIT_INDEX], wholes[COUNT] = index, count + 1
    store(flat(), state.numbers)


@jitable
def busy_candle(
    i: int, index: int, last: int, columns: Columns, rules: Rules, state: State, rows: Rows
) -> None:
    """A candle that may fill something: entry, exits, funding, the end of the data."""
    numbers = state.numbers
    if numbers[0] == 0 and not fill_entry(i, index, columns, rules, state):
        return
    held, close = load(numbers), columns.close[i]
    open_, high, low = columns.open[i], columns.high[i], columns.low[i]
    reason, price = candle_exit(held, state.wholes[LEAVE], open_, high, low, rules)
    if reason == NO_EXIT:
        rate = columns.funding[i] if columns.funding.shape[0] > 0 else 0.0
        held = after_candle(held, high, low, close, rate)
        store(held, numbers)
        if index == last:
            reason, price = END_OF_DATA, close
    if reason != NO_EXIT:
        close_position(held, index, reason, price, rules, state, rows)


# The loops below count from 0 over slices: an index that might be negative costs numba three
# more instructions at each access, a third of the time of a run.
@jitable
def next_entry(i: int, first: int, codes: Codes, rules: Rules, state: State) -> int:
    """Pass candles while nothing is held and nothing ordered; the one after the next decision."""
    cools_at = state.wholes[EXIT_INDEX] + rules.plan.cooldown_candles
    start, stopped, ahead = first + i, state.wholes[STOPPED] != 0, codes[i:]
    for k in range(ahead.shape[0]):
        if ahead[k] != 0 and start + k >= cools_at:
            entry, _ = wanted(0, ahead[k], stopped)
            if entry != 0:
                state.wholes[ENTRY] = entry
                return i + k + 1
    end: int = i + ahead.shape[0]
    return end


@jitable
def pass_held(
    i: int, end: int, columns: Columns, rules: Rules, state: State, equity: Floats
) -> int:
    """Go on while the position is held and no order touched; the first candle that may do more."""
    row, max_drawdown = state.numbers, rules.plan.max_drawdown
    side, entry_price, quantity, margin = int(row[0]), row[1], row[2], row[10]
    floor_, ceiling, cash, peak = row[FLOOR], row[CEILING], row[CASH], row[PEAK]
    high, low, close = columns.high[i:end], columns.low[i:end], columns.close[i:end]
    codes, worths, passed, leave = columns.codes[i:end], equity[i:end], 0, NO_EXIT
    for k in range(low.shape[0]):
        if leave != NO_EXIT or low[k] <= floor_ or high[k] >= ceiling:
            break
        worth = cash + value(side, quantity, entry_price, margin, close[k])
        worths[k] = worth
        peak = max(peak, worth)
        stopped = drawdown_reached(worth, peak, max_drawdown)
        if stopped:
            state.wholes[STOPPED] = 1
        _, leave = wanted(side, codes[k], stopped)
        passed = k + 1
    row[PEAK], state.wholes[LEAVE] = peak, leave
    return i + passed


@jitable
def close_of(
    i: int, index: int, columns: Columns, rules: Rules, state: State, equity: Floats
) -> None:
    """The close of a busy candle: equity, drawdown, what is ordered for the next open."""
    numbers, wholes, plan = state.numbers, state.wholes, rules.plan
    worth = numbers[CASH]
    if numbers[0] != 0:
        worth += worth_of(numbers, columns.close[i])
    equity[i] = worth
    numbers[PEAK] = max(numbers[PEAK], worth)
    if drawdown_reached(worth, numbers[PEAK], plan.max_drawdown):
        wholes[STOPPED] = 1
    entry, leave = wanted(int(numbers[0]), columns.codes[i], wholes[STOPPED] != 0)
    if entry != 0 and not cooled_down(index - wholes[EXIT_INDEX], plan.cooldown_candles):
        entry = 0
    wholes[ENTRY], wholes[LEAVE] = entry, leave


@compiled
def run_nb(
    span: tuple[int, int],
    columns: Columns,
    rules: Rules,
    state: State,
    equity: Floats,
    rows: Rows,
) -> int:
    """One chunk. span: index of its first candle, and of the last one of the whole series.

    Returns how many rows it filled.
    """
    (first, last), numbers, wholes = span, state.numbers, state.wholes
    wholes[COUNT], i, n = 0, 0, equity.shape[0]
    while i < n:
        holds = numbers[0] != 0
        if not holds and wholes[ENTRY] == 0:
            start, i = i, next_entry(i, first, columns.codes, rules, state)
            equity[start:i] = numbers[CASH]
            continue
        if holds and wholes[LEAVE] == NO_EXIT:
            i = pass_held(i, min(n, last - first), columns, rules, state, equity)
        if i < n:
            if numbers[0] != 0 or first + i < last:
                busy_candle(i, first + i, last, columns, rules, state, rows)
            close_of(i, first + i, columns, rules, state, equity)
            i += 1
    count: int = wholes[COUNT]
    return count


def new_state(cash: float) -> State:
    """Flat, with all of the cash."""
    numbers, wholes = np.zeros(ROW_NUMBERS + 2), np.zeros(6, np.int64)
    numbers[CASH], numbers[PEAK], wholes[EXIT_INDEX] = cash, cash, LONG_AGO
    return State(numbers, wholes, np.zeros(len(SKIP_REASONS), np.int64))


def simulate(task: Task, chunk: int = CHUNK_CANDLES) -> Simulation:
    """Run it compiled, a chunk at a time: between chunks it reports, and may be cancelled."""
    if len(task.series) > 1:
        return kernel_multi.simulate(task)
    series, n = task.series[0], len(task.series[0].candles)
    rules, trades = rules_of(task, series), TradeStore(min(n, chunk))
    state, equity = new_state(task.cash), np.empty(n)
    for first in range(0, n, chunk):
        task.progress(first / n)
        cut = slice(first, min(first + chunk, n))
        columns = columns_of([series], [cut])
        trades.keep(run_nb((first, n - 1), columns, rules, state, equity[cut], trades.rows))
    cash, skips = float(state.numbers[CASH]), tuple(state.skips.tolist())
    return Simulation(equity, trades.columns(), skips, cash)
