"""What somebody ordered and traded by hand, for tables with filters."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from exchanges.core.orders import FINAL
from exchanges.models import Fill, Order
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.selectors import margin

WALLETS = (SPOT_WALLET, FUTURES_WALLET)
FILTERS = ("venue", "symbol", "side", "status")


def orders(owner: Any, *, is_open: bool, **filters: str) -> QuerySet[Order]:
    """Orders on the owner's own wallets, newest first. Filters that are empty are ignored."""
    rows = Order.objects.owned_by(owner).by_hand()
    rows = rows.working() if is_open else rows.filter(status__in=sorted(FINAL))
    return rows.filter(**_given(filters)).order_by("-pk")


def fills(owner: Any, **filters: str) -> QuerySet[Fill]:
    """Executions of those orders, newest first, with their order."""
    rows = Fill.objects.filter(order__owner=owner, wallet__in=WALLETS)
    given = {f"order__{name}": value for name, value in _given(filters).items()}
    return rows.filter(**given).select_related("order").order_by("-pk")


def held(owner: Any, **filters: str) -> list[margin.Held]:
    """Open contract positions, one market's or all."""
    given = _given(filters)
    return [
        one
        for one in margin.held_positions(owner)
        if all(getattr(one.position, name) == value for name, value in given.items())
    ]


def traded_symbols(owner: Any) -> list[str]:
    """Markets on which the owner ever ordered, for a filter."""
    rows = Order.objects.owned_by(owner).by_hand()
    return sorted(rows.order_by("symbol").values_list("symbol", flat=True).distinct())


def _given(filters: dict[str, str]) -> dict[str, str]:
    assert set(filters) <= set(FILTERS), filters
    return {name: value for name, value in filters.items() if value}
