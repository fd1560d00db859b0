"""What every venue can be asked. It answers with events, never with rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from exchanges.core.orders import OrderEvent
from exchanges.models import Order


class Venue(Protocol):
    """A place that takes orders. Both calls may be repeated: an order is known by our own id."""

    def submit(self, orders: Sequence[Order]) -> list[OrderEvent]:
        """Hand in orders that are committed; the answers may already tell of fills."""
        ...

    def find(self, orders: Sequence[Order]) -> list[OrderEvent]:
        """What became of orders whose answer was lost. After a crash this comes before submit."""
        ...
