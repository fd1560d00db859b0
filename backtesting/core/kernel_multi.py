"""The compiled simulation of several symbols that share one cash pool.

The same per-candle functions as for one symbol; the order of things at one open time is the
reference simulator's: all exits, all entries in the order of symbols, then what protects them.
"""

from __future__ import annotations

import numpy as np

from backtesting.core.chunks import Columns, Rows, TradeStore, columns_of
from backtesting.core.compiled import compiled, jitable
from backtesting.core.held import (
    MARK,
    Held,
    after_candle,
    candle_exit,
    close_trade,
    enter,
    flat,
    hold,
    load,
    quiet,
    store,
    wanted,
    worth_of,
)
from backtesting.core.kernel_pool import (
    CASH,
    COUNT,
    ENTRY,
    ENTRY_INDEX,
    EXIT_INDEX,
    HOLDS,
    LEAVE,
    NEXT,
    PEAK,
    STOPPED,
    TRADING,
    Market,
    Pool,
    Span,
    index_of,
    market_of,
    new_pool,
    rules_at,
    span_of,
)
from bots.core.engine.series import Floats, Simulation, Task, timeline
from bots.core.strategy.risk import Plan, cooled_down, drawdown_reached, slot_free
from bots.core.strategy.sizing import ENTERED, MAX_OPEN_POSITIONS
from exchanges.core.matching import END_OF_DATA, MAX_DRAWDOWN, NO_EXIT
from exchanges.core.positions import spend

CHUNK_CLOSES = 16_384


@jitable
def book_exit(
    s: int, held: Held, reason: int, price: float, span: Span, pool: Pool, market: Market,
    rows: Rows,
) -> None:  # fmt: skip
    """Close the symbol's position and write the trade."""
    count, index = pool.wholes[COUNT], index_of(span, pool, s)
    ints = rows.ints[count]
    ints[0], ints[1], ints[2] = s, held.side, pool.marks[s, ENTRY_INDEX]
    ints[3], ints[4] = index, reason
    pool.numbers[CASH] += close_trade(held, reason, price, market.terms, rows.floats[count])
    pool.wholes[COUNT] = count + 1
    store(flat(), pool.books[s])
    pool.marks[s, EXIT_INDEX], pool.marks[s, LEAVE], pool.marks[s, HOLDS] = index, NO_EXIT, 0


@jitable
def protect(s: int, span: Span, columns: Columns, pool: Pool, market: Market, rows: Rows) -> None:
    """Pending exit and protective orders of one symbol against its candle."""
    at, row = pool.marks[s, NEXT] - 1, pool.books[s]
    if pool.marks[s, LEAVE] == NO_EXIT and quiet(row, columns.high[at], columns.low[at]):
        return
    held = load(row)
    reason, price = candle_exit(
        held, pool.marks[s, LEAVE], columns.open[at], columns.high[at], columns.low[at],
        rules_at(market, s),
    )  # fmt: skip
    if reason != NO_EXIT:
        book_exit(s, held, reason, price, span, pool, market, rows)


@jitable
def held_count(pool: Pool) -> int:
    count = 0
    for s in range(pool.marks.shape[0]):
        count += pool.marks[s, HOLDS]
    return count


@jitable
def fill_entry(s: int, span: Span, columns: Columns, pool: Pool, market: Market) -> bool:
    """Fill the symbol's pending entry, if it has one and may; whether it entered."""
    side, pool.marks[s, ENTRY] = pool.marks[s, ENTRY], 0
    index = index_of(span, pool, s)
    if side == 0 or index == span.lasts[s]:
        return False
    skip = MAX_OPEN_POSITIONS
    if slot_free(held_count(pool), market.plan.max_open_positions):
        open_ = columns.open[pool.marks[s, NEXT] - 1]
        cash = pool.numbers[CASH]
        skip, held = enter(side, open_, cash, rules_at(market, s))
        if skip == ENTERED:
            pool.numbers[CASH] = spend(cash, held.locked + held.entry_fee)
            pool.marks[s, ENTRY_INDEX], pool.marks[s, HOLDS] = index, 1
            hold(held, market.plan, columns.funding.shape[0] > 0, pool.books[s])
            return True
    pool.skips[skip] += 1
    return False


@jitable
def close_candle(
    s: int, span: Span, columns: Columns, pool: Pool, market: Market, rows: Rows
) -> None:
    """The symbol's candle is over: mark, best price, funding, end of its data."""
    at = pool.marks[s, NEXT] - 1
    close = columns.close[at]
    row = pool.books[s]
    row[MARK] = close
    if pool.marks[s, HOLDS] == 0:
        return
    is_last = index_of(span, pool, s) == span.lasts[s]
    if is_last or not quiet(row, columns.high[at], columns.low[at]):
        rate = columns.funding[at] if columns.funding.shape[0] > 0 else 0.0
        held = after_candle(load(row), columns.high[at], columns.low[at], close, rate)
        store(held, row)
        if is_last:
            book_exit(s, held, END_OF_DATA, close, span, pool, market, rows)


@jitable
def equity_of(pool: Pool) -> float:
    """Cash and every position at its symbol's last close."""
    worth: float = pool.numbers[CASH]
    for s in range(pool.marks.shape[0]):
        if pool.marks[s, HOLDS] != 0:
            worth += worth_of(pool.books[s], pool.books[s, MARK])
    return worth


@jitable
def taken(pool: Pool) -> int:
    """Positions without a pending exit, plus pending entries."""
    count = 0
    for s in range(pool.marks.shape[0]):
        stays = pool.marks[s, HOLDS] != 0 and pool.marks[s, LEAVE] == NO_EXIT
        if stays or pool.marks[s, ENTRY] != 0:
            count += 1
    return count


@jitable
def stop_all(pool: Pool) -> None:
    """The drawdown limit: nothing is entered any more, everything held leaves at its next open."""
    pool.wholes[STOPPED] = 1
    for s in range(pool.marks.shape[0]):
        pool.marks[s, ENTRY] = 0
        if pool.marks[s, HOLDS] != 0:
            pool.marks[s, LEAVE] = MAX_DRAWDOWN


@jitable
def order(s: int, span: Span, columns: Columns, pool: Pool, plan: Plan[float]) -> None:
    """What the symbol's conditions want at this close."""
    index = index_of(span, pool, s)
    if index == span.lasts[s]:
        return
    code = columns.codes[pool.marks[s, NEXT] - 1]
    side = int(pool.books[s, 0])
    entry, leave = wanted(side, code, pool.wholes[STOPPED] != 0)
    pool.marks[s, LEAVE] = leave
    if entry == 0 or not cooled_down(index - pool.marks[s, EXIT_INDEX], plan.cooldown_candles):
        return
    if slot_free(taken(pool), plan.max_open_positions):
        pool.marks[s, ENTRY] = entry
    else:
        pool.skips[MAX_OPEN_POSITIONS] += 1


@compiled
def run_multi_nb(
    span: Span, columns: Columns, market: Market, pool: Pool, equity: Floats, rows: Rows
) -> int:
    """One chunk of closes over all symbols. Returns how many rows it filled."""
    symbols, marks, pool_numbers = pool.marks.shape[0], pool.marks, pool.numbers
    pool.wholes[COUNT] = 0
    for s in range(symbols):
        marks[s, NEXT] = span.starts[s]
    for i in range(equity.shape[0]):
        for s in range(symbols):
            at = marks[s, NEXT]
            trading = at < span.ends[s] and span.times[at] == span.closes[i]
            marks[s, TRADING] = 1 if trading else 0
            if trading:
                marks[s, NEXT] = at + 1
                if marks[s, HOLDS] != 0:
                    protect(s, span, columns, pool, market, rows)
        for s in range(symbols):
            if marks[s, TRADING] != 0 and fill_entry(s, span, columns, pool, market):
                marks[s, TRADING] = 2
        for s in range(symbols):
            if marks[s, TRADING] == 2:
                protect(s, span, columns, pool, market, rows)
        for s in range(symbols):
            if marks[s, TRADING] != 0:
                close_candle(s, span, columns, pool, market, rows)
        equity[i] = worth = equity_of(pool)
        pool_numbers[PEAK] = max(pool_numbers[PEAK], worth)
        if pool.wholes[STOPPED] == 0 and drawdown_reached(
            worth, pool_numbers[PEAK], market.plan.max_drawdown
        ):
            stop_all(pool)
        for holds in (1, 0):
            for s in range(symbols):
                if marks[s, TRADING] != 0 and marks[s, HOLDS] == holds:
                    order(s, span, columns, pool, market.plan)
    count: int = pool.wholes[COUNT]
    return count


def simulate(task: Task, chunk: int = CHUNK_CLOSES) -> Simulation:
    """Run it compiled, a chunk of closes at a time."""
    times = timeline(task.series)
    market, pool = market_of(task), new_pool(task)
    trades, equity = TradeStore(min(times.size, chunk) * len(task.series)), np.empty(times.size)
    for first in range(0, times.size, chunk):
        task.progress(first / times.size)
        closes = times[first : first + chunk]
        span, cuts = span_of(task, closes)
        columns = columns_of(task.series, cuts)
        part = equity[first : first + chunk]
        trades.keep(run_multi_nb(span, columns, market, pool, part, trades.rows))
    return Simulation(
        equity, trades.columns(), tuple(pool.skips.tolist()), float(pool.numbers[CASH])
    )
