"""Triangular arbitrage: cycles reckoned by hand, and money of three currencies that adds up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backtesting.tests.core.trading import BTC
from bots.core.engine.series import Series
from bots.core.engine.wallet import Wallet
from bots.core.kinds.base import Market
from bots.tests.core.kinds.playing import ETH, faults_of, flat, play, walk
from exchanges.core.candles import make_candles
from exchanges.core.costs import Costs
from exchanges.core.market import NO_RULES
from foundation.lib.errors import BadInput

CROSS = "ETH/BTC"
FREE: dict[str, Any] = {
    "first": BTC, "second": ETH, "cross": CROSS, "amount": 1000.0, "threshold": 0.01, "fee": 0.0,
    "slippage": 0.0,
}  # fmt: skip


def test_the_way_by_the_cheap_coin() -> None:
    # BTC 100, ETH 10, ETH/BTC 0.098: 1000 buys 10 BTC, those 102.04 ETH, those bring 1020.41.
    books = {BTC: flat(*[100] * 5), ETH: flat(*[10] * 5),
             CROSS: [*flat(0.1, 0.098), (0.098, 0.1, 0.098, 0.1), *flat(0.1, 0.1)]}  # fmt: skip
    result, state = play("triangle", FREE, books)
    assert state["rounds"] == 1
    assert state["best"] == pytest.approx(0.1 / 0.098 - 1)
    assert result.final_equity == pytest.approx(1000 * 0.1 / 0.098)
    (trade,) = result.trades
    assert (trade.symbol, trade.entry_price, trade.quantity) == (BTC, 100.0, pytest.approx(10))
    assert trade.pnl == pytest.approx(1000 * (0.1 / 0.098 - 1))
    assert trade.exit_time_ms == trade.entry_time_ms


def test_the_other_way_round_where_the_cross_is_dear() -> None:
    # 1000 buys 100 ETH, those bring 10.3 BTC, those 1030.
    books = {BTC: flat(*[100] * 5), ETH: flat(*[10] * 5),
             CROSS: flat(0.1, 0.103, 0.103, 0.1, 0.1)}  # fmt: skip
    result, _ = play("triangle", FREE, books)
    assert result.final_equity == pytest.approx(1030)
    assert result.trades[0].symbol == ETH


def test_fees_and_slippage_are_reckoned_with_and_paid() -> None:
    books = {BTC: flat(*[100] * 5), ETH: flat(*[10] * 5), CROSS: flat(*[0.103] * 5)}
    costs = Costs(fee_rate=0.005, slippage=0.002)
    given = FREE | {"fee": 0.005, "slippage": 0.002}
    result, state = play("triangle", given, books, costs=costs)
    after = 1.03 * (0.995 * 0.998) ** 2 / (1.005 * 1.002)
    assert state["best"] == pytest.approx(after - 1)
    assert state["rounds"] == 0 and result.fills == ()
    given["threshold"] = 0.005
    result, state = play("triangle", given, books, costs=costs)
    first = result.trades[0]
    assert first.pnl == pytest.approx(1000 * (after - 1))
    # Each leg's fee at its own price, in USDT.
    bought = 1000 / (1.002 * 1.005)
    crossed = bought * 1.03 * 0.998
    assert first.fees == pytest.approx(
        0.005 * (bought + crossed + crossed * 0.995 * 0.998), rel=1e-2
    )


def test_a_leg_that_fails_leaves_a_coin_that_is_sold() -> None:
    # BTC opens higher: what the first leg bought is less than the second was to spend.
    books = {
        BTC: [*flat(100, 100), (101, 101, 100, 100), *flat(100, 100)], ETH: flat(*[10] * 5),
        CROSS: flat(0.1, 0.098, 0.1, 0.1, 0.1),
    }  # fmt: skip
    given = FREE | {"slippage": 0.001, "amount": 500.0}
    result, state = play("triangle", given, books)
    assert "was not finished" in state["said"][-1]["words"]
    assert result.skipped["no_cash"] >= 1
    assert result.final_equity == pytest.approx(500 + 500 * 100 / 101)


@pytest.mark.parametrize("seed", range(4))
def test_on_any_walk_the_money_adds_up(seed: int) -> None:
    btc, eth = walk(seed, 300, 0.003), walk(seed + 50, 300, 0.003)
    chance = np.random.default_rng(seed)
    ratio = eth.close / btc.close * np.exp(chance.normal(0, 0.01, 300))
    cross = make_candles("1m", btc.open_time_ms, *[ratio] * 4, btc.volume)
    costs = Costs(fee_rate=0.001)
    given = FREE | {"fee": 0.001, "amount": 400.0}
    result, state = play("triangle", given, {BTC: btc, ETH: eth, CROSS: cross}, costs=costs)
    assert state["rounds"] > 5
    assert sum(trade.pnl for trade in result.trades) == pytest.approx(
        result.final_equity - 1000, abs=1e-6
    )
    assert result.equity[-1] == pytest.approx(result.final_equity)


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"cross": "SOL/BTC"}, "cross", "are no triangle"),
        ({"cross": BTC}, "cross", "are no triangle"),
        ({"second": BTC}, "cross", "are no triangle"),
        ({"second": "ETH/EUR"}, "cross", "are no triangle"),
        ({"first": "bitcoin"}, "cross", "are no triangle"),
        ({"amount": 5000.0}, "amount", "5,000.00 is more than the 1,000.00"),
        ({"fee": 0.0001}, "fee", "0.010% is less than the 0.100%"),
    ],
)
def test_bad_parameters_are_named(change: dict[str, Any], path: str, words: str) -> None:
    found = faults_of("triangle", FREE | {"fee": 0.001} | change, market=Market(fee=0.001))
    assert words in found[f"params.{path}"]


def test_a_wallet_takes_market_orders_only_and_says_so() -> None:
    candles = walk(1, 5)
    series = Series(BTC, candles, np.empty(0, np.uint8), np.empty(0), NO_RULES.numbers(float), ())
    wallet = Wallet({BTC: series}, "USDT", Costs().numbers(float), {"USDT": 1.0})
    with pytest.raises(BadInput, match="market orders only"):
        wallet.send(BTC, 1, 1.0, kind="limit", price=5.0)
    with pytest.raises(BadInput, match="quantity"):
        wallet.send(BTC, 1, -1.0)
