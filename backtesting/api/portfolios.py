"""REST: portfolio optimisations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from backtesting.models import PortfolioOptimization
from backtesting.models.portfolio import PortfolioOptimizationQuerySet
from backtesting.selectors import portfolios as selectors
from backtesting.services import portfolios
from bots.core.allocation import METHODS
from foundation.edge.api import ListApi
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault


class PortfolioRow(serializers.ModelSerializer[PortfolioOptimization]):
    class Meta:
        model = PortfolioOptimization
        fields = [
            "id", "name", "venue", "assets", "settings", "start_ms", "end_ms", "status", "error",
            "created_at", "finished_at",
        ]  # fmt: skip


class PortfolioDetail(PortfolioRow):
    """With the result: allocations of every method, frontier, correlation, walk-forward."""

    class Meta(PortfolioRow.Meta):
        fields = [*PortfolioRow.Meta.fields, "result"]


class PortfolioBody(Body):
    """symbols of a venue, or ids of completed backtests; fractions, not percent."""

    name = serializers.CharField(required=False)
    venue = serializers.CharField(required=False)
    symbols = serializers.ListField(child=serializers.CharField(), required=False)
    backtests = serializers.ListField(child=serializers.IntegerField(), required=False)
    start = serializers.CharField(required=False, help_text="ISO time or milliseconds")
    end = serializers.CharField(required=False, help_text="exclusive")
    method = serializers.ChoiceField(list(METHODS), required=False)
    timeframe = serializers.CharField(required=False, help_text="1h or longer; 1d")
    window = serializers.IntegerField(required=False, help_text="returns a weighing looks at")
    step = serializers.IntegerField(required=False, help_text="candles between two weighings")
    fee = serializers.FloatField(required=False)
    min_weight = serializers.FloatField(required=False)
    max_weight = serializers.FloatField(required=False)
    limits = serializers.DictField(required=False, help_text='{"BTC/USDT": {"min", "max"}}')


class WeightsBody(serializers.Serializer[Any]):
    method = serializers.CharField()
    weights = serializers.DictField(child=serializers.FloatField())
    expected_return = serializers.FloatField(help_text="per year, in the window")
    volatility = serializers.FloatField(help_text="per year, in the window")
    sharpe = serializers.FloatField(allow_null=True)
    at_ms = serializers.IntegerField()
    remark = serializers.CharField()


class PortfoliosApi(ListApi):
    """GET, POST portfolio-optimizations"""

    queryset = PortfolioOptimization.objects.none()  # names the model to the schema
    serializer_class = PortfolioRow
    filterset_fields = ["status", "venue"]
    ordering_fields = ["id", "name", "created_at", "finished_at"]
    ordering = ["-id"]

    def get_queryset(self) -> PortfolioOptimizationQuerySet:
        return selectors.owned(self.request.user)

    @extend_schema(request=PortfolioBody, responses={201: PortfolioRow})
    def post(self, request: Request) -> Response:
        made = portfolios.request(owner=cast(User, request.user), body=request.data)
        return Response(PortfolioRow(made).data, status=201)


class PortfolioApi(APIView):
    """GET, DELETE portfolio-optimizations/{id}"""

    @extend_schema(responses=PortfolioDetail)
    def get(self, request: Request, optimization_id: int) -> Response:
        return Response(PortfolioDetail(selectors.get_owned(request.user, optimization_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, optimization_id: int) -> Response:
        portfolios.delete(optimization=selectors.get_owned(request.user, optimization_id))
        return Response(status=204)


class PortfolioWeightsApi(APIView):
    """GET portfolio-optimizations/{id}/weights"""

    @extend_schema(
        parameters=[OpenApiParameter("method", enum=list(METHODS), description="another method's")],
        responses=WeightsBody,
    )
    def get(self, request: Request, optimization_id: int) -> Response:
        """What to hold: by symbol, or by strategy."""
        found = selectors.get_owned(request.user, optimization_id)
        method = request.query_params.get("method")
        if method is not None and method not in METHODS:
            words = f"must be one of {', '.join(METHODS)}"
            raise BadInput(f"method {words}", [FieldFault("method", words)])
        return Response(asdict(selectors.allocation(found, method)))
