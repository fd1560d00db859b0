"""A suspended user's resting orders: what could open something is taken back, the rest protects."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditLog
from accounts.services import roles
from exchanges.models import AccountOrder, Order
from exchanges.services import account_orders
from exchanges.services.suspending import take_back_entries
from exchanges.tests.credentials import account
from exchanges.tests.paper.world import SWAP, D, PaperWorld

pytestmark = pytest.mark.django_db


def at_exchange(row: Any, status: str, **changes: Any) -> AccountOrder:
    values = {
        "symbol": "BTC/USDT", "type": "limit", "side": "buy", "quantity": D("0.1"),
        "price": D("100.5"), **changes,
    }  # fmt: skip
    order, _ = account_orders.request(owner=row.owner, credential_id=row.pk, **values)
    AccountOrder.objects.filter(pk=order.pk).update(status=status)
    return order


def test_on_paper_entries_go_and_protection_stays(
    world: PaperWorld, rich_alice: Any, rich_bob: Any
) -> None:
    world.place(rich_alice, quantity="2")
    world.place(rich_alice, SWAP, quantity="1", stop_loss_price="80")
    resting = {"type": "limit", "quantity": "1"}
    gone = [
        world.place(rich_alice, price="90", **resting),
        world.place(rich_alice, SWAP, price="90", **resting),
        world.place(rich_alice, SWAP, "sell", price="120", **resting),
    ]
    kept = [
        world.place(rich_alice, side="sell", price="110", **resting),
        world.place(rich_alice, SWAP, "sell", price="110", reduce_only=True, **resting),
        Order.objects.get(owner=rich_alice, leg="exit"),
        world.place(rich_bob, price="90", **resting),
    ]
    assert take_back_entries() == 0
    roles.suspend(user=rich_alice, by=None)
    assert take_back_entries() == 3
    status = dict(Order.objects.values_list("pk", "status"))
    assert {status[order.pk] for order in gone} == {"cancelled"}
    assert {status[order.pk] for order in kept} == {"open"}
    assert take_back_entries() == 0


def test_at_exchanges_as_well(alice: Any, bob: Any) -> None:
    mine, other = account(alice), account(bob)
    unsent, resting = at_exchange(mine, "pending"), at_exchange(mine, "open")
    sale = at_exchange(mine, "open", side="sell")
    bobs = at_exchange(other, "open")
    roles.suspend(user=alice, by=None)
    assert take_back_entries() == 2
    for order in (unsent, resting, sale, bobs):
        order.refresh_from_db()
    assert unsent.status == "cancelled"
    assert resting.cancel_asked_at is not None
    assert (sale.cancel_asked_at, bobs.cancel_asked_at) == (None, None)
    acts = AuditLog.objects.filter(action="order.cancelled")
    assert {one.actor_id for one in acts} == {None}, "it was not the owner"
    assert take_back_entries() == 0, "asked for once"
