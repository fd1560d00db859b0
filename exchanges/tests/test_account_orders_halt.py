"""The switch that stops all sending, and orders that are to be taken back meanwhile."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.models import AccountOrder, CredentialUse
from exchanges.services import account_orders, account_sending, halts
from exchanges.tests.credentials import account
from exchanges.tests.gateway.conftest import SPOT, NoLimits, lead_to
from exchanges.tests.gateway.server import Exchange, binance
from exchanges.tests.test_account_orders import asked
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions
from foundation.lib.errors import Conflict, NotAllowed

D = Decimal


class Turn(NoLimits):
    """A cancel waits for its turn, and something happens meanwhile."""

    def __init__(self, meanwhile: Any) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def take(self, *_: Any, **__: Any) -> None:
        self.meanwhile()


@pytest.fixture(autouse=True)
def nothing_remembered_of_other_tests():
    halts.forget()
    yield
    halts.forget()


@pytest.fixture
def exchange():
    made = Exchange(binance)
    yield made
    made.close()


@pytest.fixture
def connecting(exchange):
    sessions = Sessions("binance", adjust=lead_to(exchange.url, SPOT))

    def build(pacer: Any = None) -> Any:
        return lambda _venue, keys, **given: Gateway(
            sessions, keys, pacer or NoLimits(), account=given["account"]
        )

    return build


@pytest.fixture
def row(alice, db):
    return account(alice)


def out(row: Any, connecting: Any, **changes: Any) -> AccountOrder:
    """An order that is at the venue."""
    order = asked(row, **changes)
    account_sending.send(order_id=order.pk, connecting=connecting())
    order.refresh_from_db()
    assert order.status == "open"
    return order


def look(order: AccountOrder, connecting: Any) -> str:
    return account_sending.look(order_id=order.pk, connecting=connecting)


def deletes(exchange: Exchange) -> int:
    return sum(method == "DELETE" for method, *_ in exchange.seen)


def test_while_stopped_an_order_to_be_cancelled_is_read_and_not_cancelled(
    row, exchange, connecting
) -> None:
    order = out(row, connecting)
    halts.stop(owner=row.owner, by="alice")
    waiting = account_orders.cancel(owner=row.owner, order_id=order.pk)
    assert "the cancel leaves when it goes on" in waiting.detail
    exchange.book.orders[order.client_order_id] |= {"status": "PARTIALLY_FILLED", "filled": "0.05"}
    assert look(order, connecting()) == "partially_filled"
    assert deletes(exchange) == 0
    exchange.book.fill(order.client_order_id)
    assert look(order, connecting()) == "filled"
    order.refresh_from_db()
    assert (order.filled_quantity, deletes(exchange)) == (D("0.1"), 0)


def test_the_cancel_leaves_when_sending_goes_on(row, exchange, connecting) -> None:
    order = out(row, connecting)
    halts.stop(owner=row.owner, by="alice")
    account_orders.cancel(owner=row.owner, order_id=order.pk)
    assert look(order, connecting()) == "open"
    halts.resume(owner=row.owner, by="alice")
    assert look(order, connecting()) == "cancelled"
    assert deletes(exchange) == 1


def test_its_owner_may_send_one_cancel_all_the_same(row, exchange, connecting) -> None:
    order, other = out(row, connecting), out(row, connecting)
    halts.stop(owner=row.owner, by="alice")
    account_orders.cancel(owner=row.owner, order_id=order.pk, through_halt=True)
    account_orders.cancel(owner=row.owner, order_id=other.pk)
    assert look(order, connecting()) == "cancelled"
    assert look(other, connecting()) == "open"
    assert deletes(exchange) == 1
    with pytest.raises(Conflict):
        asked(row)
    assert CredentialUse.objects.filter(credential_number=row.pk, purpose="cancel").count() == 1


def test_a_cancel_that_waits_for_its_turn_is_stopped_too(row, exchange, connecting) -> None:
    order = out(row, connecting)
    account_orders.cancel(owner=row.owner, order_id=order.pk)
    waiting = connecting(Turn(lambda: halts.stop(owner=row.owner, by="alice")))
    assert look(order, waiting) == "open"
    assert deletes(exchange) == 0


@pytest.mark.parametrize(
    "changes",
    [{"side": "sell"}, {"side": "sell", "type": "stop_limit", "trigger_price": D(99)}],
)
def test_what_closes_or_protects_is_not_cancelled_through_the_stop(
    row, exchange, connecting, changes
) -> None:
    order = out(row, connecting, **changes)
    halts.stop(owner=row.owner, by="alice")
    with pytest.raises(NotAllowed, match="protects or closes"):
        account_orders.cancel(owner=row.owner, order_id=order.pk, through_halt=True)
    order.refresh_from_db()
    assert (order.cancel_asked_at, order.cancel_through_halt) == (None, False)


def test_the_operators_stop_lets_nothing_through(row, exchange, connecting) -> None:
    order, late = out(row, connecting), out(row, connecting)
    halts.stop(owner=row.owner, by="alice")
    account_orders.cancel(owner=row.owner, order_id=late.pk, through_halt=True)
    halts.stop(owner=None, by="the operators")
    with pytest.raises(Conflict, match="operators"):
        account_orders.cancel(owner=row.owner, order_id=order.pk, through_halt=True)
    assert look(late, connecting()) == "open"
    assert deletes(exchange) == 0


def test_by_rest_and_on_the_page(client, alice, row, exchange, connecting) -> None:
    order, other = out(row, connecting), out(row, connecting)
    client.force_login(alice)
    halts.stop(owner=alice, by="alice")
    page = client.get(f"/exchanges/{row.pk}/holdings/").content.decode()
    assert "Cancel all the same" in page
    one = f"/api/exchanges/credentials/{row.pk}/orders/{order.pk}"
    assert client.delete(f"{one}?through_halt=perhaps").status_code == 400
    assert client.delete(f"{one}?through_halt=true").status_code == 202
    url = f"/exchanges/{row.pk}/orders/{other.pk}/cancel/"
    assert client.post(url, {"through_halt": "yes"}).status_code == 302
    for each in (order, other):
        each.refresh_from_db()
        assert each.cancel_through_halt
        assert look(each, connecting()) == "cancelled"
