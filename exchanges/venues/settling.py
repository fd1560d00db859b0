"""Sending an order so that there is never a second one: what is unknown is asked, not repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from exchanges.core.account_records import OrderTicket, VenueOrder
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.venues.gateway import Gateway

DOUBTFUL = (Outcome.UNKNOWN, Outcome.ALREADY_SENT)
FIRST_WAIT_S, WAIT_S_MAX = 0.5, 4.0
PATIENCE_S = 45  # longer windows are left to whoever looks at the order later
PASSING = (Outcome.TRANSIENT, Outcome.RATE_LIMITED, Outcome.CLOCK, Outcome.VENUE_DOWN)


def place_once(
    gateway: Gateway,
    ticket: OrderTicket,
    *,
    priority: Priority = Priority.OPEN,
    reference: Decimal | None = None,
    open_orders: int = 0,
    before: Callable[[], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now_s: Callable[[], float] = time.monotonic,
) -> VenueOrder:
    """The order as the venue has it; VenueFault where it certainly has none, or UNKNOWN.

    UNKNOWN is left where the venue could not be asked until the end of its window, or where that is
    longer than PATIENCE_S.
    """
    try:
        return gateway.place(
            ticket,
            priority=priority,
            reference=reference,
            open_orders=open_orders,
            before=before,
        )
    except VenueFault as fault:
        if fault.outcome not in DOUBTFUL:
            raise
        return settle(gateway, ticket, fault, sleep=sleep, now_s=now_s)


def settle(
    gateway: Gateway,
    ticket: OrderTicket,
    fault: VenueFault,
    *,
    sleep: Callable[[float], None] = time.sleep,
    now_s: Callable[[], float] = time.monotonic,
) -> VenueOrder:
    """Ask by our id until it is found, or until it can no longer arrive (`ambiguous_s`)."""
    waits, window_s = ticket.waits, gateway.trading.ambiguous_s
    until_s, wait_s, was_asked = now_s() + min(window_s, PATIENCE_S), FIRST_WAIT_S, False
    while True:
        is_last = now_s() >= until_s
        try:
            found = gateway.find(
                ticket.symbol, ticket.client_order_id, waits=waits, is_pair=ticket.is_pair
            )
            was_asked = True
        except VenueFault as other:
            if other.outcome not in PASSING:
                raise fault from None  # the question was refused: nothing is known
            found, was_asked = None, False
        if found is not None:
            return found
        if is_last:
            break
        sleep(wait_s)
        wait_s = min(WAIT_S_MAX, 2 * wait_s)
    # An id that is taken is not free because its order is not shown.
    if not was_asked or window_s > PATIENCE_S or fault.outcome is Outcome.ALREADY_SENT:
        raise fault
    words = f"{gateway.capabilities.name} never got the order; it may be sent again with a new id"
    raise VenueFault(words, Outcome.TRANSIENT, venue=fault.venue, venue_code=fault.venue_code)
