"""Kinds at the desk of a connected account: what they ask for is taken there, too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backtesting.tests.core.playing import MINUTE_MS, START_MS
from backtesting.tests.core.trading import BTC, minutes
from bots.core.account_view import AccountView
from bots.core.kinds import KINDS
from bots.core.kinds.base import read
from bots.core.sub_account import Executed, SubAccount
from bots.tests.core.kinds.playing import at_minute, flat
from exchanges.core.market import MarketRules

RULES = MarketRules(
    price_step=Decimal("0.01"), amount_step=Decimal("0.0001"), notional_min=Decimal(5),
    fee_taker=Decimal("0.001"),
)  # fmt: skip


class Told:
    """A fill of an account's order; the venue takes its fee in coins."""

    def __init__(self, order: Any, price: float, quantity: float) -> None:
        self.order, self.symbol, self.side = order, order.symbol, order.side
        self.price, self.quantity, self.fee = price, quantity, 0.0
        self.reason, self.time_ms = "", 0


class Account:
    """Closes one after the other; orders are filled at a price when the test says so."""

    def __init__(self, name: str, given: dict[str, Any]) -> None:
        values, faults = read(KINDS[name], given, allocation=Decimal(1000))
        assert faults == []
        self.trader: Any = KINDS[name].make(values)
        self.part, self.closes, self.working = SubAccount(Decimal(1000)), [100.0], []
        self.may_open = True

    def close(self, price: float, event: dict[str, Any] | None = None) -> list[Any]:
        """The orders that work after this close."""
        self.closes.append(price)
        candles = minutes(flat(*self.closes))
        time_ms = START_MS + MINUTE_MS * (len(self.closes) - 1)
        view = AccountView(time_ms, self.part, {BTC: candles}, {BTC: RULES}, self.working)
        view.may_open = self.may_open
        for told in getattr(self, "told", []):
            self.trader.on_fill(view, told)
        self.told: list[Told] = []
        if event:
            self.trader.on_event(view, event)
        self.trader.on_candle(view)
        self.working = [one for one in (*self.working, *view.asked) if one.is_open]
        return self.working

    def fill(self, order: Any, price: float) -> None:
        quantity, side = order.quantity, order.side
        fee = quantity * Decimal("0.001") if side > 0 else Decimal(0)
        self.part.take(Executed(BTC, side, Decimal(str(price)), quantity, Decimal(0), fee))
        self.working.remove(order)
        self.told.append(Told(order, price, float(quantity)))


def test_safety_orders_rest_though_they_cost_all_that_is_left() -> None:
    given = {
        "base_amount": 400.0, "safety_amount": 300.0, "safety_count": 2, "deviation": 0.1,
        "stop_loss": 0.5,
    }  # fmt: skip
    account = Account("dca", given)
    (base,) = account.close(100)
    account.fill(base, 100)
    resting = account.close(100)
    assert [float(one.price_exact) for one in resting] == [90.0, 80.0]
    assert account.close(100) == resting  # nothing is sent twice
    account.fill(resting[0], 90)
    (left,) = account.close(90)
    assert left.tag == "2" and account.trader.said == []
    # Whatever the average becomes, the stop stays at half of the base price.
    average = float(account.part.holdings[BTC].entry_price)
    assert average * (1 - resting[0].bracket.stop_loss) == pytest.approx(50, rel=1e-3)


def test_a_grid_counts_on_no_coins_that_the_venue_took_for_a_fee() -> None:
    account = Account("grid", {"spacing": "arithmetic", "lower": 90.0, "upper": 110.0, "levels": 3})
    assert {order.tag for order in account.close(99)} == {"start", "buy 0"}
    for _ in range(30):
        for one in list(account.working):
            account.fill(one, float(one.price_exact or 100))
        account.close(100)
    coins = sum(cell["coins"] for cell in account.trader.cells)
    held = account.part.holdings[BTC].quantity
    assert coins <= float(held) + 1e-9
    assert account.part.oversold == {}
    assert account.working


@pytest.mark.parametrize("name", ["signal", "copy"])
def test_purchases_on_their_way_are_not_spent_twice(name: str) -> None:
    given: dict[str, Any] = {"pyramiding": 3} if name == "signal" else {"leader": 1}
    account = Account(name, given)
    fields = {"action": "buy", "amount": 600, "side": 1, "fraction": 0.6}
    account.close(100, at_minute(1, **fields))
    orders = account.close(100, at_minute(2, **fields))
    worth = sum(float(one.quantity) * 100 for one in orders)
    assert len(orders) == 2 and 990 < worth <= 1000


def test_what_was_refused_while_nothing_might_be_opened_is_sent_again() -> None:
    account = Account("grid", {"spacing": "arithmetic", "lower": 90.0, "upper": 110.0, "levels": 3})
    account.may_open = False
    assert account.close(99) == [] and account.close(99) == []
    account.may_open = True
    assert {order.tag for order in account.close(99)} == {"start", "buy 0"}


def holding(account: Account, price: str, quantity: str) -> None:
    """Coins from before, as after a stop that kept them."""
    account.part.take(Executed(BTC, 1, Decimal(price), Decimal(quantity)))


def test_coins_from_before_are_the_base_order_of_a_deal() -> None:
    given = {
        "base_amount": 100.0, "safety_amount": 100.0, "safety_count": 1, "deviation": 0.1,
        "take_profit": 0.05, "stop_loss": 0.3,
    }  # fmt: skip
    account = Account("dca", given)
    holding(account, "100", "1")
    (safety,) = account.close(98)
    assert (safety.side, safety.price_exact) == (1, Decimal(90))
    assert "is held already" in account.trader.said[0]["words"]
    assert len(account.close(104)) == 1
    sale = account.close(105)[-1]
    assert (sale.side, sale.everything, sale.kind) == (-1, True, "market")
    account = Account("dca", given)
    holding(account, "100", "1")
    account.close(98)
    assert account.close(70)[-1].side == -1  # 30 % below what was paid


def test_coins_from_before_are_spread_over_a_grid() -> None:
    account = Account("grid", {"spacing": "arithmetic", "lower": 90.0, "upper": 110.0, "levels": 5})
    holding(account, "100", "5")
    orders = account.close(101)
    # 500 and five coins: 251.25 a cell. The upper two are full, the third keeps the rest.
    assert sum(cell["coins"] for cell in account.trader.cells) == pytest.approx(5)
    assert {order.tag for order in orders} == {"sell 3", "sell 2", "buy 1", "buy 0"}
    worth = sum(float(one.quantity) for one in orders if one.side < 0)
    assert worth == pytest.approx(2 * 251.25 / 101, abs=1e-3)
    spent = sum(float(one.quantity * one.price_exact) for one in orders if one.side > 0)
    assert spent <= 500


def test_coins_from_before_count_as_one_purchase() -> None:
    account = Account("signal", {"pyramiding": 1})
    holding(account, "100", "1")
    assert account.close(100, at_minute(1, action="buy")) == []
    assert "limit of 1" in account.trader.said[-1]["words"]
