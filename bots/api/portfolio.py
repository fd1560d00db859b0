"""REST: what the paper money is worth, and how all bots together are doing."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.models import PortfolioSnapshot
from bots.models.portfolio import SnapshotQuerySet
from bots.selectors import performance_groups, portfolio
from exchanges.api.serializers import MomentField
from exchanges.api.trading_serializers import AmountField
from exchanges.selectors import currencies
from foundation.edge.api import ListApi
from foundation.lib.decimals import plain


class ShownBody(serializers.Serializer[Any]):
    currency = serializers.CharField(help_text="as preferred, else the asset")
    rate = AmountField(help_text="of the asset, for one of the currency")
    total = AmountField(help_text="in the currency")
    missing = serializers.CharField(
        help_text="the preferred currency, where no market prices it now; else empty"
    )


class PortfolioBody(serializers.Serializer[portfolio.Portfolio]):
    """change_today: since since_ms, midnight or the first snapshot after it; else null. Play money
    put in since then is no change. Amounts are in `asset`; `shown` has the total in the currency
    that the user prefers."""

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
    shown = serializers.SerializerMethodField()

    @extend_schema_field(ShownBody)
    def get_shown(self, mine: portfolio.Portfolio) -> dict[str, Any]:
        how: currencies.Shown = self.context["shown"]
        return dict(ShownBody({
            "currency": how.currency, "rate": how.rate, "total": how.of(mine.total),
            "missing": how.missing,
        }).data)  # fmt: skip


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
        how = {"shown": currencies.shown_to(request.user)}
        return Response(PortfolioBody(portfolio.portfolio(request.user), context=how).data)


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
        query = SnapshotQuery(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        return portfolio.history(
            self.request.user, start_ms=asked.get("start"), end_ms=asked.get("end")
        )


class PerformanceQuery(serializers.Serializer[Any]):
    """by: one row a bot, strategy, venue or account; left out: all bots on paper together."""

    by = serializers.ChoiceField(choices=list(performance_groups.NAMES), required=False)


class GroupRow(serializers.Serializer[Any]):
    """A sum over one quote asset and one kind of money. realised_pnl: after fees, without funding;
    funding: paid, negative: received. daily: [UTC midnight in ms, realised profit]. metrics: as in
    a backtest's report, over the capital of the newest runs, marked at the end of each trade."""

    name = serializers.CharField()
    mode = serializers.ChoiceField(choices=["paper", "live"])
    asset = serializers.CharField()
    bots = serializers.IntegerField()
    capital = AmountField()
    realised_pnl = AmountField()
    unrealised_pnl = AmountField()
    fees = AmountField()
    funding = AmountField()
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    losses = serializers.IntegerField()
    win_ratio = serializers.FloatField(allow_null=True, help_text="wins / losses")
    win_rate = serializers.FloatField(allow_null=True, help_text="wins / trades")
    daily = serializers.SerializerMethodField()
    metrics = serializers.DictField()

    @extend_schema_field(serializers.ListField(child=serializers.ListField()))
    def get_daily(self, row: dict[str, Any]) -> list[list[Any]]:
        return [[day_ms, plain(made)] for day_ms, made in row["daily"]]


class GroupsBody(serializers.Serializer[Any]):
    by = serializers.CharField()
    rows = GroupRow(many=True)


class PerformanceApi(APIView):
    """GET performance; with ?by= one row a group"""

    @extend_schema(
        parameters=[PerformanceQuery],
        responses=PolymorphicProxySerializer(
            component_name="PerformanceOfAll",
            serializers=[AllBotsBody, GroupsBody],
            resource_type_field_name=None,
        ),
    )
    def get(self, request: Request) -> Response:
        query = PerformanceQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        if by := query.validated_data.get("by"):
            rows = performance_groups.grouped(request.user, by)
            return Response(GroupsBody({"by": by, "rows": rows}).data)
        return Response(AllBotsBody(portfolio.performance(request.user)).data)
