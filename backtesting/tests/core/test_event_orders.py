"""What each kind of order does in a candle, on prices written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backtesting.core.events.run_bot import run_bot
from backtesting.tests.core.trading import BTC, FREE, Prices, Script, minutes, play, table
from bots.core.engine.orders import BUY, SELL, Bracket, Order, Status
from bots.core.engine.view import View
from exchanges.core.costs import Costs
from foundation.lib.errors import BadInput

FLAT = (100.0, 100.0, 100.0, 100.0)
Steps = dict[int, Callable[[View], Any]]


def order(side: int, quantity: float | None = None, **how: Any) -> Callable[[View], Order]:
    return lambda view: view.send(BTC, side, quantity, **how)


def both(*steps: Callable[[View], Any]) -> Callable[[View], Any]:
    return lambda view: [step(view) for step in steps]


CASES: dict[str, tuple[Steps, Prices, list[tuple[Any, ...]]]] = {
    "a market order fills at the next open": (
        {0: order(BUY, 1.0), 1: order(SELL, 0.25), 2: order(SELL, reduce_only=True)},
        [FLAT, (101, 105, 100, 104), (103, 104, 100, 101), (99, 99, 98, 98), FLAT],
        [(1, "buy", 101, 1, ""), (2, "sell", 103, 0.25, "signal"), (3, "sell", 99, 0.75, "signal")],
    ),
    "an amount is what the fill costs": (
        {0: order(BUY, amount=500.0)},
        [FLAT, (125, 125, 125, 125), FLAT],
        [(1, "buy", 125, 4, ""), (2, "sell", 100, 4, "end_of_data")],
    ),
    "a bracket is live in the candle of the entry, and the stop comes first": (
        {0: order(BUY, 1.0, bracket=Bracket(stop_loss=0.02, take_profit=0.02))},
        [FLAT, (100, 103, 97, 100), FLAT],
        [(1, "buy", 100, 1, ""), (1, "sell", 98, 1, "stop_loss")],
    ),
    "a bracket scales out, the nearest part first": (
        {
            0: order(
                BUY, 1.0, bracket=Bracket(take_profit=0.05, scale_out=((0.01, 0.5, 0.0),))
            )
        },
        [FLAT, (100, 106, 100, 105), FLAT],
        [
            (1, "buy", 100, 1, ""), (1, "sell", 101, 0.5, "take_profit"),
            (1, "sell", 105, 0.5, "take_profit"),
        ],
    ),
    "an addition nearer than the stop is filled before it": (
        {
            0: order(BUY, 1.0),
            1: both(
                order(SELL, kind="stop", price=95.0, reduce_only=True),
                order(BUY, 1.0, kind="limit", price=97.0),
            ),
        },
        [FLAT, FLAT, (100, 101, 90, 92), FLAT],
        [
            (1, "buy", 100, 1, ""), (2, "buy", 97, 1, ""), (2, "sell", 95, 2, "stop_loss"),
        ],
    ),
    "a stop nearer than the addition ends what was to grow with the position": (
        {
            0: order(BUY, 1.0),
            1: both(
                order(SELL, kind="stop", price=98.0, reduce_only=True),
                order(BUY, 1.0, kind="limit", price=97.0, with_position=True),
            ),
        },
        [FLAT, FLAT, (100, 101, 90, 92), FLAT],
        [(1, "buy", 100, 1, ""), (2, "sell", 98, 1, "stop_loss")],
    ),
    "of two that exclude each other the second is gone once one has filled": (
        {
            0: order(BUY, 2.0),
            1: both(
                order(SELL, 1.0, kind="take_profit", price=105.0, reduce_only=True, oco="a"),
                order(SELL, 1.0, kind="stop", price=95.0, reduce_only=True, oco="a"),
            ),
        },
        [FLAT, FLAT, (100, 105, 99, 104), (104, 104, 90, 91), FLAT],
        [
            (1, "buy", 100, 2, ""), (2, "sell", 105, 1, "take_profit"),
            (4, "sell", 100, 1, "end_of_data"),
        ],
    ),
    "a trailing stop follows the best price of the candles before": (
        {0: order(BUY, 1.0), 1: order(SELL, kind="trailing_stop", trail=0.1, reduce_only=True)},
        [FLAT, FLAT, (100, 120, 100, 119), (119, 130, 107, 110), FLAT],
        [(1, "buy", 100, 1, ""), (3, "sell", 108, 1, "trailing_stop")],
    ),
    "an order expires after so many candles": (
        {0: order(BUY, 1.0, kind="limit", price=98.0, expires_after=2)},
        [FLAT, (100, 100, 98, 99), FLAT, (100, 100, 90, 95), FLAT],
        [],
    ),
    "what was bought within a candle is sold at its high only where it closes there": (
        {
            0: order(BUY, 1.0),
            1: both(
                order(BUY, 1.0, kind="limit", price=98.0),
                order(SELL, 2.0, kind="limit", price=102.0),
            ),
        },
        [FLAT, FLAT, (100, 103, 97, 99), FLAT],
        [
            (1, "buy", 100, 1, ""), (2, "buy", 98, 1, ""), (2, "sell", 102, 1, "take_profit"),
            (3, "sell", 100, 1, "end_of_data"),
        ],
    ),
    "a stop order may open a position": (
        {0: order(BUY, 1.0, kind="stop", price=102.0)},
        [FLAT, (100, 101, 99, 101), (101, 104, 101, 103), FLAT],
        [(2, "buy", 102, 1, ""), (3, "sell", 100, 1, "end_of_data")],
    ),
    "spot sells only what it holds": (
        {0: both(order(SELL, 1.0), order(SELL, 1.0, kind="limit", price=101.0))},
        [FLAT, (100, 110, 100, 100), FLAT],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_fills(name: str) -> None:
    steps, rows, expected = CASES[name]
    assert table(play(Script(steps), rows)) == expected


def test_contracts_turn_from_long_to_short_at_once() -> None:
    rows = [FLAT, FLAT, (110, 110, 110, 110), (105, 105, 105, 105), FLAT]
    steps = {0: order(BUY, 1.0), 1: order(SELL, 3.0)}
    result = play(Script(steps), rows, contracts=True)
    assert [(one.side, one.quantity, one.pnl) for one in result.trades] == [
        ("long", 1.0, 10.0),
        ("short", 2.0, 20.0),
    ]
    assert result.final_equity == 1030.0


def test_orders_against_each_other_at_one_open_leave_the_difference() -> None:
    steps = {0: both(order(BUY, 3.0), order(SELL, 1.0))}
    expected = [
        (1, "buy", 100, 3, ""),
        (1, "sell", 100, 1, "signal"),
        (2, "sell", 100, 2, "end_of_data"),
    ]
    assert table(play(Script(steps), [FLAT] * 3)) == expected


def test_a_large_reversal_first_closes_over_several_candles() -> None:
    costs = Costs(fee_rate=0.0, slippage_model="volume_share", price_impact=0.0, volume_limit=0.005)
    steps = {0: order(BUY, 5.0), 1: order(BUY, 4.0), 2: order(SELL, 11.0)}
    result = play(Script(steps), [FLAT] * 6, costs=costs, contracts=True, cash=5000.0)
    assert [fill[:4] for fill in table(result)] == [
        (1, "buy", 100, 5), (2, "buy", 100, 4), (3, "sell", 100, 5), (4, "sell", 100, 4),
        (4, "sell", 100, 1), (5, "buy", 100, 1),
    ]  # fmt: skip


def test_leverage_is_liquidated_before_a_lower_stop() -> None:
    costs = Costs(fee_rate=0.0, liquidation_fee_rate=0.0)
    steps = {0: order(BUY, 50.0, bracket=Bracket(stop_loss=0.2))}
    rows = [FLAT, (100, 100, 70, 75), (75, 75, 75, 75)]
    result = play(Script(steps), rows, costs=costs, contracts=True, leverage=10)
    assert [trade.exit_reason for trade in result.trades] == ["liquidation"]
    # Margin 500 + 50 x (P - 100) = 0.004 x 50 x P, at the lowest tier's rate.
    assert result.trades[0].exit_price == pytest.approx(4500 / (50 * 0.996))
    assert result.final_equity == pytest.approx(500)


def test_what_the_cash_does_not_pay_for_is_refused() -> None:
    sent: list[Order] = []
    steps = {0: lambda view: sent.append(view.send(BTC, BUY, 10.5))}
    result = play(Script(steps), [FLAT, FLAT, FLAT])
    assert sent[0].status is Status.REFUSED
    assert result.skipped == {"no_cash": 1} and not len(result.columns)


def test_a_large_market_exit_takes_several_candles() -> None:
    costs = Costs(fee_rate=0.0, slippage_model="volume_share", price_impact=0.0, volume_limit=0.005)
    steps = {0: order(BUY, 5.0), 1: order(BUY, 4.0), 2: order(SELL, reduce_only=True)}
    result = play(Script(steps), [FLAT] * 6, costs=costs)
    assert [fill[:4:3] for fill in table(result)] == [(1, 5), (2, 4), (3, 5), (4, 4)]
    assert {trade.exit_reason for trade in result.trades} == {"signal"}


def test_a_bot_sees_no_later_candle_and_changes_none() -> None:
    seen: list[tuple[int, float]] = []

    def look(view: View) -> None:
        past = view.candles(BTC)
        seen.append((len(past.close), float(past.close[-1])))
        whole = past.close.base
        assert whole is not None and np.isnan(np.asarray(whole)[3, len(past.close) :]).all()
        with pytest.raises(ValueError, match="read-only"):
            past.close[0] = 1.0

    rows = [(100.0 + k, 101.0 + k, 99.0 + k, 100.5 + k) for k in range(3)]
    play(Script({0: look, 1: look, 2: look}), rows)
    assert seen == [(1, 100.5), (2, 101.5), (3, 102.5)]


def test_an_order_that_makes_no_sense_names_its_fields() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"quantity": -1.0}, "quantity"),
        ({"quantity": 1.0, "amount": 2.0}, "amount"),
        ({}, "quantity"),
        ({"quantity": 1.0, "kind": "iceberg"}, "kind"),
        ({"quantity": 1.0, "kind": "limit"}, "price"),
        ({"quantity": 1.0, "price": 5.0}, "price"),
        ({"quantity": 1.0, "kind": "trailing_stop", "trail": 2.0}, "trail"),
        ({"quantity": 1.0, "bracket": Bracket(stop_loss=1.5)}, "bracket.stop_loss"),
        ({"quantity": float("nan")}, "quantity"),
    ]

    def send(view: View) -> None:
        for how, field in wrong:
            with pytest.raises(BadInput, match=field):
                view.send(BTC, BUY, **how)
        with pytest.raises(BadInput, match="ETH/USDT"):
            view.send("ETH/USDT", BUY, 1.0)

    play(Script({0: send}), [FLAT, FLAT])
    with pytest.raises(BadInput, match="leverage"):
        run_bot(Script({}), {BTC: minutes([FLAT])}, cash=1.0, costs=FREE, leverage=3)
