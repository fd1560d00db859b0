"""What the ticket says before an order is sent is what the venue then does, to the last digit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.order_preview import Preview, preview
from exchanges.core.order_types import all_order_types
from exchanges.core.refusals import Refused
from exchanges.core.tickets import Ticket
from exchanges.feed import live
from exchanges.models import Market, Order
from exchanges.selectors import margin, ticket_room, wallets
from exchanges.services import markets
from exchanges.services.paper import catalogue, margins, placing
from exchanges.services.paper import wallets as wallet_services
from exchanges.tests.paper.world import NOW_MS, SPOT, SWAP, D, PaperWorld, fund

ETH = "ETH/USDT:USDT"
ISOLATED, CROSS = {"margin_mode": "isolated"}, {"margin_mode": "cross"}
ZERO = Decimal(0)


@pytest.fixture
def market(world: PaperWorld) -> PaperWorld:
    """Beside BTC a second contract; both books have thin best levels."""
    spot = markets.ensure(venue=world.venue, symbol="ETH/USDT")
    steps = {"price_step": D("0.01"), "amount_step": D("0.001"), "amount_min": D("0.001")}
    Market.objects.filter(pk=spot.pk).update(**steps)
    markets.ensure_perpetual(Market.objects.get(pk=spot.pk))
    catalogue.forget()
    batch = live.LiveBatch(world.venue)
    batch.aliases = {"ETH/USDT": (ETH,)}
    batch.ticker("ETH/USDT", {"symbol": "ETH/USDT", "last": 50.0})
    book = {"bids": [[49.99, 1000]], "asks": [[50.01, 1000]], "time": NOW_MS}
    batch.orderbook("ETH/USDT", book)
    batch.flush(NOW_MS)
    return world


def told(world: PaperWorld, owner: Any, ticket: Ticket) -> Preview:
    market = Market.objects.get(venue=world.venue, symbol=ticket.symbol)
    kind = all_order_types()[ticket.type]
    found = preview(ticket, kind, ticket_room.room_of(owner, market))
    assert found is not None
    return found


# side, fields. The asks are 5 at 100.1, 10 at 100.2, then 101; the bids mirror them.
SPOT_ORDERS: list[tuple[str, dict[str, Any]]] = [
    ("buy", {"quantity": "3"}),
    ("buy", {"quantity": "17.123"}),
    ("sell", {"quantity": "1.999"}),
    ("buy", {"amount_quote": "1234.56"}),
    ("sell", {"amount_quote": "123.45"}),
    ("buy", {"quantity": "7", "type": "limit", "price": "100.1", "time_in_force": "IOC"}),
    ("buy", {"quantity": "5", "type": "limit", "price": "100.1", "time_in_force": "FOK"}),
    ("buy", {"quantity": "6", "type": "limit", "price": "105"}),
]


@pytest.mark.parametrize(("side", "fields"), SPOT_ORDERS)
def test_spot_cost_and_fee(
    market: PaperWorld, rich_alice: Any, side: str, fields: dict[str, Any]
) -> None:
    fund(rich_alice, spot=0, futures=0, btc=2)
    ticket = market.ticket(SPOT, side, **fields)
    found = told(market, rich_alice, ticket)
    before = {one.asset: one.total for one in wallets.owned(rich_alice)}
    order = placing.place(owner=rich_alice, ticket=ticket).order
    after = {one.asset: one.total for one in wallets.owned(rich_alice)}
    assert (order.filled_quote, order.fee) == (found.cost, found.fee)
    assert not found.lacks
    way = 1 if side == "buy" else -1
    assert before["USDT"] - after["USDT"] == way * found.cost + found.fee
    assert found.is_short == (order.status == "expired")


@pytest.mark.parametrize("price", ["100.1", "90"])
def test_a_limit_order_costs_that_once_all_of_it_has_filled(
    market: PaperWorld, rich_alice: Any, price: str
) -> None:
    ticket = market.ticket(SPOT, "buy", type="limit", quantity="8", price=price)
    found = told(market, rich_alice, ticket)
    order = placing.place(owner=rich_alice, ticket=ticket).order
    market.move(float(price) - 5)
    order.refresh_from_db()
    assert order.status == "filled"
    assert (order.filled_quote, order.fee) == (found.cost, found.fee)


# What there is before, the order, its leverage and mode.
CONTRACTS: list[tuple[str, list[tuple[str, dict[str, Any]]], str, dict[str, Any]]] = [
    ("a long", [], "buy", {"quantity": "7", "leverage": 20}),
    ("a short", [], "sell", {"quantity": "7", "leverage": 20}),
    ("a large one, in a higher tier", [], "buy", {"quantity": "700", "leverage": 100}),
    ("adding", [("buy", {"quantity": "3", "leverage": 10})], "buy", {"quantity": "9"}),
    ("adding to a short", [("sell", {"quantity": "3", "leverage": 7})], "sell", {"quantity": "9"}),
    ("turning", [("buy", {"quantity": "3", "leverage": 10})], "sell", {"quantity": "8"}),
    ("turning back", [("sell", {"quantity": "6", "leverage": 10})], "buy", {"quantity": "11"}),
    (
        "adding at a lower leverage",
        [("buy", {"quantity": "3", "leverage": 10})],
        "buy",
        {"quantity": "2", "leverage": 4},
    ),
    (
        "adding at a higher leverage",
        [("buy", {"quantity": "3", "leverage": 10})],
        "buy",
        {"quantity": "2", "leverage": 40},
    ),
    ("nothing borrowed", [], "buy", {"quantity": "7", "leverage": 1}),
    (
        "a limit order that takes",
        [],
        "buy",
        {"quantity": "7", "leverage": 20, "type": "limit", "price": "100.5"},
    ),
]
# Its mode, and that of another contract's position. An isolated one stands by itself.
SCENES = [(ISOLATED, None), (CROSS, None), (CROSS, CROSS), (CROSS, ISOLATED)]


@pytest.mark.parametrize(("mode", "other"), SCENES)
@pytest.mark.parametrize(
    ("why", "before", "side", "fields"), CONTRACTS, ids=[one[0] for one in CONTRACTS]
)
def test_margin_fee_and_liquidation_of_a_contract(
    market: PaperWorld,
    rich_alice: Any,
    mode: dict[str, str],
    other: dict[str, str] | None,
    why: str,
    before: list[tuple[str, dict[str, Any]]],
    side: str,
    fields: dict[str, Any],
) -> None:
    wallet_services.deposit(owner=rich_alice, asset="USDT", amount=D(5_000), wallet="futures")
    if other is not None:
        market.place(rich_alice, ETH, "sell", quantity="20", leverage=10, **other)
    for way, first in before:
        market.place(rich_alice, SWAP, way, **{**first, **mode})
    ticket = market.ticket(SWAP, side, **({} if before else mode), **fields)
    found = told(market, rich_alice, ticket)
    cash, locked = margin.cash_of(rich_alice), margin_of(market, rich_alice)
    order = placing.place(owner=rich_alice, ticket=ticket).order
    held = market.position(rich_alice)
    assert held is not None
    assert (order.filled_quote, order.fee) == (found.cost, found.fee)
    assert margin.rounded(found.liquidation) == held.liquidation_price
    if mode is ISOLATED and not before:
        assert held.margin - locked == found.margin
        assert cash - margin.cash_of(rich_alice) == found.margin + found.fee
    assert found.closes == sum(
        (fill.quantity for fill in order.fills.all() if fill.realised_pnl), ZERO
    )


def margin_of(world: PaperWorld, owner: Any) -> Decimal:
    held = world.position(owner)
    return held.margin if held else ZERO


def test_a_cross_liquidation_price_is_where_the_account_is_liquidated(
    market: PaperWorld, rich_alice: Any
) -> None:
    ticket = market.ticket(SWAP, "buy", quantity="400", leverage=10, **CROSS)
    found = told(market, rich_alice, ticket)
    assert found.liquidation is not None
    placing.place(owner=rich_alice, ticket=ticket)
    market.move(float(found.liquidation) + 0.05)
    assert market.position(rich_alice) is not None
    market.move(float(found.liquidation) - 0.05)
    assert market.position(rich_alice) is None


# What is needed and not a digit more: with it the order is taken, with the smallest unit less not.
NEEDS: list[tuple[str, str, dict[str, Any]]] = [
    (SPOT, "buy", {"quantity": "17"}),
    (SPOT, "buy", {"quantity": "8", "type": "limit", "price": "90"}),
    (SPOT, "buy", {"quantity": "8", "type": "stop_loss", "trigger_price": "110"}),
    (SPOT, "buy", {"quantity": "8", "type": "trailing_stop", "callback_rate": "0.013"}),
    (SWAP, "buy", {"quantity": "17", "leverage": 20, **ISOLATED}),
    (SWAP, "sell", {"quantity": "17", "leverage": 20, **CROSS}),
    (SWAP, "buy", {"quantity": "8", "leverage": 20, "type": "limit", "price": "90", **ISOLATED}),
]


@pytest.mark.parametrize(("symbol", "side", "fields"), NEEDS)
def test_what_it_needs_is_exact(
    market: PaperWorld, rich_alice: Any, symbol: str, side: str, fields: dict[str, Any]
) -> None:
    ticket = market.ticket(symbol, side, **fields)
    needs = told(market, rich_alice, ticket).needs
    there, back = ("spot", "futures") if symbol == SPOT else ("futures", "spot")
    least = D("0.000000000000000001")

    def leave(amount: Decimal) -> None:
        has = wallets.owned_of(rich_alice, "USDT")
        now = has.free if there == "spot" else has.futures
        way = (there, back) if now > amount else (back, there)
        wallet_services.transfer(
            owner=rich_alice, asset="USDT", amount=abs(now - amount), source=way[0], target=way[1]
        )

    leave(needs - least)
    assert told(market, rich_alice, ticket).lacks
    with pytest.raises(Refused):
        placing.place(owner=rich_alice, ticket=ticket)
    leave(needs)
    assert not told(market, rich_alice, ticket).lacks
    assert isinstance(placing.place(owner=rich_alice, ticket=ticket).order, Order)


def test_a_position_that_outgrows_its_leverage_is_named(
    market: PaperWorld, rich_alice: Any
) -> None:
    ticket = market.ticket(SWAP, "buy", quantity="600", leverage=125, **ISOLATED)
    assert told(market, rich_alice, ticket).cap == 50_000
    with pytest.raises(Refused, match="may be worth 50000"):
        placing.place(owner=rich_alice, ticket=ticket)
    margins.set_leverage(owner=rich_alice, venue=market.venue, symbol=SWAP, leverage=100)
    fits = market.ticket(SWAP, "buy", quantity="600")
    assert told(market, rich_alice, fits).cap is None
