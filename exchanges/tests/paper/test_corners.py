"""Corners of orders and positions in which money or a promise was lost."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.core.refusals import DuplicateClientOrderId, Refused
from exchanges.core.tickets import Pair
from exchanges.models import Market, Order
from exchanges.selectors import audit, margin
from exchanges.services.paper import catalogue, closing, margins, placing, wallets, working
from exchanges.tests.paper.world import SPOT, SWAP, D, PaperWorld, fund
from foundation.edge import channels
from foundation.lib.errors import TryLater
from foundation.lib.redis_client import client as redis_client

pytestmark = pytest.mark.django_db
LEVELS = {"stop_loss_price": "95", "take_profit_price": "120"}


def change_market(world: PaperWorld, symbol: str = SWAP, **values: Any) -> None:
    Market.objects.filter(venue=world.venue, symbol=symbol).update(**values)
    catalogue.forget()


def protection(owner: Any) -> set[tuple[str, str]]:
    return set(Order.objects.filter(owner=owner, leg="exit").values_list("type", "status"))


def oco(world: PaperWorld, name: str = "", other: str = "", price: str = "105") -> Pair:
    shared = {"side": "sell", "quantity": "1"}
    limit = world.ticket(type="limit", price=price, client_order_id=name, **shared)
    stop = world.ticket(type="stop_loss", trigger_price="95", client_order_id=other, **shared)
    return Pair(limit=limit, stop=stop)


# --- names and repeated requests


def test_entries_with_long_names_alike_both_get_their_protection(
    world: PaperWorld, rich_alice: Any
) -> None:
    for end in "12":
        name = "b" * 35 + end
        world.place(rich_alice, quantity="1", client_order_id=name, **LEVELS)
    assert Order.objects.filter(leg="exit", status="open").count() == 4


def test_the_two_orders_of_a_pair_cannot_have_one_name(world: PaperWorld, alice: Any) -> None:
    fund(alice, btc=2)
    with pytest.raises(DuplicateClientOrderId) as caught:
        placing.place_pair(owner=alice, pair=oco(world, "x", "x"))
    assert caught.value.faults[0].path == "client_order_id"


def test_an_amount_sent_twice_is_one_order(world: PaperWorld, rich_alice: Any) -> None:
    ticket = world.ticket(amount_quote="50", client_order_id="once")
    first, second = (placing.place(owner=rich_alice, ticket=ticket) for _ in range(2))
    assert (first.order.pk, second.is_new) == (second.order.pk, False)
    with pytest.raises(DuplicateClientOrderId):
        world.place(rich_alice, amount_quote="51", client_order_id="once")


def test_a_repeated_order_is_answered_whatever_the_price_does_meanwhile(
    world: PaperWorld, rich_alice: Any
) -> None:
    ticket = world.ticket(SWAP, quantity="1", client_order_id="once", stop_loss_price="95")
    first = placing.place(owner=rich_alice, ticket=ticket)
    world.price, world.bids, world.asks = 94, [[93.9, 9]], [[94.1, 9]]
    world.show()
    assert placing.place(owner=rich_alice, ticket=ticket).order.pk == first.order.pk
    redis_client().delete(channels.market_key(world.venue, SPOT))
    assert placing.place(owner=rich_alice, ticket=ticket).order.pk == first.order.pk


# --- pairs and brackets


def test_a_pair_whose_limit_would_trade_at_once_is_refused(world: PaperWorld, alice: Any) -> None:
    fund(alice, btc=2)
    world.bids, world.asks = [[101, 5]], [[101.1, 5]]  # the book has left the last price behind
    world.show()
    with pytest.raises(Refused) as caught:
        placing.place_pair(owner=alice, pair=oco(world, price="100.5"))
    assert caught.value.code == "would_take"
    assert not Order.objects.exists()


def test_a_bracket_is_measured_at_the_trigger_of_its_entry(
    world: PaperWorld, rich_alice: Any
) -> None:
    entry = {"type": "stop_loss", "trigger_price": "110", "quantity": "1"}
    with pytest.raises(Refused) as caught:
        world.place(rich_alice, SWAP, **entry, take_profit_price="105")
    assert caught.value.faults[0].path == "take_profit_price"
    world.place(rich_alice, SWAP, **entry, stop_loss_price="105", take_profit_price="120")
    world.move(109)
    world.move(110)
    assert protection(rich_alice) == {("stop_loss", "open"), ("take_profit", "open")}


def test_an_entry_cannot_be_moved_below_its_own_stop(world: PaperWorld, rich_alice: Any) -> None:
    entry = world.place(rich_alice, type="limit", price="99", quantity="1", **LEVELS)
    with pytest.raises(Refused) as caught:
        working.amend(owner=rich_alice, order_id=entry.pk, price=D(94))
    assert caught.value.faults[0].path == "stop_loss_price"


def test_setting_one_level_keeps_the_other_one_of_a_bracket(
    world: PaperWorld, rich_alice: Any, client: Any
) -> None:
    world.place(rich_alice, SWAP, quantity="1", stop_loss_price="95")
    held = world.position(rich_alice)
    assert held is not None
    client.force_login(rich_alice)
    address, body = f"/api/positions/{held.pk}/tp-sl", {"take_profit_price": "120"}
    answer = client.put(address, body, content_type="application/json").json()
    assert (answer["stop_price"], answer["take_profit_price"]) == ("95", "120")
    working_now = Order.objects.filter(status="open").values_list("type", "trigger_price")
    assert set(working_now) == {("stop_loss", D(95)), ("take_profit", D(120))}


def test_a_position_shows_the_levels_that_its_orders_have(
    world: PaperWorld, rich_alice: Any
) -> None:
    def levels() -> tuple[Any, Any]:
        held = world.position(rich_alice)
        assert held is not None
        return held.stop_price, held.take_profit_price

    world.place(rich_alice, SWAP, quantity="1", **LEVELS)
    assert levels() == (95, 120)
    stop = Order.objects.get(type="stop_loss")
    working.amend(owner=rich_alice, order_id=stop.pk, trigger_price=D(96))
    assert levels() == (96, 120)
    working.cancel(owner=rich_alice, order_id=stop.pk)
    assert levels() == (None, None)
    world.place(rich_alice, SWAP, "sell", type="stop_loss", trigger_price="90", close_position=True)
    assert levels() == (90, None)


def test_a_bracket_that_only_reduces_a_position_brings_nothing_along(
    world: PaperWorld, rich_alice: Any
) -> None:
    world.place(rich_alice, SWAP, quantity="2")
    world.bids = [[99.9, 1.5], [99.5, 5]]
    world.show()
    levels = {"stop_loss_price": "110", "take_profit_price": "90"}
    entry = world.place(
        rich_alice, SWAP, "sell", type="limit", price="99.9", quantity="3", **levels
    )
    held = world.position(rich_alice)
    assert held is not None and (entry.filled_quantity, held.quantity) == (D("1.5"), D("0.5"))
    assert (protection(rich_alice), held.stop_price) == (set(), None)
    world.move(100.1)  # the rest turns the position round: now there is something to protect
    held = world.position(rich_alice)
    assert held is not None and (held.side, held.stop_price) == ("short", 110)
    assert protection(rich_alice) == {("stop_loss", "open"), ("take_profit", "open")}


# --- positions that turn round, losses that are limited


def test_orders_that_closed_the_old_position_go_when_it_turns_round(
    world: PaperWorld, rich_alice: Any
) -> None:
    world.place(rich_alice, SWAP, quantity="1", **LEVELS)
    world.place(rich_alice, SWAP, "sell", quantity="2")
    assert protection(rich_alice) == {("stop_loss", "cancelled"), ("take_profit", "cancelled")}


@pytest.mark.parametrize("margin_mode", ["isolated", "cross"])
def test_what_closing_sets_free_pays_for_turning_round(
    world: PaperWorld, alice: Any, margin_mode: str
) -> None:
    fund(alice, futures=100)
    margins.set_margin_mode(owner=alice, venue=world.venue, symbol=SWAP, margin_mode=margin_mode)
    world.bids, world.asks = [[99.9, 1000]], [[100.1, 1000]]
    world.show()
    world.place(alice, SWAP, quantity="9")
    with pytest.raises(Refused):
        world.place(alice, SWAP, "sell", quantity="20")
    world.place(alice, SWAP, "sell", quantity="17.5")
    held = world.position(alice)
    assert held is not None and (held.side, held.quantity) == ("short", D("8.5"))
    assert margin.futures_account(alice).spare >= 0
    assert audit.faults() == []


@pytest.mark.parametrize("margin_mode", ["isolated", "cross"])
def test_a_loss_beyond_the_margin_is_not_told_as_the_owners(
    world: PaperWorld, alice: Any, margin_mode: str
) -> None:
    fund(alice, futures=30)
    margins.set_terms(
        owner=alice, venue=world.venue, symbol=SWAP, leverage=20, margin_mode=margin_mode
    )
    world.place(alice, SWAP, quantity="5")
    world.bids = [[80, 1000]]  # nobody buys for more
    world.show()
    held = world.position(alice)
    assert held is not None
    closing.close(owner=alice, position_id=held.pk)
    held.refresh_from_db()
    assert held.realised_pnl == margin.cash_of(alice) - 30


def test_a_fill_or_kill_order_that_can_only_be_cut_is_killed(
    world: PaperWorld, rich_alice: Any
) -> None:
    world.place(rich_alice, SWAP, quantity="2")
    terms = {"trigger_price": "98", "price": "97", "quantity": "2", "reduce_only": True}
    order = world.place(rich_alice, SWAP, "sell", type="stop_limit", time_in_force="FOK", **terms)
    world.place(rich_alice, SWAP, "sell", quantity="1")
    world.move(98)
    order.refresh_from_db()
    assert (order.status, order.filled_quantity) == ("expired", 0)


# --- margin


def test_cross_losses_beyond_the_rest_of_the_wallet_count_against_what_orders_keep(
    world: PaperWorld, alice: Any
) -> None:
    other = Market.objects.create(
        venue=world.venue, symbol="X/USDT:USDT", base="X", quote="USDT", kind="swap",
        feed_symbol=SPOT,
    )  # fmt: skip
    catalogue.forget()
    fund(alice, futures=200)
    margins.set_margin_mode(owner=alice, venue=world.venue, symbol=SWAP, margin_mode="cross")
    world.place(alice, SWAP, quantity="10")
    order = world.place(alice, other.symbol, type="limit", price="95", quantity="9")
    world.move(91.5)
    order.refresh_from_db()
    assert (order.status, order.filled_quantity) == ("expired", 0)
    assert audit.faults() == []


def test_a_new_leverage_is_that_of_waiting_orders_too(world: PaperWorld, alice: Any) -> None:
    fund(alice, futures=100)
    order = world.place(alice, SWAP, type="limit", price="99", quantity="5")
    with pytest.raises(Refused) as caught:
        margins.set_leverage(owner=alice, venue=world.venue, symbol=SWAP, leverage=2)
    assert caught.value.code == "insufficient_margin"
    margins.set_leverage(owner=alice, venue=world.venue, symbol=SWAP, leverage=6)
    order.refresh_from_db()
    assert order.held == D("82.599")  # 5 x 99 / 6, and the maker's fee
    world.move(98)
    order.refresh_from_db()
    assert order.status == "filled"


def test_a_leverage_that_an_admin_took_away_opens_nothing(
    world: PaperWorld, rich_alice: Any
) -> None:
    margins.set_leverage(owner=rich_alice, venue=world.venue, symbol=SWAP, leverage=125)
    change_market(world, leverage_tiers=[["1000000", "0.01", "50"]])
    with pytest.raises(Refused) as caught:
        world.place(rich_alice, SWAP, quantity="1")
    assert caught.value.code == "leverage_cap"


def test_margin_cannot_leave_a_cross_account_whose_losses_are_not_known(
    world: PaperWorld, alice: Any
) -> None:
    fund(alice, futures=100)
    margins.set_margin_mode(owner=alice, venue=world.venue, symbol=SWAP, margin_mode="cross")
    world.place(alice, SWAP, quantity="2")
    redis_client().delete(channels.market_key(world.venue, SPOT))
    with pytest.raises(TryLater):
        wallets.transfer(owner=alice, asset="USDT", amount=D(50), source="futures", target="spot")


# --- markets


def test_a_position_in_a_market_that_an_admin_closed_can_be_closed(
    world: PaperWorld, rich_alice: Any
) -> None:
    world.place(rich_alice, SWAP, quantity="1")
    change_market(world, is_active=False)
    with pytest.raises(Refused) as caught:
        world.place(rich_alice, SWAP, quantity="1")
    assert caught.value.code == "unknown_symbol"
    wallets.reset(owner=rich_alice)
    assert world.position(rich_alice) is None


def test_an_amount_buys_where_no_steps_are_known(world: PaperWorld, rich_alice: Any) -> None:
    change_market(world, SPOT, amount_step=None, price_step=None, amount_min=None)
    order = world.place(rich_alice, amount_quote="70")
    assert D("69.99999") < order.filled_quote + order.fee <= 70
    assert audit.faults() == []
