"""What could send an order that nobody wants any more, or more than an account may send."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.models import AccountOrder, CredentialDay
from exchanges.selectors import worth
from exchanges.services import account_booking, account_orders, account_sending, halts
from exchanges.tests.credentials import account
from exchanges.tests.gateway.conftest import SPOT, SWAP, NoLimits, lead_to
from exchanges.tests.gateway.server import Exchange, binance
from exchanges.tests.test_account_orders import asked
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions
from exchanges.venues.settling import place_once
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

D = Decimal
Status = AccountOrder.Status


class Waiting(NoLimits):
    """A full budget: something happens while an order waits for room."""

    def __init__(self, meanwhile: Any) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def take(self, account: str, weight: int, priority: Priority, *, order: bool = False) -> None:
        if order:
            self.meanwhile()


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
    return account(alice, notional_day_max=D(1000))


def sent(order: AccountOrder, connect: Any) -> str:
    return account_sending.send(order_id=order.pk, connecting=connect)


def counted(row) -> Decimal:
    return CredentialDay.objects.get(credential=row).notional


def test_a_cancel_while_it_waits_for_its_turn_stops_it(row, exchange, connecting) -> None:
    order = asked(row)
    waiting = Waiting(lambda: account_orders.cancel(owner=row.owner, order_id=order.pk))
    assert sent(order, connecting(waiting)) == "cancelled"
    assert exchange.writes == []
    assert counted(row) == 0


def test_the_switch_stops_what_waits_for_its_turn(row, exchange, connecting) -> None:
    order = asked(row)
    waiting = Waiting(lambda: halts.stop(owner=row.owner, by="alice"))
    assert sent(order, connecting(waiting)) == "denied"
    assert exchange.writes == []
    assert counted(row) == 0


def test_what_was_given_up_for_lost_is_not_sent_any_more(row, exchange, connecting) -> None:
    order = asked(row)

    def look() -> None:
        with clock.fixed(clock.now_ms() + 60_000):
            account_sending.look(order_id=order.pk, connecting=connecting())

    sent(order, connecting(Waiting(look)))
    order.refresh_from_db()
    assert (order.status, exchange.writes) == (Status.REJECTED, [])


def test_what_leaves_now_is_not_given_up_by_a_look_that_began_before(
    row, exchange, connecting
) -> None:
    order = asked(row)
    AccountOrder.objects.filter(pk=order.pk).update(status="sending", sent_at=clock.now())
    order.refresh_from_db()
    with clock.fixed(clock.now_ms() + 60_000):
        account_sending._check_still_wanted(order)  # the worker sends it
        gateway = connecting()("binance", None, account="1")
        assert account_sending._missing(order, gateway) == "sent meanwhile"
    order.refresh_from_db()
    assert order.status == Status.SENDING


def test_a_cancel_during_the_send_is_done_as_soon_as_its_id_is_known(
    row, exchange, connecting, monkeypatch
) -> None:
    order, asked_for = asked(row), []
    place = place_once

    def placed(*given: Any, **named: Any) -> Any:
        found = place(*given, **named)
        account_orders.cancel(owner=row.owner, order_id=order.pk)
        monkeypatch.setattr(
            account_booking, "enqueue", lambda name, **of: asked_for.append((name, of["order_id"]))
        )
        return found

    monkeypatch.setattr(account_sending, "place_once", placed)
    assert sent(order, connecting()) == "open"
    assert asked_for == [(account_orders.LOOK_TASK, order.pk)]
    assert account_sending.look(order_id=order.pk, connecting=connecting()) == "cancelled"


def test_an_order_of_an_hour_ago_is_not_sent_into_another_market(row, exchange, connecting) -> None:
    order = asked(row)
    with clock.fixed(clock.now_ms() + 3_600_000):
        assert account_sending.look_due() == 1
        assert sent(order, connecting()) == "denied"
    order.refresh_from_db()
    assert "within 5 minutes" in order.detail
    assert exchange.seen == []


def test_what_a_filter_denies_does_not_use_up_the_day(row, exchange, connecting) -> None:
    assert sent(asked(row, quantity=D("0.1005")), connecting()) == "denied"
    assert counted(row) == 0


def test_an_unknown_outcome_does_use_up_the_day(row, exchange, connecting, monkeypatch) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise VenueFault("it may have happened", Outcome.UNKNOWN, venue="binance")

    monkeypatch.setattr(account_sending, "place_once", lost)
    assert sent(asked(row), connecting()) == "sending"
    assert counted(row) == D("10.05")


@pytest.fixture
def prices(monkeypatch):
    known = {"USDT": D(1), "BTC": D(50_000), "ETH": D(2_000)}
    monkeypatch.setattr(
        worth, "prices", lambda wanted: {one: known[one] for one in wanted if one in known}
    )
    return known


@pytest.mark.parametrize(
    ("changes", "notional"),
    [
        ({"price": D(100)}, D(10)),  # a buy's limit holds
        ({"side": "sell", "price": D("0.1")}, D(5000)),  # sold at the market's price
        ({"side": "sell", "price": D(60_000)}, D(6000)),
        ({"type": "market", "price": None}, D(5000)),
        ({"type": "stop_loss", "price": None, "trigger_price": D("0.1")}, D(5000)),
        ({"symbol": "ETH/BTC", "price": D("0.04"), "quantity": D(1)}, D(2000)),
        ({"symbol": "ETH/BTC", "type": "market", "price": None, "quantity": D(1)}, D(2000)),
    ],
)
def test_what_counts_against_the_day_is_what_may_be_moved(row, prices, changes, notional) -> None:
    assert asked(row, **changes).notional == notional


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "NEW/USDT", "type": "market", "price": None},
        {"symbol": "NEW/USDT", "side": "sell"},
        {"symbol": "BTC/NEW"},
    ],
)
def test_what_cannot_be_valued_cannot_pass_a_limit(alice, row, prices, changes) -> None:
    with pytest.raises(BadInput, match="no price is known"):
        asked(row, **changes)
    assert asked(account(alice, label="free"), **changes).notional >= 0


def test_a_reference_is_in_the_quote_of_its_market(prices) -> None:
    assert worth.price_of("ETH/BTC") == D("0.04")
    assert worth.price_of("BTC/USDC") == D(50_000)
    assert worth.price_of("BTC/NEW") is None


def test_the_same_id_with_another_time_in_force_is_another_order(row) -> None:
    asked(row, client_order_id="mine1")
    for changes in ({"time_in_force": "IOC"}, {"post_only": True}):
        with pytest.raises(Conflict, match="another order"):
            asked(row, client_order_id="mine1", **changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reduce_only": True}, "reduce_only"),  # on spot: would pass the day's limit
        ({"symbol": SWAP}, "symbol"),
        ({"post_only": True, "time_in_force": "IOC"}, "time_in_force"),
        ({"post_only": True, "type": "stop_limit", "trigger_price": D(99)}, "post_only"),
        ({"quantity": D(10) ** 19, "price": D(10) ** 19}, "quantity"),
    ],
)
def test_by_rest_what_cannot_be_is_a_fault_of_its_field(client, alice, row, changes, field) -> None:
    client.force_login(alice)
    body = {"symbol": SPOT, "type": "limit", "side": "buy", "quantity": "0.1", "price": "100.5"}
    body |= {name: str(one) if isinstance(one, Decimal) else one for name, one in changes.items()}
    url = f"/api/exchanges/credentials/{row.pk}/orders"
    told = client.post(url, body, content_type="application/json")
    assert (told.status_code, field in told.content.decode()) == (400, True)
    assert not AccountOrder.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/api/exchanges/credentials/{pk}/orders?symbol=%00&side=%00",
        "/api/exchanges/credentials/{pk}/orders/99999999999999999999999",
        "/api/exchanges/credentials/99999999999999999999999/orders",
        "/exchanges/99999999999999999999999/holdings/",
        "/exchanges/{pk}/holdings/?page=99999999999999999999999&symbol=%00&side=x",
    ],
)
def test_no_address_breaks_a_page(client, alice, row, path) -> None:
    client.force_login(alice)
    assert client.get(path.format(pk=row.pk)).status_code in (200, 400, 404)


def test_keys_that_open_no_more_are_told_not_raised(row, exchange, connecting, settings) -> None:
    """Somebody changed SECRET_KEY: what was stored under it cannot be read."""
    out, new = asked(row), asked(row)
    AccountOrder.objects.filter(pk=out.pk).update(status="open", sent_at=clock.now())
    settings.SEALED_FIELD_KEYS = [base64.urlsafe_b64encode(b"\x07" * 32).decode()]
    assert sent(new, connecting()) == "denied"
    assert account_sending.look(order_id=out.pk, connecting=connecting()) == "not told"
    new.refresh_from_db()
    assert "enter them anew" in new.detail
    assert exchange.seen == []


def test_admins_see_orders_of_accounts_whose_keys_open_no_more(
    client, admin, row, settings
) -> None:
    client.force_login(admin)
    asked(row)
    settings.SEALED_FIELD_KEYS = [base64.urlsafe_b64encode(b"\x07" * 32).decode()]
    for model in ("accountorder", "accounttrade", "accountholdings", "credentialday"):
        assert client.get(f"/admin/exchanges/{model}/").status_code == 200


def test_an_outage_longer_than_the_venue_remembers_is_no_proof(row, exchange, connecting) -> None:
    order = asked(row)
    long_ago = clock.from_ms(clock.now_ms() - 91 * 86_400_000)
    AccountOrder.objects.filter(pk=order.pk).update(status="sending", sent_at=long_ago)
    assert account_sending.look(order_id=order.pk, connecting=connecting()) == "sending"
    order.refresh_from_db()
    assert "look there what became of it" in order.detail
