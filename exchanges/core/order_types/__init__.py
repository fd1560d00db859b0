"""The types of orders: each module here declares some, shared code asks their fields."""

from __future__ import annotations

from functools import cache

from exchanges.core.order_types.base import ORDER_TYPES as ORDER_TYPES
from exchanges.core.order_types.base import OrderType as OrderType


@cache
def all_order_types() -> dict[str, OrderType]:
    """Every declared type by its key."""
    ORDER_TYPES.load("exchanges.core.order_types")
    return dict(ORDER_TYPES.items())
