"""What is asked again before long: what became of an order, and keys that were not taken."""

from __future__ import annotations

import inspect
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import InterfaceError, OperationalError

from exchanges import tasks
from exchanges.core.account_stream import AccountOrder as AccountEvent
from exchanges.core.orders import OrderStatus
from exchanges.models import AccountOrder, ExchangeCredential
from exchanges.services import (
    account_asking,
    account_orders,
    account_reading,
    account_sending,
    account_streaming,
    credential_checks,
)
from exchanges.tests.gateway.server import Fault
from exchanges.tests.gateway.test_outcomes import said
from exchanges.tests.test_account_orders import asked, connecting, exchange, row  # noqa: F401
from foundation.lib import clock

D = Decimal
BUSY = Fault("answer", takes_effect=True, status=503, body="{}")
REFUSED = said(401, -2015, "Invalid API-key, IP, or permissions for action.")


def test_a_cancel_that_was_not_answered_is_asked_about_within_seconds(
    row, exchange, connecting  # noqa: F811
) -> None:  # fmt: skip
    order = asked(row)
    now_ms = clock.now_ms()
    account_sending.send(order_id=order.pk, connecting=connecting)
    with clock.fixed(now_ms + 60_000):
        account_orders.cancel(owner=row.owner, order_id=order.pk)
        exchange.faults = [BUSY]
        assert account_sending.look(order_id=order.pk, connecting=connecting) == "not told"
        assert account_sending.look_due() == 0
    with clock.fixed(now_ms + 71_000):
        assert account_sending.look_due() == 1
        assert account_sending.look(order_id=order.pk, connecting=connecting) == "cancelled"


def test_a_stream_that_tells_it_is_open_does_not_answer_for_the_cancel(
    row, exchange, connecting  # noqa: F811
) -> None:  # fmt: skip
    order = asked(row)
    now_ms = clock.now_ms()
    account_sending.send(order_id=order.pk, connecting=connecting)
    order.refresh_from_db()
    with clock.fixed(now_ms + 60_000):
        account_orders.cancel(owner=row.owner, order_id=order.pk)
        exchange.faults = [Fault("reset")]
        account_sending.look(order_id=order.pk, connecting=connecting)
    told = AccountEvent(
        order.symbol, order.venue_order_id, order.client_order_id, OrderStatus.OPEN, D(0), now_ms
    )
    with clock.fixed(now_ms + 71_000):
        account_streaming.book(credential_id=row.pk, events=[told])
        assert account_sending.look_due() == 1


def test_an_order_that_a_clock_ahead_has_written_is_looked_at_all_the_same(row) -> None:  # noqa: F811
    order = asked(row)
    ahead = clock.now() + timedelta(minutes=10)
    AccountOrder.objects.filter(pk=order.pk).update(status="open", sent_at=ahead, looked_at=ahead)
    assert account_sending.look_due() == 1
    soon = clock.now() + timedelta(seconds=2)
    AccountOrder.objects.filter(pk=order.pk).update(sent_at=soon, looked_at=soon)
    assert account_sending.look_due() == 0


@pytest.mark.parametrize(("minutes", "asks"), [(10, True), (-10, True), (0, False)])
def test_a_reading_that_a_clock_ahead_has_asked_for_is_asked_for_again(
    row,  # noqa: F811
    minutes,
    asks,
) -> None:
    holdings = account_asking.ask(credential=row)
    holdings.asked_at = asked_at = clock.now() + timedelta(minutes=minutes)
    holdings.save()
    assert (account_asking.ask(credential=row).asked_at != asked_at) == asks


@pytest.mark.parametrize(
    ("task", "service", "name"),
    [
        (tasks.read_account, account_reading, "read"),
        (tasks.send_account_order, account_sending, "send"),
        (tasks.look_at_account_order, account_sending, "look"),
        (tasks.check_credential, credential_checks, "check"),
    ],
)
def test_work_that_lost_the_database_is_done_again(monkeypatch, task, service, name) -> None:
    faults: list[Exception] = [OperationalError("the server is gone"), InterfaceError("closed")]
    asked_for: list[dict[str, int]] = []

    def work(**kwargs: int) -> str:
        asked_for.append(kwargs)
        if faults:
            raise faults.pop()
        return "done"

    monkeypatch.setattr(service, name, work)
    (key,) = inspect.signature(task.run).parameters
    task.apply(kwargs={key: 7})
    assert asked_for == [{key: 7}] * 3


def test_an_unknown_send_is_asked_about_again_and_an_old_one_once_a_minute(row) -> None:  # noqa: F811
    order = asked(row)
    AccountOrder.objects.filter(pk=order.pk).update(
        status="sending", sent_at=clock.now(), looked_at=clock.now()
    )
    now_ms = clock.now_ms()
    for later_s, due in ((31, 1), (301, 0), (361, 1)):
        looked_ms = now_ms + (later_s - 11 if later_s != 361 else 300) * 1000
        AccountOrder.objects.filter(pk=order.pk).update(looked_at=clock.from_ms(looked_ms))
        with clock.fixed(now_ms + later_s * 1000):
            assert account_sending.look_due() == due, later_s


@pytest.mark.parametrize("call", ["send", "read"])
def test_keys_that_a_call_found_refused_are_checked_once(
    row, exchange, connecting, call  # noqa: F811
) -> None:  # fmt: skip
    order = asked(row)
    long_ago = clock.now() - timedelta(hours=1)
    ExchangeCredential.objects.filter(pk=row.pk).update(asked_at=long_ago)
    asked_at = []
    for _ in range(2):
        exchange.faults, exchange.read_faults = [REFUSED], [REFUSED]
        if call == "send":
            AccountOrder.objects.filter(pk=order.pk).update(status="pending")
            assert account_sending.send(order_id=order.pk, connecting=connecting) == "rejected"
        else:
            assert account_reading.read(credential_id=row.pk, connecting=connecting) == "failed"
        asked_at.append(ExchangeCredential.objects.get(pk=row.pk).asked_at)
    assert asked_at[0] > long_ago
    assert asked_at[0] == asked_at[1]
