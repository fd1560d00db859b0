"""Trading by hand, over all markets: what is held, what is waiting, what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from exchanges.core.orders import FINAL
from exchanges.models import Fill, Order
from exchanges.pages import position_views
from exchanges.pages.position_views import filled_page
from exchanges.selectors import margin, venue_history
from foundation.edge.downloads import cell, csv_response
from foundation.edge.pages import chosen, render_page_or_partial

PER_PAGE = 50
TABS = {"history": "Order history", "trades": "Trades", "open": "Open orders"}
SIDES = ("buy", "sell")
# What htmx targets -> the part that is drawn again.
PARTS: Mapping[str, str] = {
    "trading-now": "exchanges/_trading_now.html",
    "trading-past": "exchanges/_trading_past.html",
}
ORDER_COLUMNS = (
    "time", "order", "client_order_id", "market", "side", "type", "status", "price", "trigger",
    "amount", "filled", "average_price", "value", "fee", "reduce_only", "reason",
)  # fmt: skip
FILL_COLUMNS = (
    "time", "fill", "order", "market", "side", "price", "amount", "value", "fee",
    "realised_profit", "role",
)  # fmt: skip


@login_required
@require_GET
def trading_page(request: HttpRequest) -> HttpResponse:
    part = PARTS.get(request.headers.get("HX-Target", ""))
    context: dict[str, Any] = {}
    if part != PARTS["trading-past"]:
        context |= now(request)
    if part != PARTS["trading-now"]:
        context |= past(request)
    return render_page_or_partial(
        request,
        page="exchanges/trading.html",
        partial=part or PARTS["trading-now"],
        context=context,
    )


def now(request: HttpRequest) -> dict[str, Any]:
    """The account in figures, positions, and what waits."""
    waiting = venue_history.orders(request.user, is_open=True)
    page = Paginator(waiting, PER_PAGE).get_page(request.GET.get("waiting"))
    return {
        "account": margin.futures_account(request.user),
        "positions": position_views.rows(margin.held_positions(request.user)),
        "open_page": filled_page(page),
        "quote_asset": margin.SETTLE_ASSET,
        "venue": settings.FEED_VENUE,
    }


def past(request: HttpRequest) -> dict[str, Any]:
    """One tab of what is over, filtered."""
    tab = "trades" if request.GET.get("tab") == "trades" else "history"
    given = filters(request, tab)
    rows = rows_of(request, tab, given)
    return {
        "tab": tab,
        "tabs": [(key, words) for key, words in TABS.items() if key != "open"],
        "given": given,
        "symbols": venue_history.traded_symbols(request.user),
        "statuses": sorted(FINAL),
        "page": filled_page(Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))),
        "is_filtered": any(given.values()),
    }


def filters(request: HttpRequest, tab: str) -> dict[str, str]:
    return {
        "symbol": chosen(request, "symbol", venue_history.traded_symbols(request.user)),
        "side": chosen(request, "side", SIDES),
        "status": chosen(request, "status", FINAL) if tab == "history" else "",
    }


def rows_of(request: HttpRequest, tab: str, given: dict[str, str]) -> Any:
    if tab == "trades":
        asked = {name: value for name, value in given.items() if name != "status"}
        return venue_history.fills(request.user, **asked)
    return venue_history.orders(request.user, is_open=tab == "open", **given)


@login_required
@require_GET
def trading_csv(request: HttpRequest, tab: str) -> StreamingHttpResponse:
    """The whole table with its filters, as a file."""
    rows = rows_of(request, tab, filters(request, tab)).iterator(chunk_size=2000)
    if tab == "trades":
        return csv_response(request, "trades.csv", FILL_COLUMNS, fill_lines(rows))
    return csv_response(request, f"orders-{tab}.csv", ORDER_COLUMNS, order_lines(rows))


def order_lines(rows: Iterator[Order]) -> Iterator[list[object]]:
    for order in rows:
        price = order.state().average_price
        yield [
            order.created_at.isoformat(), order.pk, order.client_order_id, order.symbol,
            order.side, order.type, order.status, cell(order.price), cell(order.trigger_price),
            cell(order.quantity or order.amount_quote), cell(order.filled_quantity),
            cell(price), cell(order.filled_quote), cell(order.fee),
            "yes" if order.reduce_only else "no", order.detail,
        ]  # fmt: skip


def fill_lines(rows: Iterator[Fill]) -> Iterator[list[object]]:
    for fill in rows:
        yield [
            datetime.fromtimestamp(fill.time_ms / 1000, tz=UTC).isoformat(), fill.pk,
            fill.order_id, fill.symbol, fill.side, cell(fill.price), cell(fill.quantity),
            cell(fill.amount_quote), cell(fill.fee), cell(fill.realised_pnl),
            "maker" if fill.is_maker else "taker",
        ]  # fmt: skip
