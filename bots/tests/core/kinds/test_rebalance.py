"""Rebalancing against trades worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.tests.core.trading import BTC
from bots.core.kinds.base import Market
from bots.tests.core.kinds.playing import ETH, faults_of, flat, play, walk
from exchanges.core.costs import Costs

HALVES = {"weights": {BTC: 0.5, ETH: 0.5}, "threshold": 0.1}
MOVED = {BTC: flat(100, 100, 200, 200, 200, 200), ETH: flat(10, 10, 10, 10, 10, 10)}


def trades(result: Any) -> list[tuple[int, str, str, float]]:
    """(candle, symbol, side, quantity)."""
    names = [trade.symbol for trade in result.trades]
    rows = [(f.time_ms, names[f.trade], f.side, f.quantity) for f in result.fills if not f.reason
            or f.reason == "signal"]  # fmt: skip
    start = int(result.open_time_ms[0])
    return sorted((int(ms - start) // 60_000, s, side, round(q, 4)) for ms, s, side, q in rows)


def test_what_rose_is_sold_first_and_what_fell_behind_bought_with_its_money() -> None:
    result, _ = play("rebalance", HALVES, MOVED)
    # 5 BTC and 50 ETH; then 1000 + 500 = 1500, 750 each: 1.25 BTC pay for 25 ETH a close later.
    assert trades(result) == [
        (1, BTC, "buy", 5), (1, ETH, "buy", 50), (3, BTC, "sell", 1.25), (4, ETH, "buy", 25),
    ]  # fmt: skip


def test_money_that_is_there_buys_at_once() -> None:
    given = {"weights": {BTC: 0.5, ETH: 0.25}, "threshold": 0.1}
    result, _ = play("rebalance", given, MOVED)
    # 5 BTC, 25 ETH, 250 cash; 1500: BTC 1000 to 750, ETH 250 to 375 out of the cash.
    assert trades(result)[2:] == [(3, BTC, "sell", 1.25), (3, ETH, "buy", 12.5)]


def test_a_drift_within_the_threshold_is_left_alone() -> None:
    result, _ = play("rebalance", HALVES | {"threshold": 0.2}, MOVED)
    assert len(trades(result)) == 2


def test_by_the_calendar_every_so_many_candles() -> None:
    given = HALVES | {"threshold": 0.0, "every": 3}
    books = {BTC: flat(100, 100, 200, *[200] * 6), ETH: flat(*[10.0] * 9)}
    result, _ = play("rebalance", given, books)
    assert trades(result)[2:] == [(4, BTC, "sell", 1.25), (5, ETH, "buy", 25)]


def test_differences_below_the_smallest_trade_are_left_alone() -> None:
    given = HALVES | {"threshold": 0.0, "every": 1, "trade_min": 300.0}
    result, _ = play("rebalance", given, MOVED)
    assert len(trades(result)) == 2


@pytest.mark.parametrize("seed", range(6))
def test_on_any_walk_nothing_is_bought_without_money(seed: int) -> None:
    given = {"weights": {BTC: 0.6, ETH: 0.4}, "threshold": 0.02, "every": 50 * (seed % 2)}
    books = {BTC: walk(seed), ETH: walk(seed + 100)}
    result, _ = play("rebalance", given, books, costs=Costs(fee_rate=0.001, slippage=0.0005))
    assert len(result.fills) > 6
    assert result.skipped == {}


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        (HALVES | {"threshold": 0.0}, "threshold", "nothing is ever done"),
        ({"weights": {BTC: 0.8, ETH: 0.3}}, "weights", "make 1.1 together"),
        ({"weights": {}}, "weights", "1 to 50 symbols a weight"),
        ({"weights": {BTC: 0.9, ETH: 0.004}}, "trade_min", "smallest part, 4"),
        ({"weights": {BTC: 0.9, ETH: 0.02}}, "weights", "none below 25"),
    ],
)
def test_bad_parameters_are_named(given: dict[str, Any], path: str, words: str) -> None:
    found = faults_of("rebalance", given, market=Market(fee=0.001, notional_min=25.0))
    assert words in found[f"params.{path}"]
