"""The compiled simulation of several symbols that share one cash pool.

The same per-candle functions as for one symbol; the order of things at one open time is the
reference simulator's: all exits, all entries in the order of symbols, then what protects them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backtesting.core.chunks import Columns, Rows, TradeStore, columns_of, readonly
from backtesting.core.compiled import compiled, jitable
from backtesting.core.held import (
    MARK,
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
    quiet,
    store,
    wanted,
    worth_of,
)
from backtesting.core.series import Floats, Ints, Simulation, Task, timeline
from bots.core.strategy.risk import Plan, cooled_down, drawdown_reached, slot_free
from bots.core.strategy.sizing import ENTERED, MAX_OPEN_POSITIONS, SKIP_REASONS
from exchanges.core.costs import Terms
from exchanges.core.market import Steps
from exchanges.core.matching import END_OF_DATA, MAX_DRAWDOWN, NO_EXIT
from exchanges.core.positions import spend

CHUNK_CLOSES = 16_384
LONG_AGO = -(2**40)
# Columns of the whole numbers of a symbol, and of those of the pool.
ENTRY_INDEX, EXIT_INDEX, ENTRY, LEAVE, NEXT, TRADING, HOLDS = 0, 1, 2, 3, 4, 5, 6
SYMBOL_WHOLES = 7
COUNT, STOPPED = 0, 1
CASH, PEAK = 0, 1


class Span(NamedTuple):
    """Where the chunk's candles lie. times: of all symbols' candles; closes: the union's times.

    starts, ends: of each symbol in the flat columns. firsts: index of its first candle here,
    lasts: of its last candle ever.
    """

    times: Ints
    closes: Ints
    starts: Ints
    ends: Ints
    firsts: Ints
    lasts: Ints


class Pool(NamedTuple):
    """State over all symbols, read and written. books: a position's numbers and mark a row."""

    numbers: Floats
    wholes: Ints
    books: Floats
    marks: Ints
    skips: Ints


class Market(NamedTuple):
    """Rules of all symbols. steps: float64[symbols, 6]; tiers: float64[symbols, k, 4]."""

    plan: Plan[float]
    terms: Terms[float]
    steps: Floats
    tiers: Floats


@jitable
def rules_at(market: Market, s: int) -> Rules:
    row = market.steps[s]
    steps = Steps(row[0], row[1], row[2], row[3], row[4], row[5])
    return Rules(market.plan, market.terms, steps, market.tiers[s])


@jitable
def index_of(span: Span, pool: Pool, s: int) -> int:
    """Index of the symbol's candle that is being traded, counted over the whole series."""
    index: int = span.firsts[s] + pool.marks[s, NEXT] - 1 - span.starts[s]
    return index


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


def market_of(task: Task) -> Market:
    """Rules of all symbols as arrays; shorter tier tables repeat their last row."""
    rows_most = max(len(one.tiers) for one in task.series)
    tiers = [one.tiers + one.tiers[-1:] * (rows_most - len(one.tiers)) for one in task.series]
    steps = np.array([one.steps for one in task.series], np.float64)
    return Market(task.plan, task.terms, readonly(steps), readonly(np.array(tiers, np.float64)))


def new_pool(task: Task) -> Pool:
    symbols = len(task.series)
    marks = np.zeros((symbols, SYMBOL_WHOLES), np.int64)
    marks[:, EXIT_INDEX] = LONG_AGO
    numbers, wholes = np.array([task.cash] * 2, np.float64), np.zeros(2, np.int64)
    books = np.zeros((symbols, ROW_NUMBERS))
    return Pool(numbers, wholes, books, marks, np.zeros(len(SKIP_REASONS), np.int64))


def span_of(task: Task, closes: Ints) -> tuple[Span, list[slice]]:
    """The candles of all symbols that open at one of these times."""
    columns = [one.candles.open_time_ms for one in task.series]
    firsts = [int(np.searchsorted(times, closes[0], side="left")) for times in columns]
    ends = [int(np.searchsorted(times, closes[-1], side="right")) for times in columns]
    cuts = [slice(first, end) for first, end in zip(firsts, ends, strict=True)]
    lengths = np.array([cut.stop - cut.start for cut in cuts])
    flat_ends = np.cumsum(lengths)
    span = Span(
        times=readonly(
            np.concatenate([times[cut] for times, cut in zip(columns, cuts, strict=True)])
        ),
        closes=readonly(closes),
        starts=flat_ends - lengths,
        ends=flat_ends,
        firsts=np.array(firsts),
        lasts=np.array([len(times) - 1 for times in columns]),
    )
    return span, cuts


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
