"""Markets: the list, one market with its chart, book, ticket and my orders, the chart's candles."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from exchanges.pages import market_views, ticket
from exchanges.selectors import candles, charts, markets, overview, ticket_room
from foundation.edge.json_pages import json_page, whole
from foundation.edge.pages import render_page_or_partial, wants_partial


@login_required
@require_GET
def market_list(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "")[:100]
    return render_page_or_partial(
        request,
        page="exchanges/market_list.html",
        partial="exchanges/_market_rows.html",
        context={"rows": overview.listed(search), "search": search},
    )


@login_required
@require_GET
def market_page(request: HttpRequest, venue: str, symbol: str) -> HttpResponse:
    """The whole page, or my orders alone: what htmx asks for when one of them changes."""
    market = markets.get(venue, symbol)
    is_tradable = ticket_room.is_tradable(market)
    if wants_partial(request) and is_tradable:
        return render(request, "exchanges/_mine.html", market_views.mine(request, market))
    context = market_views.context(request, market)
    if is_tradable:
        context |= ticket.ticket_context(request, market)
    return render(request, "exchanges/market.html", context)


@require_GET
@json_page
def market_candles(request: HttpRequest, venue: str, symbol: str) -> dict[str, Any]:
    """A contract's candles are those of the prices it follows."""
    market = markets.get(venue, symbol)
    timeframe = candles.check_timeframe(request.GET.get("timeframe", "1m"))
    return charts.chart(market.venue, market.price_symbol, timeframe, whole(request, "before"))
