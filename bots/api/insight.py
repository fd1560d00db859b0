"""REST: what the followed markets are like, and what each figure means."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.core.insight import FIGURES, Figure, regime
from bots.models import MarketInsight
from bots.selectors import insight as selector
from bots.services import insight
from exchanges.core.symbols import SYMBOL_PATTERN, VENUE_PATTERN
from exchanges.models import Market
from exchanges.selectors import markets
from foundation.edge.api import ListApi
from foundation.edge.lists import StrictOrdering
from foundation.lib import clock

SEARCH_CHARS_MAX = 100


class FigureRow(serializers.Serializer[Any]):
    key = serializers.CharField()
    # The metaclass collects fields, so this hides no attribute.
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField(
        help_text="ratio, fraction (0.01 is 1 %), percentile (0 to 100), percent_per_day,"
        " percent_per_year, times, dollars, percent_per_million"
    )
    formula = serializers.CharField(source="doc")
    needs = serializers.CharField(help_text="without this it is null")
    link = serializers.SerializerMethodField(help_text="where a page explains it")

    def get_link(self, row: Figure) -> str:
        return f"/insight/#{row.anchor}"


class InsightRow(serializers.ModelSerializer[MarketInsight]):
    """figures: by key, null where unknown; closes: of the last week, every sixth hour."""

    venue = serializers.CharField(source="market.venue")
    symbol = serializers.CharField(source="market.symbol")
    kind = serializers.CharField(source="market.kind")
    is_simulated = serializers.BooleanField(source="market.is_simulated")
    regime = serializers.SerializerMethodField(help_text='low, normal, high, or "" if unknown')
    figures = serializers.SerializerMethodField()
    closes = serializers.ListField(child=serializers.FloatField())
    note = serializers.SerializerMethodField(help_text='why figures are missing, or ""')

    class Meta:
        model = MarketInsight
        fields = [
            "venue", "symbol", "kind", "is_simulated", "hour_ms", "made_at", "candles_until_ms",
            "candle_count", "regime", "figures", "closes", "buy_at", "sell_at", "note",
        ]  # fmt: skip
        extra_kwargs = {
            "hour_ms": {"help_text": "start of the hour, UTC"},
            "candles_until_ms": {"help_text": "close of the newest candle that was read"},
            "buy_at": {"help_text": "venue of the lowest ask, where several trade the pair"},
            "sell_at": {"help_text": "venue of the highest bid"},
        }

    def get_regime(self, row: MarketInsight) -> str:
        return regime(row.figures.get("volatility_percentile"))

    def get_figures(self, row: MarketInsight) -> dict[str, float | None]:
        return {key: row.figures.get(key) for key in FIGURES}

    def get_note(self, row: MarketInsight) -> str:
        return selector.note(row)


class InsightDetail(serializers.Serializer[Any]):
    """history: columns of the last 30 days, oldest first: hour_ms and each figure."""

    latest = InsightRow(allow_null=True)
    history = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True))
    )
    note = serializers.CharField(help_text='why there are no figures, or ""')


class InsightQuery(serializers.Serializer[Any]):
    """venue, kind: exactly; search: in symbol or venue; ordering: see there."""

    venue = serializers.CharField(required=False, max_length=32)
    kind = serializers.ChoiceField(Market.Kind.choices, required=False)
    search = serializers.CharField(required=False, max_length=SEARCH_CHARS_MAX)


class Asked(serializers.Serializer[Any]):
    next_in_s = serializers.IntegerField(help_text="seconds until it may be asked again")


class InsightOrdering(StrictOrdering):
    """Any figure, movers (size of the day's change), symbol or venue; the unknown come last."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        asked = self.get_ordering(request, queryset, view) or ["symbol"]
        return selector.ordered(queryset, str(asked[0]))


class InsightApi(ListApi):
    """GET insight"""

    queryset = MarketInsight.objects.none()
    serializer_class = InsightRow
    filter_backends = [InsightOrdering]
    ordering_fields = selector.ORDERINGS
    ordering = ["symbol"]

    @extend_schema(parameters=[InsightQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[MarketInsight]:
        query = InsightQuery(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        return selector.newest(**query.validated_data)


class InsightFiguresApi(APIView):
    """GET insight/figures"""

    @extend_schema(responses=FigureRow(many=True))
    def get(self, _request: Request) -> Response:
        """What each figure means, its formula and unit."""
        return Response(FigureRow(list(FIGURES.values()), many=True).data)


VENUE = OpenApiParameter(
    "venue", {"type": "string", "pattern": VENUE_PATTERN}, OpenApiParameter.PATH
)
SYMBOL = OpenApiParameter(
    "symbol", {"type": "string", "pattern": SYMBOL_PATTERN}, OpenApiParameter.PATH
)


class MarketInsightApi(APIView):
    """GET insight/{venue}/{symbol}"""

    @extend_schema(parameters=[VENUE, SYMBOL], responses=InsightDetail)
    def get(self, _request: Request, venue: str, symbol: str) -> Response:
        """The newest figures of one market, and those of the last 30 days."""
        market = markets.get(venue, symbol)
        latest = selector.latest(market)
        body = {
            "latest": latest,
            "history": selector.history(market, until_ms=clock.now_ms()),
            "note": "" if latest else selector.NOT_FOLLOWED,
        }
        return Response(InsightDetail(body).data)


class InsightRefreshApi(APIView):
    """POST insight/refresh"""

    @extend_schema(request=None, responses={202: Asked})
    def post(self, _request: Request) -> Response:
        """Make all figures anew in the background; once a minute for everybody together."""
        return Response({"next_in_s": insight.ask(now_ms=clock.now_ms())}, status=202)
