"""REST: limits of risk, presets, and what was refused."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchanges.api.callers import owner
from exchanges.api.trading_serializers import AmountField
from exchanges.core.risk_gate import PRESETS, Facts
from exchanges.models import RiskRefusal
from exchanges.selectors import risk as selectors
from exchanges.services import risk_limits
from foundation.edge.api import ListApi
from foundation.edge.fields import AmountInput, Body, ChoiceInput, WholeInput, values_of
from foundation.edge.parsers import ExactJSONParser


class LimitsRow(serializers.Serializer[Any]):
    """null: no limit. Money in USDT; daily_loss_fraction 0.05 is 5 %."""

    exposure_coin = AmountField(allow_null=True)
    leverage = AmountField(allow_null=True)
    daily_loss = AmountField(allow_null=True)
    daily_loss_fraction = AmountField(allow_null=True)
    position = AmountField(allow_null=True)
    orders_hour = serializers.IntegerField(allow_null=True)


class FactsRow(serializers.Serializer[Any]):
    """What is at risk now, orders on their way included. exposure: coin -> amount as text."""

    equity = AmountField()
    total = AmountField()
    day_result = AmountField()
    orders_hour = serializers.IntegerField()
    exposure = serializers.DictField(child=AmountField())


class StandingRow(serializers.Serializer[Any]):
    """own: the user's limits; everybody: the operators'; merged: what holds. paper, real: facts."""

    own = LimitsRow()
    everybody = LimitsRow()
    merged = LimitsRow()
    paper = FactsRow()
    real = FactsRow(allow_null=True)


class LimitsBody(Body):
    """What is left out stays; null: no limit of one's own."""

    exposure_coin = AmountInput(required=False, allow_null=True)
    leverage = AmountInput(required=False, allow_null=True)
    daily_loss = AmountInput(required=False, allow_null=True)
    daily_loss_fraction = AmountInput(required=False, allow_null=True)
    position = AmountInput(required=False, allow_null=True)
    orders_hour = WholeInput(least=1, most=risk_limits.ORDERS_MAX, required=False, allow_null=True)


class PresetBody(Body):
    preset = ChoiceInput(PRESETS)


class PresetRow(LimitsRow):
    """Limits for what the user's paper money is worth now."""

    name = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()


class RefusalRow(serializers.ModelSerializer[RiskRefusal]):
    class Meta:
        model = RiskRefusal
        fields = [
            "id",
            "at",
            "wallet",
            "venue",
            "symbol",
            "side",
            "rule",
            "value",
            "limit",
            "words",
        ]


class LimitsApi(APIView):
    """GET, PUT risk/limits: what every order is held against, and what is at risk now"""

    parser_classes = [ExactJSONParser]

    @extend_schema(responses=StandingRow)
    def get(self, request: Request) -> Response:
        return Response(_standing(request))

    @extend_schema(request=LimitsBody, responses=StandingRow)
    def put(self, request: Request) -> Response:
        values = values_of(LimitsBody, request.data)
        risk_limits.set_own(owner=owner(request), values=values)
        return Response(_standing(request))


class PresetsApi(APIView):
    """GET, POST risk/presets: limits by a tolerance of risk; POST takes one over"""

    parser_classes = [ExactJSONParser]

    @extend_schema(responses=PresetRow(many=True))
    def get(self, request: Request) -> Response:
        equity = selectors.equity(owner(request).pk)
        rows = [
            {"name": name, "title": one.title, "summary": one.summary, **asdict(one.limits(equity))}
            for name, one in PRESETS.items()
        ]
        return Response(PresetRow(rows, many=True).data)

    @extend_schema(request=PresetBody, responses=StandingRow)
    def post(self, request: Request) -> Response:
        values = values_of(PresetBody, request.data)
        risk_limits.apply_preset(owner=owner(request), name=values["preset"])
        return Response(_standing(request))


class RefusalsApi(ListApi):
    """GET risk/refusals: orders that were not let through, with rule, value and limit"""

    queryset = RiskRefusal.objects.none()  # names the model to the schema
    serializer_class = RefusalRow
    filterset_fields = ["rule", "symbol", "wallet", "side"]
    ordering_fields = ["id", "at"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[RiskRefusal]:
        return selectors.refusals(owner(self.request))


def _standing(request: Request) -> dict[str, Any]:
    found = selectors.standing(owner(request))
    limits = {name: asdict(getattr(found, name)) for name in ("own", "everybody", "merged")}
    facts = {"paper": _facts(found.paper), "real": found.real and _facts(found.real)}
    return StandingRow({**limits, **facts}).data


def _facts(facts: Facts) -> dict[str, Any]:
    exposure = {coin: amount for coin, amount in facts.exposure.items() if amount}
    return {
        "equity": facts.equity, "total": facts.total, "day_result": facts.day_result,
        "orders_hour": facts.orders_hour, "exposure": exposure,
    }  # fmt: skip
