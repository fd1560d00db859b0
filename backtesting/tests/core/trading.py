"""Scripted bots on written-out candles, and what came of their orders as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backtesting.core.events.run_bot import run_bot
from backtesting.core.result import BacktestResult
from backtesting.tests.core.playing import MINUTE_MS, START_MS
from bots.core.engine.view import View
from exchanges.core.candles import Candles, make_candles
from exchanges.core.costs import Costs

BTC = "BTC/USDT"
FREE = Costs(fee_rate=0.0)
Prices = Sequence[tuple[float, float, float, float]]


def minutes(rows: Prices) -> Candles:
    times = [START_MS + MINUTE_MS * k for k in range(len(rows))]
    return make_candles("1m", times, *zip(*rows, strict=True), [1000.0] * len(rows))


class Script:
    """Does what is written for a close, counted from 0."""

    def __init__(self, steps: Mapping[int, Callable[[View], Any]]) -> None:
        self.steps, self.seen = steps, 0

    def on_candle(self, view: View) -> None:
        step = self.steps.get(self.seen)
        self.seen += 1
        if step is not None:
            step(view)


def play(bot: Any, rows: Prices, **given: Any) -> BacktestResult:
    settings = {"cash": 1000.0, "costs": FREE} | given
    return run_bot(bot, {BTC: minutes(rows)}, **settings)


def table(result: BacktestResult) -> list[tuple[int, str, float, float, str]]:
    """(candle, side, price, quantity, reason) of every fill in the order in which it happened."""
    columns = result.fill_columns
    order = sorted(result.fills, key=lambda fill: fill.time_ms)
    assert len(order) == len(columns)
    return [
        (
            (fill.time_ms - START_MS) // MINUTE_MS, fill.side, round(fill.price, 9),
            round(fill.quantity, 9), fill.reason,
        )
        for fill in order
    ]  # fmt: skip
