"""gather(): the arrays of an engine -> a result, with what the market did beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backtesting.core.result import BacktestResult, single_fills
from bots.core.engine.series import Floats, Ints, Series, Simulation, Task, timeline
from bots.core.strategy.sizing import SKIP_REASONS


def gather(task: Task, simulation: Simulation) -> BacktestResult:
    """Arrays of an engine -> result, with what the market did beside it."""
    series, trades, fills = task.series, simulation.trades, simulation.fills
    fills = single_fills(trades, task.terms) if fills is None else fills
    open_time_ms = timeline(series)
    times = [one.candles.open_time_ms for one in series]
    entry_ms = pick(times, trades.symbol, trades.entry_index)
    exit_ms = pick(times, trades.symbol, trades.exit_index)
    return BacktestResult(
        symbols=tuple(one.symbol for one in series),
        timeframe=series[0].candles.timeframe,
        cash=task.cash,
        open_time_ms=open_time_ms,
        equity=simulation.equity,
        exposure=exposed(open_time_ms, entry_ms, exit_ms),
        buy_and_hold=held(series, open_time_ms, task.cash),
        columns=trades,
        entry_time_ms=entry_ms,
        exit_time_ms=exit_ms,
        skipped={SKIP_REASONS[i]: n for i, n in enumerate(simulation.skips) if n},
        final_equity=simulation.cash,
        fill_columns=fills,
        fill_time_ms=pick(times, fills.symbol, fills.index),
    )


def pick(columns: list[Ints], which: Ints, index: Ints) -> Ints:
    """columns[which[k]][index[k]] for each k."""
    picked = np.empty(which.shape[0], np.int64)
    for number, column in enumerate(columns):
        mine = which == number
        picked[mine] = column[index[mine]]
    return picked


def exposed(open_time_ms: Ints, entry_ms: Ints, exit_ms: Ints) -> Floats:
    """1 for each candle during which a position was open, its entry and exit candle included."""
    n = open_time_ms.shape[0]
    entered = np.bincount(np.searchsorted(open_time_ms, entry_ms), minlength=n + 1)
    left = np.bincount(np.searchsorted(open_time_ms, exit_ms) + 1, minlength=n + 1)
    return (np.cumsum(entered - left)[:n] > 0).astype(np.float64)


def held(series: Sequence[Series], open_time_ms: Ints, cash: float) -> Floats:
    """The cash in equal parts in every symbol from its first close on, at each close."""
    total = np.zeros(open_time_ms.shape[0])
    for one in series:
        closes = one.candles.close
        if len(series) > 1:
            at = np.searchsorted(one.candles.open_time_ms, open_time_ms, side="right") - 1
            closes = closes[np.maximum(at, 0)]
        total += closes * (cash / len(series) / float(one.candles.close[0]))
    return total
