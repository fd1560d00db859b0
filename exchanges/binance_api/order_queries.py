"""Finding a caller's orders and fills by what Binance's requests name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet

from exchanges.binance_api import faults
from exchanges.binance_api.endpoint import Call
from exchanges.binance_api.faults import FUTURES, Fault
from exchanges.binance_api.params import Params
from exchanges.models import Fill, Market, Order, Position
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET, OrderQuerySet
from exchanges.selectors import margin as margins
from foundation.lib import clock

ROWS_USUAL, ROWS_MOST = 500, 1000

Kind = TypeVar("Kind", bound=Model)


def wallet_of(product: str) -> str:
    return FUTURES_WALLET if product == FUTURES else SPOT_WALLET


def orders(call: Call) -> OrderQuerySet:
    """The caller's own orders on this product; bots' are not shown here."""
    rows = Order.objects.owned_by(call.owner).filter(venue=settings.FEED_VENUE)
    return rows.filter(wallet=wallet_of(call.product))


def of_symbol(call: Call, rows: OrderQuerySet) -> OrderQuerySet:
    """Those of the symbol that the request names, if it names one."""
    market = call.market_or_none()
    return rows if market is None else rows.filter(symbol=market.symbol)


def position(call: Call, market: Market) -> Position | None:
    """The caller's open position on a contract."""
    rows = margins.contract_positions(call.owner)
    return next((row for row in rows if row.symbol == market.symbol), None)


def find(
    call: Call,
    market: Market | None,
    *,
    number: str = "orderId",
    client_id: str = "origClientOrderId",
    none: Callable[[], Fault] = faults.no_such_order,
) -> Order:
    """The order that the request names by one of its two names."""
    order_id, name = check_named(call.params, number, client_id)
    rows = orders(call) if market is None else orders(call).filter(symbol=market.symbol)
    rows = rows.filter(pk=order_id) if order_id is not None else rows
    rows = rows.filter(client_order_id=name) if name else rows
    found = rows.first()
    if found is None:
        raise none()
    return found


def check_named(params: Params, number: str, client_id: str) -> tuple[int | None, str]:
    """The number and the client id that a request names an order by; one is enough."""
    order_id, name = params.integer_or_none(number), params.client_id(client_id)
    if order_id is None and not name:
        text = f"Param '{client_id}' or '{number}' must be sent, but both were empty/null!"
        raise Fault(-1102, text)
    return order_id, name


def order_list(call: Call, rows: QuerySet[Order], first_id: str = "orderId") -> list[Order]:
    """A page of orders, oldest first: from a number or time on, else the latest."""
    return _page(call.params, rows, first_id, _created_between)


def fill_list(call: Call, market: Market | None) -> list[Fill]:
    """A page of the caller's fills, oldest first."""
    rows = Fill.objects.filter(
        order__owner=call.owner, venue=settings.FEED_VENUE, wallet=wallet_of(call.product)
    ).select_related("order")
    if market is not None:
        rows = rows.filter(symbol=market.symbol)
    if (order_id := call.params.integer_or_none("orderId")) is not None:
        rows = rows.filter(order_id=order_id)
    return _page(call.params, rows, "fromId", _happened_between)


def _page(
    params: Params,
    rows: QuerySet[Kind],
    first_id: str,
    between: Callable[[QuerySet[Any], int | None, int | None], QuerySet[Any]],
) -> list[Kind]:
    limit = params.limit(ROWS_USUAL, ROWS_MOST)
    first = params.integer_or_none(first_id)
    start_ms, end_ms = params.period()
    rows = between(rows, start_ms, end_ms)
    if first is not None:
        rows = rows.filter(pk__gte=first)
    if first is not None or start_ms is not None:
        return list(rows.order_by("pk")[:limit])
    return list(rows.order_by("-pk")[:limit])[::-1]


def _created_between(
    rows: QuerySet[Any], start_ms: int | None, end_ms: int | None
) -> QuerySet[Any]:
    if start_ms is not None:
        rows = rows.filter(created_at__gte=clock.from_ms(start_ms))
    if end_ms is not None:
        rows = rows.filter(created_at__lt=clock.from_ms(end_ms + 1))
    return rows


def _happened_between(
    rows: QuerySet[Any], start_ms: int | None, end_ms: int | None
) -> QuerySet[Any]:
    if start_ms is not None:
        rows = rows.filter(time_ms__gte=start_ms)
    return rows if end_ms is None else rows.filter(time_ms__lte=end_ms)
