"""REST: the kinds of bots there are, and what each asks for."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.core.kinds import KINDS
from bots.core.kinds.base import Kind


class KindParamRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField(help_text="fraction (0.02 is 2 %), number, integer, amount, …")
    # The metaclass collects fields, so this hides no attribute.
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    default = serializers.JSONField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    optional = serializers.BooleanField(help_text="may be left out though it has no default")


class KindRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    inputs = serializers.CharField(help_text="signals, leader, script; empty: candles only")
    backtests = serializers.CharField(help_text="why it is not backtested; empty: it is")
    params = KindParamRow(many=True)


class KindList(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = KindRow(many=True)


class KindsApi(APIView):
    """GET bots/kinds"""

    @extend_schema(responses=KindList)
    def get(self, _request: Request) -> Response:
        """Every kind beside rule strategies, with its parameters and their bounds."""
        kinds: list[Kind] = list(KINDS.values())
        return Response(KindList({"count": len(kinds), "results": kinds}).data)
