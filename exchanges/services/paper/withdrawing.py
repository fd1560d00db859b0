"""Taking orders back, on an open desk: by their owner, for a list, with a position, before a
liquidation."""

from __future__ import annotations

from exchanges.core.orders import OrderStatus
from exchanges.models import Order
from exchanges.models.order import FUTURES_WALLET, WORKING_STATUSES
from exchanges.services.paper.desk import Desk


def withdraw(
    desk: Desk, order: Order, why: str, status: OrderStatus = OrderStatus.CANCELLED
) -> None:
    """Nothing more is filled of it; what it held is free again."""
    desk.step(order, status, why)


def working(desk: Desk, owner_id: int, **only: object) -> list[Order]:
    """A user's working orders as this desk knows them, oldest first."""
    rows = Order.objects.working().by_hand().filter(owner_id=owner_id, **only).order_by("pk")
    known = {row.pk: row for row in desk.orders.values() if row.pk}
    found = [known.get(row.pk, row) for row in rows]
    return [row for row in found if row.status in WORKING_STATUSES]


def withdraw_all(
    desk: Desk, owner_id: int, symbol: str | None, why: str, *, reducing: bool = False, **only: str
) -> list[Order]:
    """A user's contract orders, on one market or on all; reducing: only those that close."""
    only |= {"wallet": FUTURES_WALLET} | ({"symbol": symbol} if symbol else {})
    rows = working(desk, owner_id, **only)
    gone = [row for row in rows if not reducing or row.reduce_only or row.close_position]
    for row in gone:
        withdraw(desk, row, why)
    return gone


def siblings(desk: Desk, order: Order) -> list[Order]:
    """The other working orders of the same list, those that this desk has just made included."""
    if order.list_id is None:
        return []
    rows = working(desk, order.owner_id, list_id=order.list_id)
    made = (row for row in desk.new_orders if row.list_id == order.list_id and not row.pk)
    rows += [row for row in made if row.status in WORKING_STATUSES]
    return [row for row in rows if row is not order and (row.pk is None or row.pk != order.pk)]


def withdraw_siblings(desk: Desk, order: Order, why: str, *, entry_too: bool = True) -> list[Order]:
    """One order of a list ends the others. A bracket's entry ends none: they protect its fills."""
    if order.is_entry:
        return []
    gone = [row for row in siblings(desk, order) if entry_too or not row.is_entry]
    for row in gone:
        withdraw(desk, row, why)
    return gone
