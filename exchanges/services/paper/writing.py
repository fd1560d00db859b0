"""Writing orders and positions, many in one statement."""

from __future__ import annotations

from collections.abc import Iterable

from exchanges.models import Order, Position
from foundation.lib import clock
from foundation.lib.bulk import update_rows

ORDER_COLUMNS = [
    "status",
    "detail",
    "quantity",
    "price",
    "trigger_price",
    "filled_quantity",
    "filled_quote",
    "fee",
    "best_price",
    "acts_when",
    "acts_at",
    "triggered_at_ms",
    "held",
    "list_id",
    "event_count",
    "updated_at",
]
POSITION_COLUMNS = [
    "quantity",
    "entry_quantity",
    "entry_price",
    "entry_quote",
    "exit_quote",
    "fees",
    "realised_pnl",
    "stop_price",
    "take_profit_price",
    "leverage",
    "margin_mode",
    "margin",
    "liquidation_price",
    "watch_price",
    "is_warned",
    "funding",
    "funded_until_ms",
    "closed_at_ms",
    "exit_reason",
]


def orders(new: list[Order], changed: Iterable[Order]) -> None:
    """Insert new orders as they now are, and write what changed of the others."""
    known = [row for row in changed if row.pk]
    now = clock.now()
    for row in known:
        row.updated_at = now
    update_rows(known, ORDER_COLUMNS)
    Order.objects.bulk_create(new)


def positions(changed: Iterable[Position]) -> None:
    """Insert new positions, and write what changed of the others."""
    rows = list(changed)
    update_rows([row for row in rows if row.pk], POSITION_COLUMNS)
    Position.objects.bulk_create([row for row in rows if not row.pk])
