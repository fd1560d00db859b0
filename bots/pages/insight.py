"""Market insight: all followed markets in one table, one market's card, and making it anew."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from bots.core.insight import FIGURES, regime
from bots.models import MarketInsight
from bots.selectors import insight as selector
from bots.services import insight
from exchanges.selectors import markets
from foundation.edge.acts import attempt
from foundation.edge.pages import render_page_or_partial
from foundation.lib import clock

PER_PAGE = 50
SEARCH_CHARS_MAX = 100
FIRST = "-movers"
# What most people look for, in words; every column head orders by its figure as well.
ORDERS = {
    "-movers": "Biggest movers",
    "-change_24h": "Risen most",
    "change_24h": "Fallen most",
    "-trend_strength": "Strongest rise",
    "trend_strength": "Strongest fall",
    "-volatility_percentile": "Most restless",
    "-dollar_volume": "Most traded",
    "-relative_volume": "Busier than usual",
    "-btc_correlation": "Most like BTC",
    "-funding_rate": "Highest funding",
    "-basis": "Highest basis",
    "-venue_spread": "Widest between venues",
    "symbol": "Name",
}
CARD = tuple(key for key in FIGURES if key != "efficiency")


@login_required
@require_GET
def insight_page(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "")[:SEARCH_CHARS_MAX]
    ordering = request.GET.get("sort", FIRST)
    if ordering.lstrip("-") not in selector.ORDERINGS:
        ordering = FIRST
    rows = selector.ordered(selector.newest(search=search), ordering)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [described(row) for row in page.object_list]
    context = {
        "page": page,
        "ordering": ordering,
        "orders": ORDERS,
        "search": search,
        "overview": selector.overview(),
        "figures": FIGURES.values(),
    }
    return render_page_or_partial(
        request, page="bots/insight.html", partial="bots/_insight_rows.html", context=context
    )


@login_required
@require_GET
def insight_card(request: HttpRequest, venue: str, symbol: str) -> HttpResponse:
    """What the page of one market shows of it."""
    row = selector.latest(markets.get(venue, symbol))
    context: dict[str, Any] = {"figures": [FIGURES[key] for key in CARD]}
    context |= {"row": described(row)} if row else {"note": selector.NOT_FOLLOWED}
    return render(request, "bots/_insight_card.html", context)


@login_required
@require_POST
def insight_refresh(request: HttpRequest) -> HttpResponse:
    def ask() -> str:
        insight.ask(now_ms=clock.now_ms())
        return "The figures are being made anew. Reload the page in a moment."

    return attempt(request, ask, "/insight/")


def described(row: MarketInsight) -> MarketInsight:
    """The row with the words a template writes beside its figures."""
    row.regime = regime(row.figures.get("volatility_percentile"))  # type: ignore[attr-defined] # for the template
    row.note = selector.note(row)  # type: ignore[attr-defined] # same
    return row
