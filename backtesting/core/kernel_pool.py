"""The state and the rules of a cash pool over several symbols, as arrays for compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from backtesting.core.chunks import readonly
from backtesting.core.compiled import jitable
from backtesting.core.held import ROW_NUMBERS, Rules
from bots.core.engine.series import Floats, Ints, Task
from bots.core.strategy.risk import Plan
from bots.core.strategy.sizing import SKIP_REASONS
from exchanges.core.costs import Terms
from exchanges.core.market import Steps

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
