"""Brackets: an entry whose fills are protected by a stop and a target, from the first one on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.models import Order
from exchanges.selectors import audit
from exchanges.services.paper import working
from exchanges.tests.paper.world import SPOT, SWAP, D, PaperWorld, fund

pytestmark = pytest.mark.django_db
LEVELS = {"stop_loss_price": "95", "take_profit_price": "120"}
# The book sells 15 up to 100.2: the other 5 wait.
ENTRY = {"type": "limit", "price": "100.2", "quantity": "20", **LEVELS}


def children(owner: Any) -> dict[str, Order]:
    """Type -> order of what protects."""
    return {row.type: row for row in Order.objects.filter(owner=owner, leg="exit")}


def shape(owner: Any) -> dict[str, tuple[str, Decimal | None, Decimal]]:
    """Type -> state, quantity, held part of what protects."""
    return {kind: (row.status, row.quantity, row.held) for kind, row in children(owner).items()}


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
def test_a_partly_filled_entry_is_protected_from_its_first_fill_on(
    world: PaperWorld, rich_alice: Any, symbol: str
) -> None:
    entry = world.place(rich_alice, symbol, **ENTRY)
    assert (entry.status, entry.filled_quantity) == ("partially_filled", 15)
    assert {kind: row.status for kind, row in children(rich_alice).items()} == {
        "take_profit": "open",
        "stop_loss": "open",
    }
    world.move(100.0)
    entry.refresh_from_db()
    assert (entry.status, entry.filled_quantity) == ("filled", 20)
    assert {row.status for row in children(rich_alice).values()} == {"open"}
    world.move(121)
    assert children(rich_alice)["take_profit"].filled_quantity == 20
    assert children(rich_alice)["stop_loss"].status == "cancelled"
    assert audit.faults() == []


def test_what_protects_coins_grows_with_them(world: PaperWorld, rich_alice: Any) -> None:
    world.place(rich_alice, **ENTRY)
    assert shape(rich_alice) == {"take_profit": ("open", 15, 15), "stop_loss": ("open", 15, 0)}
    world.move(100.0)
    assert shape(rich_alice) == {"take_profit": ("open", 20, 20), "stop_loss": ("open", 20, 0)}
    assert audit.faults() == []


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
def test_cancelling_what_is_left_of_an_entry_keeps_the_protection(
    world: PaperWorld, rich_alice: Any, symbol: str
) -> None:
    entry = world.place(rich_alice, symbol, **ENTRY)
    working.cancel(owner=rich_alice, order_id=entry.pk)
    assert {row.status for row in children(rich_alice).values()} == {"open"}
    world.move(94)
    assert children(rich_alice)["stop_loss"].filled_quantity == 15
    assert audit.faults() == []


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
def test_a_stop_that_fires_ends_what_is_left_of_the_entry(
    world: PaperWorld, rich_alice: Any, symbol: str
) -> None:
    levels = {"stop_loss_price": "95", "take_profit_price": "103"}
    entry = world.place(rich_alice, symbol, **{**ENTRY, **levels})
    world.move(103.5)
    entry.refresh_from_db()
    assert (entry.status, entry.filled_quantity) == ("cancelled", 15)
    assert children(rich_alice)["take_profit"].filled_quantity == 15
    assert audit.faults() == []


def test_cancelling_the_protection_leaves_the_rest_of_the_entry(
    world: PaperWorld, rich_alice: Any
) -> None:
    entry = world.place(rich_alice, **ENTRY)
    working.cancel(owner=rich_alice, order_id=children(rich_alice)["stop_loss"].pk)
    entry.refresh_from_db()
    assert entry.status == "partially_filled"
    assert {row.status for row in children(rich_alice).values()} == {"cancelled"}
    world.move(100.0)
    entry.refresh_from_db()
    assert (entry.status, len(children(rich_alice))) == ("filled", 2)
    assert audit.faults() == []


def test_a_sold_entry_keeps_the_money_to_buy_back_at_its_stop(
    world: PaperWorld, alice: Any
) -> None:
    fund(alice, btc=2)
    levels = {"stop_loss_price": "110", "take_profit_price": "90"}
    world.place(alice, side="sell", quantity="2", **levels)
    need = D(2) * 110 * (1 + D("0.0004"))
    assert shape(alice) == {"take_profit": ("open", 2, need), "stop_loss": ("open", 2, 0)}
    world.move(111)
    assert children(alice)["stop_loss"].filled_quantity == 2
    assert audit.faults() == []


def test_a_sold_entry_of_somebody_poor_buys_back_what_the_money_reaches_for(
    world: PaperWorld, bob: Any
) -> None:
    fund(bob, spot=0, futures=0, btc=2)
    world.place(bob, side="sell", quantity="2", stop_loss_price="110", take_profit_price="90")
    assert children(bob)["take_profit"].held == D("199.8") * (1 - D("0.0004"))
    world.move(111)
    bought = children(bob)["stop_loss"].filled_quantity
    assert D("1.7") < bought < 2
    assert audit.faults() == []
