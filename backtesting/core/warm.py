"""Compiles every kernel ahead of time: `python -m backtesting.core.warm`.

At set-up and when an image is built, so that no worker and no command ever waits for a compiler.
"""

from __future__ import annotations

import sys

import numpy as np

from backtesting.core import kernel, kernel_full
from backtesting.core.compiled import FOLDER
from backtesting.core.sweep import sweep
from bots.core.engine.series import Series, Task
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.spec import Risk
from exchanges.core.candles import make_candles
from exchanges.core.costs import Costs
from exchanges.core.margin import tier_rows
from exchanges.core.market import NO_RULES

ALWAYS = {
    "timeframe": "1m",
    "buy_conditions": {"left": "close", "op": ">", "right": 0},
}


def tiny_series() -> Series:
    prices = [100.0, 101.0, 102.0]
    candles = make_candles("1m", [0, 60_000, 120_000], prices, prices, prices, prices, prices)
    return Series(
        symbol="",
        candles=candles,
        codes=np.zeros(3, np.uint8),
        funding=np.empty(0),
        steps=NO_RULES.numbers(float),
        tiers=tier_rows(NO_RULES.tiers, float),
    )


def warm() -> None:
    """One run of each kernel: the types of its arguments are always the same, so one is enough."""
    plan, terms = plan_numbers(Risk(), float), Costs().numbers(float)
    for symbols in (1, 2):
        kernel.simulate(Task([tiny_series()] * symbols, 1000.0, plan, terms))
    kernel_full.simulate(Task([tiny_series()], 1000.0, plan, terms))
    sweep(ALWAYS, {"": tiny_series().candles}, [{}], cash=1000.0)


if __name__ == "__main__":
    warm()
    sys.stdout.write(f"kernels are compiled in {FOLDER}\n")
