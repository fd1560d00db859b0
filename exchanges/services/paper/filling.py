"""The row of one execution, and its part of the order's sums."""

from __future__ import annotations

import uuid
from decimal import Decimal

from exchanges.core.tickets import CLIENT_ID_CHARS_MAX
from exchanges.models import Fill, Order
from exchanges.services.paper.desk import Desk
from foundation.lib.decimals import quantize


def own_client_id(name: str, suffix: str = "") -> str:
    """A client order id for an order that the venue makes itself.

    Not to be guessed: else somebody could take it before, and the venue could not place its order.
    """
    end = f"{suffix}-{uuid.uuid4().hex[:10]}"
    return name[: CLIENT_ID_CHARS_MAX - len(end)] + end


def add_fill(
    desk: Desk,
    order: Order,
    price: Decimal,
    quantity: Decimal,
    fee_rate: Decimal,
    *,
    is_maker: bool,
) -> Fill:
    """A fill's row, and its part of the order's sums."""
    amount = quantize(price * quantity)
    paid = quantize(amount * fee_rate)
    number = sum(1 for fill in desk.fills if fill.order is order) + order.event_count * 100
    fill = Fill(
        order=order,
        venue=order.venue,
        venue_fill_id=f"{order.owner_id}-{order.client_order_id}-{number}",
        wallet=order.wallet,
        symbol=order.symbol,
        side=order.side,
        price=price,
        quantity=quantity,
        amount_quote=amount,
        fee=paid,
        reason=order.reason,
        is_maker=is_maker,
        time_ms=desk.now_ms,
    )
    desk.fills.append(fill)
    order.filled_quantity += quantity
    order.filled_quote += amount
    order.fee += paid
    desk.change(order)
    return fill
