"""REST: what the paper money is worth, and how all bots together are doing."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.models import PortfolioSnapshot
from bots.models.portfolio import SnapshotQuerySet
from bots.selectors import portfolio
from exchanges.api.serializers import MomentField
from exchanges.api.trading_serializers import AmountField
from foundation.edge.api import ListApi


class PortfolioBody(serializers.Serializer[portfolio.Portfolio]):
    """change_today: since since_ms, midnight UTC or the first snapshot after it; else null. Play
    money put in since then is no change."""

    asset = serializers.CharField()
    total = AmountField(help_text="spot, futures and in_bots together")
    spot = AmountField(help_text="coins at the newest price and money, locked or free")
    futures = AmountField(help_text="balance and unrealised profit")
    in_bots = AmountField(help_text="the bots' money and coins")
    free = AmountField(help_text="money of the spot wallet that no order keeps")
    open_profit = AmountField(help_text="of contracts and of bots")
    unpriced = serializers.ListField(
        child=serializers.CharField(), help_text="assets without a price, not counted"
    )
    put_in_today = AmountField(help_text="play money that came since since_ms")
    change_today = AmountField(allow_null=True)
    change_today_fraction = serializers.FloatField(allow_null=True)
    since_ms = serializers.IntegerField(allow_null=True)


class SnapshotRow(serializers.ModelSerializer[PortfolioSnapshot]):
    value = AmountField()

    class Meta:
        model = PortfolioSnapshot
        fields = ["asset", "taken_at_ms", "value"]


class SnapshotQuery(serializers.Serializer[Any]):
    """start and end bound the time (start included, end not); both may be left out."""

    start = MomentField(required=False)
    end = MomentField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "start" in attrs and "end" in attrs and attrs["start"] >= attrs["end"]:
            raise serializers.ValidationError({"end": "must be after start"})
        return attrs


class AllBotsBody(serializers.Serializer[Any]):
    """metrics: as in a backtest's report, over all bots; equity: [time in ms, value], thinned."""

    asset = serializers.CharField()
    start_ms = serializers.IntegerField(allow_null=True)
    metrics = serializers.DictField()
    equity = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    )


class PortfolioApi(APIView):
    """GET portfolio"""

    @extend_schema(responses=PortfolioBody)
    def get(self, request: Request) -> Response:
        return Response(PortfolioBody(portfolio.portfolio(request.user)).data)


class SnapshotsApi(ListApi):
    """GET portfolio/snapshots"""

    queryset = PortfolioSnapshot.objects.none()
    serializer_class = SnapshotRow
    ordering_fields = ["taken_at_ms"]
    ordering = ["taken_at_ms"]

    @extend_schema(parameters=[SnapshotQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> SnapshotQuerySet:
        query = SnapshotQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        return portfolio.history(
            self.request.user, start_ms=asked.get("start"), end_ms=asked.get("end")
        )


class PerformanceApi(APIView):
    """GET performance"""

    @extend_schema(responses=AllBotsBody)
    def get(self, request: Request) -> Response:
        return Response(AllBotsBody(portfolio.performance(request.user)).data)
