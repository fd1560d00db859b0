"""State, rules and candles of the kernel that carries every option, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from backtesting.core.chunks import columns_of, readonly
from backtesting.core.compiled import jitable
from backtesting.core.held import Rules
from backtesting.core.kernel_pool import LONG_AGO, Market, Span
from bots.core.engine.series import Codes, Floats, Ints, Series, Task
from bots.core.strategy.options import SizingNumbers
from bots.core.strategy.sizing import SKIP_REASONS
from exchanges.core.market import Steps

# A symbol's numbers: its position, then its mark and orders.
(
    ENTRY_PRICE, QUANTITY, BEST, FIRST_PRICE, FIRST_QUANTITY, LOCKED, MARGIN, FEES, GROSS, FUNDING,
    STOP_LOSS, TAKE_PROFIT, RATE, AMOUNT, BOUGHT, BOUGHT_PRICE, SOLD, SOLD_PRICE,
    MARK, ADDING, USED, LIMIT, LOCKED_UNTIL,
) = range(23)  # fmt: skip
POSITION_NUMBERS = MARK
# A symbol's whole numbers. PLACED: candle that placed a resting entry, NOT_RESTING for a market
# order. START, INSIDE: the bar an entry filled in, and whether it did so after the bar's open.
(
    SIDE, ENTRY_INDEX, EXIT_INDEX, ENTRY, PLACED, LEAVE, NEXT, TRADING, SCALED_IN, SCALED_OUT,
    START, INSIDE,
) = range(12)  # fmt: skip
NOT_RESTING = -1
# The pool's numbers and whole numbers.
CASH, PEAK, WORTH, POOL_LOCKED_UNTIL = range(4)
TRADES, FILLS, STOPPED, CLOSED, LOOKED_AT, NOW_MS = range(6)


class Knobs(NamedTuple):
    """The options. Rows as in `Options`; entry_offset below 0: market entries."""

    sizing: SizingNumbers
    entry_offset: float
    expires_after: int
    scale_in: Floats
    scale_out: Floats
    protections: Floats
    candle_ms: int


class Tape(NamedTuple):
    """Candles of a chunk, one symbol's after the other's. What nobody needs is empty.

    volatility: at the close before. starts, ends: which finer candles lie in each candle.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    codes: Codes
    funding: Floats
    volatility: Floats
    starts: Ints
    ends: Ints
    fine_open: Floats
    fine_high: Floats
    fine_low: Floats
    fine_close: Floats


class Pool(NamedTuple):
    """Read and written. past, past_returns: closed trades as (time, symbol, reason), return."""

    numbers: Floats
    wholes: Ints
    books: Floats
    marks: Ints
    skips: Ints
    past: Ints
    past_returns: Floats


class Out(NamedTuple):
    """Rows of one call: trades and fills, whole numbers and numbers of each."""

    trade_ints: Ints
    trade_floats: Floats
    fill_ints: Ints
    fill_floats: Floats


class World(NamedTuple):
    """Everything a candle needs."""

    span: Span
    tape: Tape
    market: Market
    knobs: Knobs
    pool: Pool
    out: Out


@jitable
def rules_for(w: World, s: int) -> Rules:
    row = w.market.steps[s]
    steps = Steps(row[0], row[1], row[2], row[3], row[4], row[5])
    return Rules(w.market.plan, w.market.terms, steps, w.market.tiers[s])


@jitable
def at_of(w: World, s: int) -> int:
    """Place of the symbol's present candle on the tape."""
    at: int = w.pool.marks[s, NEXT] - 1
    return at


@jitable
def index_at(w: World, s: int) -> int:
    """Index of the symbol's present candle in its whole series."""
    index: int = w.span.firsts[s] + w.pool.marks[s, NEXT] - 1 - w.span.starts[s]
    return index


@jitable
def bar_count(w: World, at: int) -> int:
    """Finer candles of a candle, 1 where there are none: the candle itself."""
    tape = w.tape
    if tape.starts.shape[0] == 0 or tape.starts[at] >= tape.ends[at]:
        return 1
    count: int = tape.ends[at] - tape.starts[at]
    return count


@jitable
def bar_at(w: World, at: int, number: int) -> tuple[float, float, float, float]:
    """Open, high, low, close of one of them."""
    tape = w.tape
    if tape.starts.shape[0] == 0 or tape.starts[at] >= tape.ends[at]:
        return tape.open[at], tape.high[at], tape.low[at], tape.close[at]
    k = tape.starts[at] + number
    return tape.fine_open[k], tape.fine_high[k], tape.fine_low[k], tape.fine_close[k]


def knobs_of(task: Task) -> Knobs:
    options = task.options

    def table(rows: Sequence[Sequence[float]], columns: int) -> Floats:
        made: Floats = readonly(np.array(rows, np.float64).reshape(-1, columns))
        return made

    return Knobs(
        sizing=options.sizing,
        entry_offset=options.entry_offset,
        expires_after=options.expires_after,
        scale_in=table(options.scale_in, 2),
        scale_out=table(options.scale_out, 3),
        protections=table(options.protections, 6),
        candle_ms=task.series[0].candles.timeframe_ms,
    )


def new_pool(task: Task) -> Pool:
    """Flat, with all of the cash, and no past yet."""
    symbols = len(task.series)
    numbers, wholes = np.zeros(4), np.zeros(6, np.int64)
    numbers[[CASH, PEAK, WORTH]] = task.cash
    marks = np.zeros((symbols, 12), np.int64)
    marks[:, EXIT_INDEX], marks[:, PLACED] = LONG_AGO, NOT_RESTING
    books, skips = np.zeros((symbols, 23)), np.zeros(len(SKIP_REASONS), np.int64)
    return Pool(numbers, wholes, books, marks, skips, np.empty((0, 3), np.int64), np.empty(0))


def with_room(pool: Pool, rows: int) -> Pool:
    """The pool with room for so many more closed trades in its past."""
    there, needed = pool.past.shape[0], int(pool.wholes[CLOSED]) + rows
    if there >= needed:
        return pool
    past, returns = np.zeros((2 * needed, 3), np.int64), np.zeros(2 * needed)
    past[:there], returns[:there] = pool.past, pool.past_returns
    return pool._replace(past=past, past_returns=returns)


def tape_of(series: Sequence[Series], cuts: Sequence[slice]) -> Tape:
    """The chunk's candles and what belongs to them."""
    columns = columns_of(series, cuts)
    pairs = list(zip(series, cuts, strict=True))
    volume = readonly(np.concatenate([one.candles.volume[cut] for one, cut in pairs]))
    before = np.empty(0)
    if any(one.volatility.size for one in series):
        before = np.concatenate([before_close(one.volatility)[cut] for one, cut in pairs])
    return Tape(
        *columns[:4], volume, columns.codes, columns.funding, readonly(before), *fine(pairs)
    )


def before_close(column: Floats) -> Floats:
    """Each candle's value at the close before it."""
    return np.concatenate([[np.nan], column[:-1]])


def fine(pairs: Sequence[tuple[Series, slice]]) -> tuple[Any, ...]:
    """starts, ends and the finer candles of the chunk; all empty where no symbol has any."""
    if all(one.detail is None for one, _ in pairs):
        none = readonly(np.empty(0, np.int64))
        return none, none, *[readonly(np.empty(0))] * 4
    starts, ends, parts, base = [], [], [], 0
    for one, cut in pairs:
        length = cut.stop - cut.start
        if one.detail is None or length == 0:
            starts.append(np.full(length, base))
            ends.append(np.full(length, base))
            continue
        first, last = int(one.detail.starts[cut.start]), int(one.detail.ends[cut.stop - 1])
        last = max(last, int(one.detail.ends[cut].max()))
        starts.append(one.detail.starts[cut] - first + base)
        ends.append(one.detail.ends[cut] - first + base)
        parts.append(one.detail.candles.slice(first, last))
        base += last - first
    columns = [
        readonly(np.concatenate([np.empty(0), *(getattr(part, name) for part in parts)]))
        for name in ("open", "high", "low", "close")
    ]
    return readonly(np.concatenate(starts)), readonly(np.concatenate(ends)), *columns
