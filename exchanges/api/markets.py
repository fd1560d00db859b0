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
    FundingRow,
    MarketDetail,
    MarketRow,
    SymbolRow,
    TickerAnswer,
    TradesAnswer,
    VenueQuery,
    VenueRow,
)
from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.models import FundingRate, Market
from exchanges.selectors import klines, live, markets
from exchanges.venues.capabilities import all_venues
from exchanges.venues.key_shapes import KEY_SHAPES
from foundation.edge.api import ListApi
from foundation.edge.lists import StrictOrdering
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
        for shape in KEY_SHAPES.values():
            if shape.venue not in all_venues():
                known.setdefault(shape.venue, 0)
        rows += [
            {
                "key": key,
                "name": KEY_SHAPES[key].name if key in KEY_SHAPES else key.capitalize(),
                "kinds": [],
                "timeframes": list(TIMEFRAME_MS),
                "market_count": count,
                "is_feed": key == settings.FEED_VENUE,
            }
            for key, count in sorted(known.items())
        ]
        for row in rows:
            found = KEY_SHAPES.get(str(row["key"]))
            row["can_connect"] = found is not None
            row["needs_passphrase"] = found is not None and found.needs_passphrase
            row["has_testnet"] = found is not None and found.has_testnet
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
    """GET markets/{symbol}: steps, minimums, fees; of a contract also leverage and funding"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=MarketDetail)
    def get(self, request: Request, symbol: str) -> Response:
        return Response(MarketDetail(markets.get(_venue(request), symbol)).data)


class TickerApi(APIView):
    """GET markets/{symbol}/ticker"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=TickerAnswer)
    def get(self, request: Request, symbol: str) -> Response:
        market = markets.get(_venue(request), symbol)
        ticker = live.ticker(market.venue, market.price_symbol)
        if ticker is None:
            raise _no_feed(market)
        beat = live.heartbeat(market.venue)
        told = {"symbol": market.symbol, "stale": beat is None or beat.is_stale}
        return Response(ticker | told)


class BookApi(APIView):
    """GET markets/{symbol}/orderbook"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=BookAnswer)
    def get(self, request: Request, symbol: str) -> Response:
        market = markets.get(_venue(request), symbol)
        book = live.orderbook(market.venue, market.price_symbol)
        if book is None:
            raise _no_feed(market)
        return Response(book)


class TradesApi(APIView):
    """GET markets/{symbol}/trades"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[VenueQuery], responses=TradesAnswer)
    def get(self, request: Request, symbol: str) -> Response:
        market = markets.get(_venue(request), symbol)
        return Response({"trades": live.trades(market.venue, market.price_symbol)})


class KlinesApi(APIView):
    """GET markets/{symbol}/klines, data/ohlcv/{symbol}"""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[CandleQuery], responses=CandleAnswer)
    def get(self, request: Request, symbol: str) -> HttpResponse:
        query = CandleQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        market = markets.get(asked["venue"], symbol)
        where = (market.venue, market.price_symbol, asked["timeframe"])
        end_ms, limit = asked.get("end"), asked["limit"]
        if "start" in asked:
            found = klines.first(*where, start_ms=asked["start"], end_ms=end_ms, limit=limit)
        else:
            found = klines.last(*where, end_ms=end_ms, limit=limit)
        return _candles(market, asked["timeframe"], found)


class FundingApi(ListApi):
    """GET markets/{symbol}/funding: what longs paid to shorts, or got"""

    permission_classes = [AllowAny]
    queryset = FundingRate.objects.none()
    serializer_class = FundingRow
    filter_backends = [StrictOrdering]
    ordering_fields = ["time_ms"]
    ordering = ["-time_ms"]

    def get_queryset(self) -> QuerySet[FundingRate]:
        market = markets.get(_venue(self.request), self.kwargs["symbol"])
        return FundingRate.objects.filter(venue=market.venue, symbol=market.symbol)

    @extend_schema(parameters=[VenueQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


def _candles(market: Market, timeframe: str, found: Candles) -> HttpResponse:
    columns = (found.open_time_ms.tolist(), *(column.tolist() for column in found.columns()))
    body = {
        "venue": market.venue,
        "symbol": market.symbol,
        "timeframe": timeframe,
        "candles": list(zip(*columns, strict=True)),
    }
    # Past DRF's renderer: 5,000 candles through it take ten times as long.
    return HttpResponse(orjson.dumps(body), content_type="application/json")


def _venue(request: Request) -> str:
    query = VenueQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    venue: str = query.validated_data["venue"]
    return venue


def _no_feed(market: Market) -> NotFound:
    return NotFound(f"no live data of {market}: its feed does not run")
