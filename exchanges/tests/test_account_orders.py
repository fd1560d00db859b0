"""Orders by hand on connected accounts: sent once, through unmodified ccxt on a real socket."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.keys import Keys
from exchanges.models import AccountOrder, CredentialDay
from exchanges.services import account_orders, account_sending, halts
from exchanges.tests.credentials import account
from exchanges.tests.gateway.conftest import SPOT, NoLimits, lead_to
from exchanges.tests.gateway.server import Exchange, Fault, binance
from exchanges.tests.gateway.test_outcomes import said
from exchanges.venues import settling
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, NotAllowed

D = Decimal
Status = AccountOrder.Status


@pytest.fixture
def exchange():
    made = Exchange(binance)
    yield made
    made.close()


@pytest.fixture
def connecting(exchange):
    sessions = Sessions("binance", adjust=lead_to(exchange.url, SPOT))

    def connect(_venue: str, keys: Keys, **given: Any) -> Gateway:
        return Gateway(sessions, keys, NoLimits(), account=given["account"])

    return connect


@pytest.fixture
def row(alice, db):
    return account(alice, notional_day_max=D(1000))


STOP = {"type": "stop_loss", "side": "sell", "price": None, "trigger_price": D(95)}


def asked(row, **changes: Any) -> AccountOrder:
    values: dict[str, Any] = {
        "symbol": SPOT, "type": "limit", "side": "buy", "quantity": D("0.1"), "price": D("100.5"),
    }  # fmt: skip
    values |= changes
    return account_orders.request(owner=row.owner, credential_id=row.pk, **values)[0]


def test_an_order_is_written_sent_once_filled_and_counted(row, exchange, connecting) -> None:
    order = asked(row)
    assert (order.status, exchange.seen) == (Status.PENDING, [])
    assert account_sending.send(order_id=order.pk, connecting=connecting) == "open"
    assert account_sending.send(order_id=order.pk, connecting=connecting) == "not pending"
    assert len(exchange.writes) == 1
    assert CredentialDay.objects.get(credential=row).notional == D("10.05")
    exchange.book.fill(order.client_order_id)
    assert account_sending.look(order_id=order.pk, connecting=connecting) == "filled"
    order.refresh_from_db()
    assert (order.filled_quantity, order.venue_order_id) == (D("0.1"), "1000")


def test_an_order_is_taken_back(row, exchange, connecting) -> None:
    order = asked(row)
    account_sending.send(order_id=order.pk, connecting=connecting)
    account_orders.cancel(owner=row.owner, order_id=order.pk)
    assert account_sending.look(order_id=order.pk, connecting=connecting) == "cancelled"
    with pytest.raises(Conflict, match="nothing to cancel"):
        account_orders.cancel(owner=row.owner, order_id=order.pk)


def test_one_that_was_not_sent_yet_is_over_at_once(row, exchange, connecting) -> None:
    order = account_orders.cancel(owner=row.owner, order_id=asked(row).pk)
    assert order.status == Status.CANCELLED
    assert account_sending.send(order_id=order.pk, connecting=connecting) == "not pending"
    assert exchange.seen == []


@pytest.mark.parametrize("effect", [True, False])
def test_a_worker_that_died_while_sending_asks_and_never_sends_again(
    row, exchange, connecting, effect
) -> None:
    order = asked(row)
    AccountOrder.objects.filter(pk=order.pk).update(status="sending", sent_at=clock.now())
    if effect:
        exchange.book.create(
            order.client_order_id, symbol="BTCUSDT", side="BUY", type="LIMIT", quantity="0.1",
            price="100.5",
        )  # fmt: skip
    assert account_sending.look_due() == 0  # it may still be on its way
    with clock.fixed(clock.now_ms() + 31_000):
        assert account_sending.look_due() == 1
        found = account_sending.look(order_id=order.pk, connecting=connecting)
    assert found == ("open" if effect else "rejected")
    assert exchange.writes == []


def test_a_lost_message_is_sent_again(row) -> None:
    asked(row)
    with clock.fixed(clock.now_ms() + 31_000):
        assert account_sending.look_due() == 1


def test_an_answer_that_got_lost_is_asked_for(row, exchange, connecting, monkeypatch) -> None:
    monkeypatch.setattr(settling, "FIRST_WAIT_S", 0.001)
    order = asked(row)
    exchange.faults = [Fault("reset", takes_effect=True)]
    assert account_sending.send(order_id=order.pk, connecting=connecting) == "open"
    assert len(exchange.writes) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (said(400, -2010, "Account has insufficient balance"), "funds do not suffice"),
        (said(401, -2015, "Invalid API-key"), "does not accept the keys"),
    ],
)
def test_what_the_venue_refuses_is_told_and_not_counted(
    row, exchange, connecting, fault, words
) -> None:
    order = asked(row)
    exchange.faults = [fault]
    assert account_sending.send(order_id=order.pk, connecting=connecting) == "rejected"
    order.refresh_from_db()
    assert words in order.detail
    assert CredentialDay.objects.get(credential=row).notional == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quantity": D(20)}, "may send 1000 a day"),
        ({"quantity": D("0.1005")}, "amount step is 0.001"),
    ],
)
def test_our_own_limits_deny_it_before_anything_is_sent(
    row, exchange, connecting, changes, words
) -> None:
    order = asked(row, **changes)
    assert account_sending.send(order_id=order.pk, connecting=connecting) == "denied"
    order.refresh_from_db()
    assert words in order.detail
    assert exchange.writes == []


def test_a_venue_that_takes_no_more_orders_is_not_asked(row, exchange, connecting) -> None:
    gateway = connecting("binance", Keys("k", "s"), account="1")
    known = gateway._caller.market(SPOT)
    known["info"]["filters"] = [{"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 2}]
    states = []
    for _ in range(3):
        order = asked(row)
        states.append(account_sending.send(order_id=order.pk, connecting=connecting))
    assert states == ["open", "open", "denied"]
    order.refresh_from_db()
    assert "allows 2 open orders" in order.detail
    assert len(exchange.writes) == 2


def test_the_switch_stops_it(row, exchange, connecting) -> None:
    order = asked(row)
    halts.stop(owner=row.owner, by="alice")
    halts._read_at_s = float("-inf")
    assert account_sending.send(order_id=order.pk, connecting=connecting) == "denied"
    assert exchange.seen == []
    with pytest.raises(Conflict):
        asked(row)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price": None}, "price"),
        ({"type": "market"}, "price"),
        ({"type": "stop_loss", "price": None}, "trigger_price"),
        ({"type": "iceberg"}, "type"),
        ({"side": "short"}, "side"),
        ({"symbol": "nonsense"}, "symbol"),
        ({"quantity": D("-1")}, "quantity"),
        ({"quantity": D("NaN")}, "quantity"),
        ({"time_in_force": "GTD"}, "time_in_force"),
        ({"target_price": D(120)}, "target_price"),
        ({**STOP, "target_price": D(90)}, "target_price"),
        ({**STOP, "target_price": D("NaN")}, "target_price"),
    ],
)
def test_what_makes_no_sense_names_its_field(row, changes, field) -> None:
    with pytest.raises(BadInput) as refused:
        asked(row, **changes)
    assert field in {one.path for one in refused.value.faults}
    assert not AccountOrder.objects.exists()


def test_a_stop_and_its_target_live_and_end_as_one_order(client, alice, exchange, connecting):
    row = account(alice)
    client.force_login(alice)
    base = f"/api/exchanges/credentials/{row.pk}/orders"
    body = {
        "symbol": SPOT, "type": "stop_loss", "side": "sell", "quantity": "0.1",
        "trigger_price": "95", "target_price": "110",
    }  # fmt: skip
    made = client.post(base, body, content_type="application/json").json()
    assert account_sending.send(order_id=made["id"], connecting=connecting) == "open"
    exchange.book.fill(f"{made['client_order_id']}-t")
    account_sending.look(order_id=made["id"], connecting=connecting)
    told = client.get(f"{base}/{made['id']}").json()
    assert (told["status"], D(told["target_price"])) == ("filled", D(110))
    shown = client.get(f"/exchanges/{row.pk}/holdings/").content.decode()
    assert "95 or 110" in shown and "Target price" in shown
    second = client.post(base, body, content_type="application/json").json()
    account_sending.send(order_id=second["id"], connecting=connecting)
    client.delete(f"{base}/{second['id']}")
    account_sending.look(order_id=second["id"], connecting=connecting)
    assert client.get(f"{base}/{second['id']}").json()["status"] == "cancelled"
    legs = [one["status"] for one in exchange.book.orders.values()]
    assert sorted(legs) == ["CANCELED", "CANCELED", "EXPIRED", "FILLED"]


def test_an_account_that_is_refused_sends_nothing(alice, db) -> None:
    with pytest.raises(NotAllowed):
        asked(account(alice, state="refused"))


def test_the_same_client_order_id_is_the_same_order(row) -> None:
    first = asked(row, client_order_id="mine1")
    assert asked(row, client_order_id="mine1").pk == first.pk
    with pytest.raises(Conflict, match="another order"):
        asked(row, client_order_id="mine1", quantity=D("0.2"))


def test_by_rest_and_by_hand(client, alice, bob, row) -> None:
    client.force_login(alice)
    base = f"/api/exchanges/credentials/{row.pk}/orders"
    body = {"symbol": SPOT, "type": "limit", "side": "buy", "quantity": "0.1", "price": "100.5"}
    made = client.post(base, body, content_type="application/json")
    assert (made.status_code, made.json()["status"]) == (201, "pending")
    wrong = client.post(base, body | {"price": "1e400"}, content_type="application/json")
    assert wrong.status_code == 400
    one = f"{base}/{made.json()['id']}"
    assert client.get(one).json()["symbol"] == SPOT
    assert client.delete(one).status_code == 202
    assert client.get(f"{base}?status=cancelled").json()["count"] == 1
    page = client.post(f"/exchanges/{row.pk}/orders/new/", body)
    assert (page.status_code, AccountOrder.objects.count()) == (302, 2)
    shown = client.post(f"/exchanges/{row.pk}/orders/new/", body | {"price": ""})
    assert shown.status_code == 400
    assert "A limit order needs one." in shown.content.decode()
    client.force_login(bob)
    assert client.get(one).status_code == 404
    assert client.post(f"/exchanges/{row.pk}/orders/new/", body).status_code == 404
