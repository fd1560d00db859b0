"""An order's life: what is wanted, what happened to it, and the table of legal steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class OrderStatus(StrEnum):
    PENDING = "pending"  # written by us, the venue has not answered yet
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"  # refused by the venue
    DENIED = "denied"  # refused by us, never sent


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class Leg(StrEnum):
    """What an order is for; with the bot and the decision time it makes the client order id."""

    ENTRY = "entry"
    EXIT = "exit"
    MANUAL = "manual"  # sold by hand, at any time, beside what the strategy decides


_ALIVE_NEXT = "partially_filled filled cancelled expired"
# status -> statuses it may go to. An edge that is not listed does not exist.
ORDER_TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus(now): frozenset(OrderStatus(status) for status in following.split())
    for now, following in {
        # The first answer may already tell of more than the acceptance it implies.
        "pending": f"open rejected denied {_ALIVE_NEXT}",
        "open": _ALIVE_NEXT,
        "partially_filled": _ALIVE_NEXT,
        "filled": "",
        "cancelled": "",
        "expired": "",
        "rejected": "",
        "denied": "",
    }.items()
}
FINAL = frozenset(status for status, following in ORDER_TRANSITIONS.items() if not following)
WORKING = frozenset(ORDER_TRANSITIONS) - FINAL


class IllegalTransition(ValueError):
    """The step is not in ORDER_TRANSITIONS."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution. fee and price in quote currency; time_ms is when it happened on the market."""

    venue_fill_id: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    time_ms: int
    is_maker: bool = False

    @property
    def amount_quote(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """What a venue (or we, denying) say about an order: its new status, perhaps with a fill."""

    client_order_id: str
    status: OrderStatus
    time_ms: int
    fill: Fill | None = None
    venue_order_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as far as its life is concerned; the row in the database mirrors it."""

    client_order_id: str
    status: OrderStatus = OrderStatus.PENDING
    quantity: Decimal | None = None
    filled_quantity: Decimal = ZERO
    filled_quote: Decimal = ZERO
    fee: Decimal = ZERO
    needs_reconciliation: bool = False

    @property
    def average_price(self) -> Decimal | None:
        """Quote per base, to 12 places: further ones only tell how the fills were rounded."""
        return round(self.filled_quote / self.filled_quantity, 12) if self.filled_quantity else None


def apply(order: OrderState, event: OrderEvent) -> OrderState:
    """The order after the event; IllegalTransition if the table has no such edge.

    A fill after the end (a real venue can report one after a cancel) is money that moved: it is
    booked, the status stays, and the order is flagged for reconciliation. So is an overfill.
    """
    assert order.client_order_id == event.client_order_id, "an event of another order"
    filled = _booked(order, event.fill) if event.fill else order
    if order.status in FINAL and event.fill:
        return replace(filled, needs_reconciliation=True)
    if event.status == order.status:
        return filled
    if event.status not in ORDER_TRANSITIONS[order.status]:
        raise IllegalTransition(f"an order cannot go from {order.status} to {event.status}")
    return replace(filled, status=event.status)


def _booked(order: OrderState, fill: Fill) -> OrderState:
    quantity = order.filled_quantity + fill.quantity
    overfilled = order.quantity is not None and quantity > order.quantity
    return replace(
        order,
        filled_quantity=quantity,
        filled_quote=order.filled_quote + fill.amount_quote,
        fee=order.fee + fill.fee,
        needs_reconciliation=order.needs_reconciliation or overfilled,
    )
