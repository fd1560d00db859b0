"""Tells the owner's open pages what changed, after commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from exchanges.models import Order, Position
from exchanges.services.booked import Booked
from foundation.edge import publish


def changes(booked: Iterable[Booked]) -> None:
    """One frame per order, position and wallet that the events changed."""
    orders, positions, wallets = {}, {}, {}
    for one in booked:
        orders[id(one.order)] = one.order
        if one.source is not None:
            positions[id(one.source)] = one.source
        if one.position is not None:
            positions[id(one.position)] = one.position
            wallets[one.order.owner_id, one.order.wallet] = one.order.symbol
    publish.to_users(
        [
            *((one.owner_id, "orders", order_frame(one)) for one in orders.values()),
            *((one.owner_id, "positions", position_frame(one)) for one in positions.values()),
            *(
                (owner_id, "wallet", {"wallet": wallet, "symbol": symbol})
                for (owner_id, wallet), symbol in wallets.items()
            ),
        ]
    )


def order_frame(order: Order) -> dict[str, Any]:
    """An order in short, for a row on a page."""
    return {
        "id": order.pk,
        "client_order_id": order.client_order_id,
        "wallet": order.wallet,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.type,
        "reason": order.reason,
        "status": order.status,
        "filled_quantity": order.filled_quantity,
        "average_price": order.state().average_price,
        "detail": order.detail,
    }


def position_frame(position: Position) -> dict[str, Any]:
    """A position in short; quantity 0 means that it is closed."""
    return {
        "id": position.pk,
        "wallet": position.wallet,
        "symbol": position.symbol,
        "side": position.side,
        "quantity": position.quantity,
        "entry_price": position.entry_price,
        "exit_price": position.exit_price,
        "stop_price": position.stop_price,
        "take_profit_price": position.take_profit_price,
        "realised_pnl": position.realised_pnl,
        "closed_at_ms": position.closed_at_ms,
        "exit_reason": position.exit_reason,
    }
