"""Orders: the row first, then the venue, then the answer."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from exchanges.core import orders as core
from exchanges.core.orders import OrderStatus
from exchanges.models import Order, OrderEvent
from exchanges.services import fills
from exchanges.services.booked import Booked, RulesOf
from exchanges.venues.base import Venue


@transaction.atomic(savepoint=False)
def write(drafts: Sequence[Order]) -> list[Order]:
    """Store orders as pending, each with the first row of its history.

    The caller's transaction holds the decision as well; `send` comes after its commit. A client
    order id that is already there is an error of the database: the same decision, a second time.
    """
    for draft in drafts:
        assert draft.status == OrderStatus.PENDING and not draft.event_count, "a new order"
        draft.event_count = 1
    rows = Order.objects.bulk_create(drafts)
    OrderEvent.objects.bulk_create(
        OrderEvent(order=row, number=1, status=row.status, time_ms=row.decided_at_ms)
        for row in rows
    )
    return rows


@transaction.atomic(savepoint=False)
def send(
    orders: Sequence[Order], venue: Venue, *, rules_of: RulesOf | None = None, ask: bool = False
) -> list[Booked]:
    """Hand committed orders to the venue and book its answers; finished ones are left alone.

    ask: the answer to an earlier attempt may have been lost, so the venue is asked first.
    """
    rows = _locked(orders)
    events = venue.find(rows) if ask else venue.submit(rows)
    return fills.record(events, orders=rows, rules_of=rules_of)


@transaction.atomic(savepoint=False)
def cancel(orders: Sequence[Order], *, at_ms: int, why: str) -> list[Booked]:
    """Take back what has not been filled; finished orders are left alone."""
    rows = _locked(orders)
    events = [
        core.OrderEvent(row.client_order_id, OrderStatus.CANCELLED, at_ms, detail=why)
        for row in rows
    ]
    return fills.record(events, orders=rows)


def _locked(orders: Sequence[Order]) -> list[Order]:
    wanted = Order.objects.working().filter(pk__in=[order.pk for order in orders])
    return list(wanted.order_by("pk").select_for_update())
