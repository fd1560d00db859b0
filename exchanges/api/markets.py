"""REST: venues, symbols, markets, candles, newest prices. Public: market data is no secret."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchanges.api.serializers import (
    BookAnswer,
    CandleAnswer,
    CandleQuery,
    MarketRow,
    SymbolRow,
    TickerAnswer,
    TradesAnswer,
    VenueQuery,
    VenueRow,
)
from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.models import Market
from exchanges.selectors import klines, live, markets
from exchanges.venues.capabilities import all_venues
from foundation.edge.api import ListApi
from foundation.lib.errors import NotFound


class VenuesApi(APIView):
    """GET exchanges/venues"""

    permission_classes = [AllowAny]

    @extend_schema(responses=VenueRow(many=True))
    def get(self, _request: Request) -> Response:
        known = Counter(Market.objects.filter(is_active=True).values_list("venue", flat=True))
        rows = [
            {
                "key": venue.key,
                "name": venue.name,
                "kinds": sorted(venue.kinds),
                "timeframes": [name for name in TIMEFRAME_MS if name in venue.timeframes],
                "market_count": known.pop(venue.key, 0),
                "is_feed": venue.key == settings.FEED_VENUE,
            }
            for venue in all_venues().values()
        ]
        rows += [
            {
                "key": key,
                "name": key.capitalize(),
                "kinds": [],
                "timeframes": list(TIMEFRAME_MS),
                "market_count": count,
                "is_feed": key == settings.FEED_VENUE,
            }
            for key, count in sorted(known.items())
        ]
        return Response(VenueRow(rows, many=True).data)


class MarketsApi(ListApi):
    """GET markets"""

    permission_classes = [AllowAny]
    queryset = Market.objects.filter(is_active=True)
    serializer_class: Any = MarketRow
    filterset_fields = ["venue", "symbol", "kind", "base", "quote", "is_simulated"]
    ordering_fields = ["venue", "symbol", "base", "quote"]
    ordering = ["venue", "symbol"]


class SymbolsApi(MarketsApi):
    """GET data/symbols"""

    serializer_class = SymbolRow

    def get_queryset(self) -> QuerySet[Market]:
        return super().get_queryset().prefetch_related("candle_series")


class MarketApi(APIView):
    """GET markets/{symbol}"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=MarketRow)
    def get(self, request: Request, symbol: str) -> Response:
        return Response(MarketRow(markets.get(_venue(request), symbol)).data)


class TickerApi(APIView):
    """GET markets/{symbol}/ticker"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=TickerAnswer)
    def get(self, request: Request, symbol: str) -> Response:
        market = markets.get(_venue(request), symbol)
        ticker = live.ticker(market.venue, market.symbol)
        if ticker is None:
            raise _no_feed(market)
        beat = live.heartbeat(market.venue)
        return Response(ticker | {"stale": beat is None or beat.is_stale})


class BookApi(APIView):
    """GET markets/{symbol}/orderbook"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=BookAnswer)
    def get(self, request: Request, symbol: str) -> Response:
        market = markets.get(_venue(request), symbol)
        book = live.orderbook(market.venue, market.symbol)
        if book is None:
            raise _no_feed(market)
        return Response(book)


class TradesApi(APIView):
    """GET markets/{symbol}/trades"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=TradesAnswer)
    def get(self, request: Request, symbol: str) -> Response:
        market = markets.get(_venue(request), symbol)
        return Response({"trades": live.trades(market.venue, market.symbol)})


class KlinesApi(APIView):
    """GET markets/{symbol}/klines, data/ohlcv/{symbol}"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[CandleQuery], responses=CandleAnswer)
    def get(self, request: Request, symbol: str) -> HttpResponse:
        query = CandleQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        market = markets.get(asked["venue"], symbol)
        where = (market.venue, market.symbol, asked["timeframe"])
        end_ms, limit = asked.get("end"), asked["limit"]
        if "start" in asked:
            found = klines.first(*where, start_ms=asked["start"], end_ms=end_ms, limit=limit)
        else:
            found = klines.last(*where, end_ms=end_ms, limit=limit)
        return _candles(*where, found)


def _candles(venue: str, symbol: str, timeframe: str, found: Candles) -> HttpResponse:
    columns = (found.open_time_ms.tolist(), *(column.tolist() for column in found.columns()))
    body = {
        "venue": venue,
        "symbol": symbol,
        "timeframe": timeframe,
        "candles": list(zip(*columns, strict=True)),
    }
    # Past DRF's renderer: 5,000 candles through it take ten times as long.
    return HttpResponse(orjson.dumps(body), content_type="application/json")


def _venue(request: Request) -> str:
    query = VenueQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    venue: str = query.validated_data["venue"]
    return venue


def _no_feed(market: Market) -> NotFound:
    return NotFound(f"no live data of {market}: its feed does not run")
