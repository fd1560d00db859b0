"""REST for staff: markets, the figures of the risk engine, the insurance fund, liquidations."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchanges.api.admin_serializers import (
    AdminMarketBody,
    AdminMarketRow,
    FundRow,
    LiquidationRow,
    ParameterRow,
    ParametersBody,
)
from exchanges.api.serializers import VenueQuery
from exchanges.models import Liquidation
from exchanges.selectors import insurance, markets, risk_parameters
from exchanges.services.paper import governing
from foundation.edge.api import ListApi
from foundation.edge.fields import values_of
from foundation.edge.parsers import ExactJSONParser
from foundation.edge.permissions import StaffMay


class AdminMarketApi(APIView):
    """GET, PUT admin/markets/{symbol}: steps, minimums, fees, leverage tiers, funding rate"""

    permission_classes = [StaffMay]
    changing = "accounts.change_markets"
    parser_classes = [ExactJSONParser]

    @extend_schema(parameters=[VenueQuery], responses=AdminMarketRow)
    def get(self, request: Request, symbol: str) -> Response:
        return Response(AdminMarketRow(markets.get(_venue(request), symbol)).data)

    @extend_schema(parameters=[VenueQuery], request=AdminMarketBody, responses=AdminMarketRow)
    def put(self, request: Request, symbol: str) -> Response:
        market = markets.get(_venue(request), symbol)
        values = values_of(AdminMarketBody, request.data)
        changed = governing.change_market(market=market, by=str(request.user), **values)
        return Response(AdminMarketRow(changed).data)


class RiskParametersApi(APIView):
    """GET, PUT admin/risk-params: fee of a liquidation, margin call, limits"""

    permission_classes = [StaffMay]
    changing = "accounts.change_risk_params"
    parser_classes = [ExactJSONParser]

    @extend_schema(responses=ParameterRow(many=True))
    def get(self, _request: Request) -> Response:
        return Response(ParameterRow(risk_parameters.parameters(), many=True).data)

    @extend_schema(request=ParametersBody, responses=ParameterRow(many=True))
    def put(self, request: Request) -> Response:
        values = values_of(ParametersBody, request.data)
        governing.set_parameters(values=values, by=str(request.user))
        return Response(ParameterRow(risk_parameters.parameters(), many=True).data)


class InsuranceFundApi(APIView):
    """GET admin/insurance-fund: its balance and newest movements"""

    permission_classes = [StaffMay]

    @extend_schema(responses=FundRow)
    def get(self, _request: Request) -> Response:
        return Response(FundRow(insurance.fund()).data)


class LiquidationsApi(ListApi):
    """GET admin/liquidations"""

    permission_classes = [StaffMay]
    queryset = Liquidation.objects.none()
    serializer_class = LiquidationRow
    filterset_fields = ["venue", "symbol", "side", "owner"]
    ordering_fields = ["id", "time_ms"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Any]:
        return Liquidation.objects.all()


def _venue(request: Request) -> str:
    query = VenueQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return str(query.validated_data["venue"])
