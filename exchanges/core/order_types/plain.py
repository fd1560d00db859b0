"""Orders that act at once: market, and limit, which rests for what it does not get."""

from __future__ import annotations

from exchanges.core.order_types.base import order_type

MARKET = order_type(
    "market", "Market", "trades at once with the order book", may="amount_quote close_position"
)
LIMIT = order_type(
    "limit", "Limit", "trades at its price or better, and waits for it", needs="price", rests=True
)
