"""The simulation of W1 alone: signals are there, trades and equity come out.

vectorbt fills at the close that gave the signal, backtesting.py and we at the next open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from backtesting.core import kernel
from backtesting.core.run import make_series
from bench import w1
from bench.harness import Row, medians_ms, peer_run, row
from bots.core.engine.series import Task
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.spec import parse
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.market import NO_RULES

NAMES = ("backtest.w1_simulation",)


def measure() -> Iterator[Row]:
    (name,) = NAMES
    candles, spec = w1.candles(), parse(w1.SPEC)
    series = make_series(spec, w1.SYMBOL, candles, NO_RULES, None)
    terms = Costs(fee_rate=w1.FEE).numbers(float)
    task = Task([series], w1.CASH, plan_numbers(spec.risk, float), terms)
    loops = [lambda: kernel.simulate(task), *by_hand(candles)]
    ours, *theirs = medians_ms(*loops)
    yield row(name, ours, "ms", "hand-written loop", theirs[0] if theirs else None)
    yield from by_peers(name, ours, len(kernel.simulate(task).trades))


def by_hand(candles: Candles) -> list[Callable[[], object]]:
    """The same signals through the hand-written loop that fills at the next open, if it is here."""
    peer = w1.hand_written()
    if peer is None:
        return []
    n = len(candles)
    fast, slow = np.empty(n), np.empty(n)
    peer.ema_first(candles.close, 12, fast)
    peer.ema_first(candles.close, 26, slow)
    enter, leave = np.empty(n, np.bool_), np.empty(n, np.bool_)
    peer.crosses(fast, slow, enter, leave)
    prices = (candles.open, candles.high, candles.low, candles.close)
    rows = [np.empty(n, np.int64), np.empty(n, np.int64), *(np.empty(n) for _ in range(3))]
    rows.append(np.empty(n, np.int8))
    settings = (peer.FEE, peer.SL, peer.TP, peer.CASH)
    return [lambda: peer.sim_open(*prices, enter, leave, *settings, *rows)]


def by_peers(name: str, ours: float, trades: int) -> Iterator[Row]:
    """Each in the peers' interpreter, on the same candles."""
    runs = (
        ("vectorbt (rust)", "vectorbt_run.py", "rust", "simulation"),
        ("vectorbt (numba)", "vectorbt_run.py", "numba", "simulation"),
        ("backtesting.py", "backtesting_run.py"),
    )
    for peer, *command in runs:
        told = peer_run(*command)
        if told is not None:
            beside = f"{peer}, {told['trades']:.0f} trades for our {trades}"
            yield row(name, ours, "ms", beside, told["seconds"] * 1000)
