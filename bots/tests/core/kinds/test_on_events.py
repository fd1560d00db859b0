"""Kinds that act on events: signals, a leader's fills, a script's answers."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.tests.core.playing import START_MS
from backtesting.tests.core.trading import BTC
from bots.core.engine.view import Holds
from bots.core.kinds import KINDS
from bots.tests.core.kinds.playing import Fills, at_minute, fills, flat, play

STILL = flat(*[100] * 8)
Events = list[dict[str, Any]]

SIGNALS: dict[str, tuple[dict[str, Any], Any, Events, Fills]] = {
    "buy puts in the size, close sells all": (
        {"size": 0.5}, STILL, [at_minute(1, action="buy"), at_minute(3, action="close")],
        [(2, "buy", 100, 5, ""), (4, "sell", 100, 5, "signal")],
    ),
    "a signal may say how much": (
        {"pyramiding": 3}, STILL,
        [at_minute(0, action="buy", amount=200), at_minute(1, action="buy", fraction=0.3),
         at_minute(2, action="sell", fraction=0.5), at_minute(3, action="sell", amount=50)],
        [(1, "buy", 100, 2, ""), (2, "buy", 100, 3, ""), (3, "sell", 100, 2.5, "signal"),
         (4, "sell", 100, 0.5, "signal"), (7, "sell", 100, 2, "end_of_data")],
    ),
    "no more purchases than the limit, until all is sold": (
        {"size": 0.2, "pyramiding": 2}, STILL,
        [*(at_minute(k, action="buy") for k in range(3)), at_minute(3, action="sell"),
         at_minute(5, action="buy")],
        [(1, "buy", 100, 2, ""), (2, "buy", 100, 2, ""), (4, "sell", 100, 4, "signal"),
         (6, "buy", 100, 2, ""), (7, "sell", 100, 2, "end_of_data")],
    ),
    "the bracket guards what was bought, from its first candle on": (
        {"stop_loss": 0.05, "take_profit": 0.1},
        [*flat(100), (100, 100, 94, 99), *flat(99), (100, 111, 100, 105), *flat(105, 105)],
        [at_minute(0, action="buy"), at_minute(2, action="buy")],
        [(1, "buy", 100, 10, ""), (1, "sell", 95, 10, "stop_loss"), (3, "buy", 100, 9.5, ""),
         (3, "sell", 110, 9.5, "take_profit")],
    ),
    "the same id twice is one signal": (
        {"size": 0.2, "pyramiding": 5}, STILL,
        [at_minute(0, action="buy"), at_minute(2, action="buy") | {"id": "e0"}],
        [(1, "buy", 100, 2, ""), (7, "sell", 100, 2, "end_of_data")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SIGNALS)
def test_signals(case: str) -> None:
    given, rows, events, expected = SIGNALS[case]
    assert fills(play("signal", given, rows, events=events)[0]) == expected


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"action": "hold"}, "buy, sell, close"),
        ({"action": "buy", "symbol": "DOGE/USDT"}, "DOGE/USDT is not traded here"),
        ({"action": "buy", "symbol": ["x"]}, "not traded here"),
        ({"action": "buy", "amount": -5}, "amount must be a number above 0"),
        ({"action": "buy", "amount": "all"}, "amount must be a number above 0"),
        ({"action": "buy", "fraction": 1.5}, "at most 1"),
        ({"action": "buy", "amount": float("inf")}, "amount must be"),
        ({"action": "sell"}, "nothing to sell"),
        ({"action": "close"}, "nothing to sell"),
        ({"action": "buy", "id": None}, "without an id"),
    ],
)
def test_a_signal_that_is_not_acted_on_is_told(event: dict[str, Any], words: str) -> None:
    result, state = play("signal", {}, STILL, events=[at_minute(1) | event])
    assert result.fills == ()
    assert words in state["said"][-1]["words"]


def copied(candle: int, side: int, fraction: float, **more: Any) -> dict[str, Any]:
    return at_minute(candle, side=side, fraction=fraction, symbol=BTC, **more)


COPIES: dict[str, tuple[dict[str, Any], Events, Fills]] = {
    "the same part of the own equity": (
        {}, [copied(0, 1, 0.4), copied(2, -1, 0.1), copied(4, -1, 0.3, closed=True)],
        [(1, "buy", 100, 4, ""), (3, "sell", 100, 1, "signal"), (5, "sell", 100, 3, "signal")],
    ),
    "at a share, and no more than the largest position": (
        {"share": 2.0, "position_max": 0.5}, [copied(0, 1, 0.2), copied(2, 1, 0.2)],
        [(1, "buy", 100, 4, ""), (3, "buy", 100, 1, ""), (7, "sell", 100, 5, "end_of_data")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COPIES)
def test_copies(case: str) -> None:
    given, events, expected = COPIES[case]
    assert fills(play("copy", {"leader": 7} | given, STILL, events=events)[0]) == expected


def test_a_late_purchase_is_refused_with_its_age() -> None:
    old = copied(0, 1, 0.5)
    old["time_ms"] -= 3_600_001
    result, state = play("copy", {"leader": 7}, STILL, events=[old])
    assert result.fills == ()
    assert "3600 s old; at most 300 s" in state["said"][-1]["words"]


def test_a_late_sale_is_copied() -> None:
    asked: list[Any] = []

    class Held:
        """A desk that holds five, long after the leader has sold."""

        symbols, time_ms, equity, cash = (BTC,), START_MS + 10**9, 1000.0, 500.0
        close = staticmethod(lambda _symbol: 100.0)
        position = staticmethod(lambda _symbol: Holds(1, 5.0, 100.0, 500.0))
        open_orders = staticmethod(lambda _symbol=None: [])

        def send(self, *order: Any, **how: Any) -> None:
            asked.append((*order, how["reduce_only"]))

    trader = KINDS["copy"].make({"leader": 7, "share": 1.0, "position_max": 1.0, "lag_max": 1})
    trader.on_event(Held(), copied(0, -1, 0.1))  # type: ignore[arg-type]
    assert asked == [(BTC, -1, 1.0, True)]


def answer(candle: int, *orders: Any, **more: Any) -> dict[str, Any]:
    return at_minute(candle, orders=list(orders), **more)


def bid(**how: Any) -> dict[str, Any]:
    return {"side": 1, "quantity": 1, "kind": "limit", "price": 99.0, "tag": "a"} | how


def test_a_script_sends_and_withdraws_orders() -> None:
    rows = [*flat(100, 100), (100, 100, 98, 99), *flat(99, 97, 97)]
    events = [
        answer(0, bid(), bid(price=98.0, tag="b"), bid(price=97.5, tag="c")),
        answer(2, {"side": -1, "reduce_only": True, "tag": "out"}, cancels=["b", "c"]),
    ]
    result, _ = play("script", {"script": 1}, rows, events=events)
    assert fills(result) == [(2, "buy", 99, 1, ""), (3, "sell", 99, 1, "signal")]
    left = fills(play("script", {"script": 1}, rows, events=events[:1])[0])
    assert left[1:3] == [(4, "buy", 97, 1, ""), (4, "buy", 97, 1, "")]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (bid(leverage=5), "leverage is not known"),
        (bid(price="99"), "price must be a number"),
        (bid(side=2), "side: must be 1"),
        (bid(side=True), "whole numbers"),
        (bid(kind="iceberg"), "kind: must be one of"),
        (bid(quantity=None), "give a quantity or an amount"),
        (bid(tag="x" * 65), "at most 64 characters"),
        (bid(quantity=6, price=99.0), "it may cost 594.00; at most 500.00 is allowed"),
        (bid(reduce_only="yes"), "true or false"),
        (bid(symbol="X/Y"), "X/Y is not traded here"),
        (bid(bracket={"stop_loss": 2.0}), "bracket.stop_loss"),
        (bid(bracket={"scale_out": []}), "bracket may have"),
        (bid(quantity=float("nan")), "quantity must be a number"),
        ("buy!", "must be an object"),
    ],
)
def test_an_order_of_a_script_that_is_refused_is_told(order: Any, words: str) -> None:
    given = {"script": 1, "amount_max": 500.0}
    result, state = play("script", given, STILL, events=[answer(1, order)])
    assert result.fills == ()
    assert words in state["said"][-1]["words"]


def test_a_script_sends_no_more_orders_at_a_close_than_allowed() -> None:
    orders = [bid(kind="market", price=0, tag=str(k)) for k in range(5)]
    events = [answer(0, *orders), answer(2, *orders[:1])]
    result, state = play("script", {"script": 1, "orders_max": 3}, STILL, events=events)
    assert [fill[0] for fill in fills(result)] == [1, 1, 1, 3, 7]
    assert "more than 3 orders" in state["said"][-1]["words"]
