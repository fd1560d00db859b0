"""What the page of one market shows: prices, book, depth, candles, and what is mine on it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from exchanges.core.candles import TIMEFRAME_MS
from exchanges.models import Market
from exchanges.pages import position_views
from exchanges.pages.position_views import filled_page
from exchanges.selectors import candles, live, overview, ticket_room, venue_history

TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1d")
LEVELS, TRADES = 12, 24
DEPTH_WIDTH, DEPTH_HEIGHT = 240, 60
MINE = {
    "open": "Open orders",
    "positions": "Position",
    "history": "Order history",
    "trades": "Trades",
}
PER_PAGE = 20


def context(request: HttpRequest, market: Market) -> dict[str, Any]:
    """All of the page but the ticket."""
    symbol = market.price_symbol
    name = f"{symbol}@{market.venue}"
    stored = candles.coverage(market.venue, symbol)
    timeframe = request.GET.get("timeframe", "")
    current = timeframe if timeframe in TIMEFRAMES else first_timeframe(stored)
    book = ladder(live.orderbook(market.venue, symbol))
    shown = {
        "market": market,
        "channel": name,
        "ticker": live.ticker(market.venue, symbol) or {},
        "book": book,
        "depth": depth(book),
        "trades": live.trades(market.venue, symbol)[-TRADES:][::-1],
        "stored": stored,
        "places": overview.price_places(market),
        "live_channel": f"kline:{name}:{current}",
        "frames": [
            {"name": each, "live": f"kline:{name}:{each}", "current": each == current}
            for each in TIMEFRAMES
        ],
        "current": current,
        "siblings": ticket_room.siblings(market),
        "is_tradable": ticket_room.is_tradable(market),
    }
    if market.is_contract:
        shown |= {
            "next_funding_ms": ticket_room.next_funding_ms(market.venue),
            "funding_period_ms": ticket_room.funding_period_ms(),
        }
    return shown | mine(request, market) if shown["is_tradable"] else shown


def mine(request: HttpRequest, market: Market) -> dict[str, Any]:
    """The reader's own orders, position and fills on this market, one tab of them."""
    tab = request.GET.get("mine", "open")
    names = {key: words for key, words in MINE.items() if key != "positions" or market.is_contract}
    tab = tab if tab in names else "open"
    place = {"venue": market.venue, "symbol": market.symbol}
    rows: Any
    if tab == "positions":
        rows = position_views.rows(venue_history.held(request.user, **place))
    elif tab == "trades":
        rows = venue_history.fills(request.user, **place)
    else:
        rows = venue_history.orders(request.user, is_open=tab == "open", **place)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    counts = {"open": venue_history.orders(request.user, is_open=True, **place).count()}
    return {
        "market": market,
        "mine": tab,
        "mine_tabs": [(key, words, counts.get(key)) for key, words in names.items()],
        "page": page if tab == "positions" else filled_page(page),
    }


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


def depth(book: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """The ladder as two areas of a small SVG, price from left to right; its table is the ladder."""
    bids = [row for row in book["bids"] if row]
    asks = [row for row in book["asks"][::-1] if row]
    if not bids or not asks:
        return {"bids": "", "asks": ""}
    low, high = float(bids[-1]["price"]), float(asks[-1]["price"])
    width = (high - low) or 1.0

    def area(rows: list[dict[str, Any]]) -> str:
        def x(row: dict[str, Any]) -> str:
            return f"{(float(row['price']) - low) / width * DEPTH_WIDTH:.1f}"

        path = f"M{x(rows[0])} {DEPTH_HEIGHT}"
        for row in rows:
            path += f"H{x(row)}V{DEPTH_HEIGHT - float(row['share']) / 100 * DEPTH_HEIGHT:.1f}"
        return f"{path}V{DEPTH_HEIGHT}Z"

    return {"bids": area(bids), "asks": area(asks)}
