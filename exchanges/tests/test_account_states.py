"""What a stream tells of an account, on its page: piece by piece, beside the hourly reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from exchanges.core.account_records import Balance, VenuePosition
from exchanges.core.account_stream import (
    AccountBalance,
    AccountFill,
    AccountOrder,
    AccountPosition,
    CaughtUp,
    FillsTold,
)
from exchanges.core.orders import OrderStatus
from exchanges.models import AccountHoldings, AccountTrade, TradesTold
from exchanges.models import AccountOrder as Order
from exchanges.services import (
    account_asking,
    account_booking,
    account_states,
    account_streaming,
)
from exchanges.tests.credentials import account
from exchanges.tests.gateway.conftest import SPOT, SWAP
from exchanges.tests.test_account_orders import asked
from foundation.edge import publish
from foundation.lib import clock

LONG = AccountPosition(SWAP, "long", D("0.5"), D(100), D(3))
NOTHING: dict[str, Any] = dict.fromkeys(("mark_price", "liquidation_price"))


@pytest.fixture
def row(alice, db):
    return account(alice, venue="bybit")


@pytest.fixture
def frames(monkeypatch):
    told: list[Any] = []
    monkeypatch.setattr(publish, "to_users", told.extend)
    return told


def told(row: Any, *events: Any) -> AccountHoldings:
    account_streaming.book(credential_id=row.pk, events=events)
    return AccountHoldings.objects.get(pk=row.pk)


def read(row: Any, *positions: VenuePosition, seconds_ago: int = 0) -> None:
    began_at = clock.now() - timedelta(seconds=seconds_ago)
    balances = [Balance("USDT", D(900), D(100))]
    account_states.store(row, balances, list(positions), [], began_at=began_at)


def known(quantity: str) -> VenuePosition:
    return VenuePosition(
        SWAP, D(quantity), D(90), unrealised_pnl=D(1), leverage=D(5), margin_mode="cross", **NOTHING
    )


def order(status: OrderStatus, filled: str = "0", **changes: Any) -> AccountOrder:
    columns: dict[str, Any] = {
        "quantity": D("0.1"), "side": "buy", "type": "limit", "price": D("100.5"),
    }  # fmt: skip
    return AccountOrder(SPOT, "77", "", status, D(filled), 1_000, **columns | changes)


def test_a_position_changes_and_keeps_what_only_a_reading_tells(row, frames) -> None:
    read(row, known("0.4"))
    held = told(row, LONG)
    assert [(one["quantity"], one["leverage"]) for one in held.positions] == [("0.5", "5")]
    assert held.value == D(1003)
    assert ("positions", "account_position") in {
        (channel, one["kind"]) for _, channel, one in frames
    }
    short = AccountPosition(SWAP, "short", D("0.2"), D(110), D(-1))
    held = told(row, short)
    assert sorted(one["quantity"] for one in held.positions) == ["-0.2", "0.5"]
    held = told(row, AccountPosition(SWAP, "both", D(0), D(0), D(0)))
    assert (held.positions, held.value) == ([], D(1000))


def test_what_is_not_there_any_more_is_gone_when_all_was_told(row, frames) -> None:
    read(row, known("0.4"))
    told(row, AccountBalance("ETH", D(2), D(0)), order(OrderStatus.OPEN))
    whole = CaughtUp(1, (AccountBalance("USDT", D(50), D(0)),), (), (), (SPOT,))
    held = told(row, whole)
    assert [one["asset"] for one in held.balances] == ["USDT"]
    assert (held.positions, held.orders, held.is_live) == ([], [], True)
    kept = told(row, CaughtUp(2, None, None, (), ()))
    assert [one["asset"] for one in kept.balances] == ["USDT"]


def test_open_orders_come_change_and_go(row, frames) -> None:
    held = told(row, order(OrderStatus.OPEN, trigger_price=D(99)))
    assert [(one["price"], one["filled"]) for one in held.orders] == [("100.5", "0")]
    held = told(row, order(OrderStatus.PARTIALLY_FILLED, "0.04", side="", price=None))
    assert [(o["side"], o["price"], o["filled"]) for o in held.orders] == [("buy", "100.5", "0.04")]
    assert told(row, order(OrderStatus.CANCELLED, "0.04")).orders == []


@pytest.mark.parametrize(("seconds_ago", "quantity"), [(10, "0.5"), (-10, "0.4")])
def test_a_reading_that_began_before_the_stream_told_is_the_older_word(
    row, frames, seconds_ago, quantity
) -> None:
    told(row, LONG)
    read(row, known("0.4"), seconds_ago=seconds_ago)
    held = AccountHoldings.objects.get(pk=row.pk)
    assert [one["quantity"] for one in held.positions] == [quantity]
    assert held.read_at is not None


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (AccountOrder(SPOT, "77", "", OrderStatus.OPEN, D(0), 1_000), {"orders"}),
        (AccountBalance("USDT", D(50), D(0)), {"balances"}),
        (LONG, {"positions"}),
        (CaughtUp(1, None, None, (), ()), {"orders"}),
        (CaughtUp(1, (AccountBalance("USDT", D(50), D(0)),), (LONG,), (), ()),
         {"balances", "positions", "orders"}),
    ],
)  # fmt: skip
def test_a_reading_gives_way_only_in_what_the_stream_told_of(row, frames, event, kept) -> None:
    before = told(row, event)
    read(row, known("0.4"), seconds_ago=10)
    held = AccountHoldings.objects.get(pk=row.pk)
    assert (held.balances[0]["total"] == "1000") == ("balances" not in kept)
    assert (held.positions[0]["quantity"] == "0.4") == ("positions" not in kept)
    assert (held.orders == before.orders) == ("orders" in kept or not before.orders)


def fill(number: int, quantity: str = "0.04") -> AccountFill:
    return AccountFill(
        SPOT, str(number), "77", "", "buy", D(100), D(quantity), D("0.01"), "USDT", False, number
    )


def test_our_order_follows_and_an_older_word_does_not_lead_it_back(row, frames) -> None:
    mine = asked(row)
    Order.objects.filter(pk=mine.pk).update(status="open", venue_order_id="77")
    told(row, fill(1), order(OrderStatus.PARTIALLY_FILLED, "0.04"))
    told(row, order(OrderStatus.OPEN), fill(1))
    mine.refresh_from_db()
    assert (mine.status, mine.filled_quantity) == ("partially_filled", D("0.04"))
    assert mine.filled_quote == D(4)
    assert AccountTrade.objects.filter(credential=row).count() == 1
    told(row, order(OrderStatus.CANCELLED, "0.04"))
    told(row, order(OrderStatus.OPEN))
    mine.refresh_from_db()
    assert mine.status == "cancelled"
    kinds = [one["status"] for _, channel, one in frames if one["kind"] == "account_order"]
    assert kinds == ["partially_filled", "cancelled"]


def test_a_bot_hears_of_its_fill_and_of_its_order(row, frames, monkeypatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(account_booking, "tell_bot", lambda one: heard.append(one.wallet))
    mine = asked(row, wallet="bot:5")
    Order.objects.filter(pk=mine.pk).update(status="open", venue_order_id="77")
    told(row, order(OrderStatus.PARTIALLY_FILLED, "0.04"))
    assert heard == ["bot:5"]
    told(row, fill(1))  # the execution came after its order's new state
    assert heard == ["bot:5", "bot:5"]
    told(row, fill(1), order(OrderStatus.PARTIALLY_FILLED, "0.04"))
    assert len(heard) == 2


def test_a_stop_that_went_off_is_looked_at_not_taken_for_filled(row, frames, monkeypatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(
        account_streaming, "enqueue", lambda _name, **given: looked.append(given["order_id"])
    )
    mine = asked(row, type="stop_limit", trigger_price=D(99))
    Order.objects.filter(pk=mine.pk).update(status="open", venue_order_id="77")
    told(row, order(OrderStatus.FILLED, trigger_price=D(99)))
    mine.refresh_from_db()
    assert (mine.status, looked) == ("open", [mine.pk])


@pytest.mark.parametrize("leg", ["-s", "-t"])
@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.PARTIALLY_FILLED])
def test_a_word_on_one_leg_of_a_pair_has_both_looked_at(
    alice, frames, monkeypatch, leg, status
) -> None:
    """The leg that did not trade ends as cancelled: that is not how the pair ended."""
    looked: list[int] = []
    monkeypatch.setattr(
        account_streaming, "enqueue", lambda _name, **given: looked.append(given["order_id"])
    )
    row = account(alice, venue="binance")
    prices = {"price": None, "trigger_price": D(95), "target_price": D(110)}
    mine = asked(row, type="stop_loss", side="sell", **prices)
    Order.objects.filter(pk=mine.pk).update(status="open", venue_order_id="70")
    one = replace(order(status, "0", side="sell"), client_order_id=f"{mine.client_order_id}{leg}")
    told(row, one)
    mine.refresh_from_db()
    assert (mine.status, looked) == ("open", [mine.pk])


def test_progress_is_kept_for_markets_that_a_reading_began_with(row, frames, monkeypatch) -> None:
    readings: list[Any] = []
    monkeypatch.setattr(account_asking, "ask", lambda **given: readings.append(given))
    TradesTold.objects.create(credential=row, symbol=SPOT, until_ms=5)
    account_streaming.book(credential_id=row.pk, events=[FillsTold(SPOT, 9), FillsTold(SWAP, 9)])
    assert list(TradesTold.objects.values_list("symbol", "until_ms")) == [(SPOT, 9)]
    assert readings == [{"credential": row}]


def test_all_of_it_is_booked_or_nothing(row, frames, monkeypatch) -> None:
    TradesTold.objects.create(credential=row, symbol=SPOT, until_ms=5)

    def breaks(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(account_states, "change", breaks)
    with pytest.raises(OSError, match="disk is full"):
        told(row, fill(1), FillsTold(SPOT, 9), LONG)
    assert not AccountTrade.objects.exists()
    assert TradesTold.objects.get().until_ms == 5


def test_the_page_says_that_it_is_live_and_shows_what_came(client, alice, row, frames) -> None:
    balances = (AccountBalance("USDT", D(50), D(0)),)
    told(row, CaughtUp(1, balances, (LONG,), (order(OrderStatus.OPEN),), (SPOT,)))
    client.force_login(alice)
    page = client.get(f"/exchanges/{row.pk}/holdings/").content.decode()
    is_live = '"stat-note">live'
    for words in (is_live, SWAP, "0.5", 'data-channel="positions"', 'data-channel="wallet"'):
        assert words in page
    account_states.silent(row.pk)
    assert is_live not in client.get(f"/exchanges/{row.pk}/holdings/").content.decode()
