"""Markets: the list, one market with its chart, book and trades, and the chart's candles."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from exchanges.core.candles import TIMEFRAME_MS
from exchanges.selectors import candles, charts, live, markets, overview
from foundation.edge.json_pages import json_page, whole
from foundation.edge.pages import render_page_or_partial

TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1d")
LEVELS, TRADES = 12, 24


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
    market = markets.get(venue, symbol)
    name = f"{market.symbol}@{market.venue}"
    stored = candles.coverage(market.venue, market.symbol)
    timeframe = request.GET.get("timeframe", "")
    current = timeframe if timeframe in TIMEFRAMES else first_timeframe(stored)
    context = {
        "market": market,
        "channel": name,
        "ticker": live.ticker(market.venue, market.symbol) or {},
        "stats": live.stats(market.venue, market.symbol) or {},
        "book": ladder(live.orderbook(market.venue, market.symbol)),
        "trades": live.trades(market.venue, market.symbol)[-TRADES:][::-1],
        "stored": stored,
        "places": overview.price_places(market),
        "live_channel": f"kline:{name}:{current}",
        "frames": [
            {"name": each, "live": f"kline:{name}:{each}", "current": each == current}
            for each in TIMEFRAMES
        ],
        "current": current,
    }
    return render(request, "exchanges/market.html", context)


def first_timeframe(stored: list[candles.Coverage]) -> str:
    """The finest that is stored: what a chart can show without making anything up."""
    finest = stored[0].timeframe if stored else "1m"
    reachable = [each for each in TIMEFRAMES if TIMEFRAME_MS[each] >= TIMEFRAME_MS[finest]]
    return reachable[0] if reachable else TIMEFRAMES[-1]


def ladder(book: dict[str, Any] | None) -> dict[str, list[dict[str, Any]]]:
    """Levels of the order book with their depth as a share of the deepest, best level inside."""
    sides = {name: (book or {}).get(name, [])[:LEVELS] for name in ("bids", "asks")}
    drawn: dict[str, list[dict[str, Any]]] = {}
    for name, levels in sides.items():
        total, rows = 0.0, []
        for price, amount in levels:
            total += float(amount)
            rows.append({"price": price, "amount": amount, "total": total})
        drawn[name] = rows
    deepest = max((rows[-1]["total"] for rows in drawn.values() if rows), default=0.0) or 1.0
    for rows in drawn.values():
        for row in rows:
            row["share"] = f"{row['total'] / deepest * 100:.1f}"
        rows.extend({} for _ in range(LEVELS - len(rows)))
    drawn["asks"].reverse()
    return drawn


@require_GET
@json_page
def market_candles(request: HttpRequest, venue: str, symbol: str) -> dict[str, Any]:
    market = markets.get(venue, symbol)
    timeframe = candles.check_timeframe(request.GET.get("timeframe", "1m"))
    return charts.chart(market.venue, market.symbol, timeframe, whole(request, "before"))
