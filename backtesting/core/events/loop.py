"""Plays candles to whoever trades on the venue, one close after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backtesting.core.simulator import PROGRESS_EVERY_CLOSES, by_column
from bots.core.engine.rule_bot import RuleBot
from bots.core.engine.series import (
    FILL_FLOATS,
    FILL_INTS,
    FLOAT_COLUMNS,
    INT_COLUMNS,
    FillColumns,
    Simulation,
    Task,
    TradeColumns,
    timeline,
)
from bots.core.engine.venue import Venue, open_venue


def play(task: Task, venue: Venue, on_close: Callable[[], None]) -> Simulation:
    """on_close: called after each close of the union of all open times."""
    times = timeline(task.series).tolist()
    equity, till = np.empty(len(times)), venue.till
    for step, time_ms in enumerate(times):
        if step % PROGRESS_EVERY_CLOSES == 0:
            task.progress(step / len(times))
        venue.trade(time_ms)
        equity[step] = till.worth
        on_close()
    trades: Any = by_column(till.rows, INT_COLUMNS, FLOAT_COLUMNS)
    fills: Any = by_column(till.fills, FILL_INTS, FILL_FLOATS)
    return Simulation(
        equity, TradeColumns(**trades), tuple(till.skips), till.cash, FillColumns(**fills)
    )


def simulate(task: Task) -> Simulation:
    """A rule strategy, as an order-level bot."""
    venue = open_venue(task, contracts=True)
    return play(task, venue, RuleBot(task, venue, task.cash).on_close)
