"""Random orders of every kind: money adds up, fills lie in their candles, and twice is the same."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from backtesting.core.events.run_bot import run_bot
from backtesting.core.result import BacktestResult
from backtesting.tests.core.drawing import RULES, SYMBOLS, candle_sets, fundings
from backtesting.tests.core.drawing_options import OPTION_COSTS, details, volumes
from bots.core.engine.orders import Bracket
from bots.core.engine.view import View

CASES = int(os.environ.get("PARITY_CASES", "1000")) // 4
NEAR = (0.0005, 0.002, 0.01, 0.05)


class Restless:
    """Sends, cancels and closes at random."""

    def __init__(self, seed: int, contracts: bool) -> None:
        self.random, self.contracts, self.heard = Random(seed), contracts, 0

    def on_fill(self, view: View, _filled: Any) -> None:
        self.heard += 1

    def on_candle(self, view: View) -> None:
        random = self.random
        for symbol in view.symbols:
            if random.random() < 0.5:
                self.send(view, symbol)
        orders = view.open_orders()
        if orders and random.random() < 0.1:
            view.cancel(random.choice(orders))

    def send(self, view: View, symbol: str) -> None:
        random, close = self.random, view.close(symbol)
        side, held = random.choice([1, -1]), view.position(symbol)
        kind = random.choice(["market", "limit", "limit", "stop", "take_profit", "trailing_stop"])
        reduces = kind in ("take_profit", "trailing_stop") or random.random() < 0.3
        if reduces and held.side:
            side = -held.side
        how: dict[str, Any] = {"kind": kind, "reduce_only": reduces}
        if kind in ("limit", "stop", "take_profit"):
            how["price"] = max(close * (1 + random.choice((1, -1)) * random.choice(NEAR)), 6.0)
        if kind == "trailing_stop":
            how["trail"] = random.choice(NEAR)
        if not reduces and random.random() < 0.5:
            how["bracket"] = Bracket(
                *(random.choice((0.0, *NEAR)) for _ in range(3)),
                random.choice(((), ((0.001, 0.5, 0.0), (0.004, 0.5, 1.0)))),
            )  # fmt: skip
        if reduces and random.random() < 0.3:
            quantity = None
        elif random.random() < 0.5 or not held.side:
            quantity, how["amount"] = None, view.equity * random.choice([0.1, 0.3, 1.2]) + 1e-9
        else:
            quantity = held.quantity * random.choice([0.3, 1.0, 2.0])
        view.send(
            symbol, side, quantity, with_position=random.random() < 0.1,
            expires_after=random.choice([0, 0, 1, 3]), oco=random.choice(["", "", "a"]), **how,
        )  # fmt: skip


@st.composite
def bot_runs(draw: st.DrawFn) -> dict[str, Any]:
    symbols = SYMBOLS[: draw(st.sampled_from([1, 1, 2, 3]))]
    some = st.lists(st.sampled_from(symbols), unique=True)
    candles = {symbol: draw(volumes(draw(candle_sets()))) for symbol in symbols}
    contracts = draw(st.booleans())
    return {
        "candles": candles,
        "cash": draw(st.sampled_from([50.0, 1000.0, 1e7])),
        "costs": draw(OPTION_COSTS),
        "rules": {symbol: draw(RULES) for symbol in draw(some)},
        "funding": {symbol: draw(fundings()) for symbol in draw(some)} if contracts else {},
        "detail": {symbol: draw(details(candles[symbol])) for symbol in draw(some)},
        "contracts": contracts,
        "leverage": draw(st.sampled_from([1, 3, 50])) if contracts else 1,
    }


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(bot_runs(), st.integers(0, 2**32 - 1))
def test_random_orders(arguments: dict[str, Any], seed: int) -> None:
    bot = Restless(seed, arguments["contracts"])
    result = run_bot(bot, **arguments)
    again = run_bot(Restless(seed, arguments["contracts"]), **arguments)
    assert np.array_equal(result.equity, again.equity) and result.trades == again.trades
    assert bot.heard + len(arguments["candles"]) >= len(result.fill_columns)
    adds_up(result)
    inside(result, arguments)
    for trade in result.trades:
        event(trade.exit_reason)


def adds_up(result: BacktestResult) -> None:
    size = max(result.cash, float(np.max(result.equity)))
    profit = float(result.columns.pnl.sum())
    assert result.final_equity - result.cash == pytest.approx(profit, abs=size * 1e-7)
    assert np.isfinite(result.equity).all() and result.final_equity == result.equity[-1]
    assert result.final_equity >= 0
    for number, trade in enumerate(result.trades):
        mine = [fill for fill in result.fills if fill.trade == number]
        opened = "buy" if trade.side == "long" else "sell"
        ways = {way: sum(f.quantity for f in mine if f.side == way) for way in ("buy", "sell")}
        closed = "sell" if opened == "buy" else "buy"
        assert ways[opened] == pytest.approx(trade.quantity, rel=1e-9)
        assert ways[closed] == pytest.approx(trade.quantity, rel=1e-6)
        assert sum(fill.fee for fill in mine) == pytest.approx(trade.fees, rel=1e-9, abs=1e-12)


def inside(result: BacktestResult, arguments: dict[str, Any]) -> None:
    """Every fill lies in its candle, but for slippage, steps and the bankruptcy price."""
    costs = arguments["costs"]
    if costs.slippage or costs.slippage_model != "fixed" or arguments["rules"]:
        return
    fills = result.fill_columns
    for symbol, index, price, reason in zip(
        fills.symbol, fills.index, fills.price, fills.reason, strict=True
    ):
        candles = arguments["candles"][result.symbols[symbol]]
        if reason != 5:
            assert candles.low[index] <= price <= candles.high[index]
