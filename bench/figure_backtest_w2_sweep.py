"""W2: the EMA cross of W1 over 200 pairs of periods on a year of one-minute candles.

Ours gives the six figures of METRICS for each pair, the hand-written loop trades and equity.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np

from backtesting.core.sweep import sweep
from bench import w1
from bench.harness import Row, medians_ms, peer_run, process, row
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs

NAMES = ("backtest.w2_sweep", "backtest.w2_memory")
FAST, SLOW = range(5, 25), range(30, 76, 5)
METRICS = ("total_return", "sharpe", "max_drawdown", "total_trades", "win_rate", "profit_factor")
REPEATS = 5
ALONE = (
    "from bench import w1; from bench.figure_backtest_w2_sweep import pairs; pairs(w1.candles())"
)


def pairs(candles: Candles) -> int:
    """The whole sweep; trades of all pairs."""
    sets = [{"fast.period": fast, "slow.period": slow} for fast in FAST for slow in SLOW]
    outcomes = sweep(
        w1.SPEC, {w1.SYMBOL: candles}, sets, cash=w1.CASH, costs=Costs(fee_rate=w1.FEE),
        metrics=METRICS,
    )  # fmt: skip
    return sum(one.metrics["total_trades"] for one in outcomes if one.metrics)


def by_hand(candles: Candles) -> list[Callable[[], object]]:
    """The hand-written loop on all cores, if it is here."""
    peer = w1.hand_written()
    if peer is None:
        return []
    # Its types are those of arrays that may be written to.
    prices = [np.array(one) for one in candles.columns()[:4]]
    fast, slow = np.array(FAST), np.array(SLOW)
    averages = np.empty((fast.size + slow.size, len(candles)))
    trades, equity = np.zeros(fast.size * slow.size, np.int64), np.zeros(fast.size * slow.size)
    rest = (peer.FEE, peer.SL, peer.TP, peer.CASH, averages, trades, equity)
    return [lambda: peer.sweep_mt(*prices, fast, slow, *rest)]


def measure() -> Iterator[Row]:
    candles = w1.candles()
    trades = pairs(candles)
    ours_ms, *hand_ms = medians_ms(lambda: pairs(candles), *by_hand(candles), repeats=REPEATS)
    ours = ours_ms / 1000
    yield row(NAMES[0], ours, "s", "hand-written loop", hand_ms[0] / 1000 if hand_ms else None)
    for engine in ("rust", "numba"):
        told = peer_run("vectorbt_run.py", engine, "sweep")
        if told is not None:
            beside = f"vectorbt ({engine}), {told['trades']:.0f} trades for our {trades}"
            yield row(NAMES[0], ours, "s", beside, told["seconds"])
    _, megabytes = process([sys.executable, "-c", ALONE], {})
    yield row(NAMES[1], megabytes, "MB")
