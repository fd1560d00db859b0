"""Orders through unmodified ccxt on a real socket, when nothing goes wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.account_records import Balance, OrderTicket
from exchanges.core.orders import OrderStatus, Side
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.tests.gateway.conftest import KEYS, SPOT, SWAP
from foundation.lib.errors import BadInput

VENUES = [("binance", SPOT), ("binanceusdm", SWAP), ("bybit", SWAP)]


def ticket(symbol: str, client_id: str = "ours-1", **changes: Any) -> OrderTicket:
    columns: dict[str, Any] = {"type": "limit", "side": Side.BUY, "price": Decimal("100.5")}
    columns |= {"quantity": Decimal("0.1"), "client_order_id": client_id} | changes
    return OrderTicket(symbol=symbol, **columns)


@pytest.mark.parametrize(("venue", "symbol"), VENUES)
def test_an_order_is_placed_found_changed_and_cancelled(world_of, venue, symbol) -> None:
    world = world_of(venue, symbol)
    placed = world.gateway.place(ticket(symbol))
    assert placed.venue_order_id == "1000"
    found = world.gateway.find(symbol, "ours-1")
    assert found is not None
    assert (found.client_order_id, found.status) == ("ours-1", OrderStatus.OPEN)
    assert (found.quantity, found.price) == (Decimal("0.1"), Decimal("100.5"))
    assert [one.venue_order_id for one in world.gateway.open_orders(symbol)] == ["1000"]
    if world.gateway.trading.amends:
        world.gateway.amend(
            symbol, "1000", side="buy", quantity=Decimal("0.2"), price=Decimal("101")
        )
        changed = world.gateway.find(symbol, "ours-1")
        assert changed is not None
        assert (changed.quantity, changed.price) == (Decimal("0.2"), Decimal("101"))
    world.gateway.cancel(symbol, "1000")
    gone = world.gateway.find(symbol, "ours-1")
    assert gone is not None
    assert gone.status is OrderStatus.CANCELLED


@pytest.mark.parametrize(("venue", "symbol"), VENUES)
def test_an_id_that_the_venue_does_not_know_is_not_found(world_of, venue, symbol) -> None:
    world = world_of(venue, symbol)
    assert world.gateway.find(symbol, "never-sent") is None
    with pytest.raises(VenueFault) as refused:
        world.gateway.cancel(symbol, "77")
    assert refused.value.outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize(("venue", "symbol"), VENUES)
def test_the_same_id_twice_is_told_as_already_sent(world_of, venue, symbol) -> None:
    world = world_of(venue, symbol)
    world.gateway.place(ticket(symbol))
    with pytest.raises(VenueFault) as refused:
        world.gateway.place(ticket(symbol))
    assert refused.value.outcome is Outcome.ALREADY_SENT
    assert len(world.exchange.book.orders) == 1


def test_balances_and_trades_come_in_decimal(world_of) -> None:
    world = world_of("binance", SPOT)
    assert world.gateway.balances() == [Balance("USDT", Decimal("1000.5"), Decimal("9.5"))]
    world.gateway.place(ticket(SPOT))
    world.exchange.book.fill("ours-1")
    (trade,) = world.gateway.trades(SPOT)
    assert (trade.price, trade.quantity, trade.fee) == (
        Decimal("100.5"), Decimal("0.1"), Decimal("0.01"),
    )  # fmt: skip
    assert (trade.fee_asset, trade.venue_fill_id, trade.side) == ("USDT", "1", Side.BUY)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"quantity": Decimal("0.1001")}, "amount", "step is 0.001"),
        ({"quantity": Decimal("0.0005")}, "amount", "at least 0.001"),
        ({"price": Decimal("100.55")}, "price", "step is 0.1"),
        ({"quantity": Decimal("0.01")}, "amount", "notional of at least 5, and this is 1.005"),
        ({"type": "stop_loss_of_mine"}, "type", "has no stop loss of mine orders"),
    ],
)
def test_what_the_venue_would_refuse_is_refused_before_anything_is_sent(
    world_of, changes, field, words
) -> None:
    world = world_of("binanceusdm", SWAP)
    with pytest.raises(BadInput) as refused:
        world.gateway.place(ticket(SWAP, **changes))
    assert words in " ".join(one.message for one in refused.value.faults)
    assert {one.path for one in refused.value.faults} >= {field}
    assert world.exchange.seen == []


@pytest.mark.parametrize(
    ("kind", "columns", "sent"),
    [
        ("market", {"price": None}, {"type": "MARKET"}),
        ("stop_loss", {"price": None, "trigger_price": Decimal(90)}, {"type": "STOP_MARKET"}),
        ("limit", {"post_only": True}, {"timeInForce": "GTX"}),
        ("limit", {"time_in_force": "IOC"}, {"timeInForce": "IOC"}),
        ("limit", {"reduce_only": True}, {"reduceOnly": "true"}),
    ],
)
def test_what_an_order_is_reaches_the_venue(world_of, kind, columns, sent) -> None:
    world = world_of("binanceusdm", SWAP)
    try:
        world.gateway.place(ticket(SWAP, type=kind, **columns), reference=Decimal(100))
    except VenueFault:
        assert kind == "stop_loss"  # this small exchange has no place for it
    (_, _, given) = world.exchange.writes[-1]
    assert {name: given.get(name) for name in sent} == sent


def test_calls_ask_for_room_first_and_orders_count_as_orders(world_of) -> None:
    world = world_of("binance", SPOT)
    world.gateway.place(ticket(SPOT), priority=Priority.CLOSE)
    world.gateway.cancel(SPOT, "1000")
    assert [(one[0], one[2], one[3]) for one in world.pacer.taken[-2:]] == [
        ("7", Priority.CLOSE, True),
        ("7", Priority.PROTECT, False),
    ]


def test_keys_are_nowhere_once_the_call_is_over(world_of) -> None:
    world = world_of("binance", SPOT)
    world.gateway.place(ticket(SPOT))
    with world.gateway._sessions.lend(None) as (exchange, _):
        held = repr(vars(exchange))
    for word in KEYS.words():
        assert word not in held
        assert word not in repr(world.gateway)
        assert word not in repr(KEYS)
