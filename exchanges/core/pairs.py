"""A stop and a target that sell the same: one trades and the other is gone.

A venue either keeps both as one order, or as a list of two; a list is told here as one order, too.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from exchanges.core.account_records import VenueOrder
from exchanges.core.orders import FINAL, OrderStatus

STOP_LEG, TARGET_LEG = "-s", "-t"


def leg_ids(client_order_id: str) -> tuple[str, str]:
    """(of the stop, of the target): ours, so that either is found after any crash."""
    return f"{client_order_id}{STOP_LEG}", f"{client_order_id}{TARGET_LEG}"


def whole_id(client_order_id: str) -> str:
    """Of the pair that a leg belongs to; any other id as it is."""
    return client_order_id.removesuffix(STOP_LEG).removesuffix(TARGET_LEG)


def together(
    stop: VenueOrder | None, target: VenueOrder | None, client_order_id: str
) -> VenueOrder | None:
    """Both legs as one order; None: the venue shows neither.

    The leg that traded lends its id, by which its executions are known. While one leg works, or is
    not shown yet, the pair works; once both are over, the one that traded says how it ended.
    """
    legs = [one for one in (stop, target) if one is not None]
    if not legs:
        return None
    lead = max(legs, key=lambda one: one.filled)  # of equals the stop
    filled = sum((one.filled for one in legs), Decimal(0))
    is_over = len(legs) == 2 and all(one.status in FINAL for one in legs)
    status = lead.status
    if status is not OrderStatus.FILLED and not is_over:
        status = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.OPEN
    elif not filled and OrderStatus.REJECTED not in (one.status for one in legs):
        status = OrderStatus.CANCELLED  # one leg taken back, the other expired with it
    return replace(
        lead, client_order_id=client_order_id, status=status, filled=filled,
        filled_quote=sum((one.filled_quote for one in legs), Decimal(0)),
    )  # fmt: skip
