"""REST: the indicators there are, and one of them over stored candles."""

from __future__ import annotations

from typing import Any

import numpy as np
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.core.indicators import INDICATORS, SOURCES, Column, Indicator
from bots.selectors import indicators
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault

FAMILIES = sorted({kind.family for kind in INDICATORS.values()})


class ParamRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField(help_text="int, float or choice")
    default = serializers.JSONField(help_text="a number, or a word for a choice")
    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    doc = serializers.CharField()


class IndicatorRow(serializers.Serializer[Any]):
    type = serializers.CharField()
    name = serializers.CharField()
    family = serializers.CharField()
    doc = serializers.CharField()
    params = ParamRow(many=True)
    outputs = serializers.ListField(child=serializers.CharField(), help_text="main one first")
    inputs = serializers.ListField(child=serializers.CharField())
    takes_source = serializers.BooleanField()
    sources = serializers.ListField(child=serializers.CharField())
    overlay = serializers.BooleanField(help_text="drawn over the price, not below it")
    memory = serializers.ChoiceField(["window", "fading", "session", "forever"])


class IndicatorList(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = IndicatorRow(many=True)


class CalculateBody(Body):
    venue = serializers.CharField()
    symbol = serializers.CharField()
    timeframe = serializers.CharField()
    type = serializers.CharField()
    params = serializers.DictField(required=False)
    # The metaclass collects fields, so this hides no attribute.
    source = serializers.CharField(required=False)  # type: ignore[assignment]
    start = serializers.CharField(required=False, help_text="ISO time or milliseconds, inclusive")
    end = serializers.CharField(required=False, help_text="ISO time or milliseconds, exclusive")
    limit = serializers.IntegerField(
        min_value=1, max_value=indicators.ROWS_MAX, default=indicators.ROWS_DEFAULT
    )


class Calculation(serializers.Serializer[Any]):
    venue = serializers.CharField()
    symbol = serializers.CharField()
    timeframe = serializers.CharField()
    type = serializers.CharField()
    params = serializers.DictField()
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # as above
    open_time_ms = serializers.ListField(child=serializers.IntegerField())
    columns = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True))
    )


class IndicatorsApi(APIView):
    """GET data/indicators"""

    @extend_schema(
        parameters=[OpenApiParameter("family", enum=FAMILIES)],
        responses=IndicatorList,
    )
    def get(self, request: Request) -> Response:
        """Every type in one answer: there are too few of them to page through."""
        family = request.query_params.get("family")
        if family is not None and family not in FAMILIES:
            words = f"must be one of {', '.join(FAMILIES)}"
            raise BadInput(f"family {words}", [FieldFault("family", words)])
        rows = [
            indicator_row(kind) for kind in INDICATORS.values() if family in (None, kind.family)
        ]
        return Response({"count": len(rows), "results": rows})


class CalculateIndicatorApi(APIView):
    """POST data/calculate-indicator"""

    @extend_schema(request=CalculateBody, responses=Calculation)
    def post(self, request: Request) -> Response:
        """At most `limit` rows: from `start` on where given, else the newest before `end`."""
        made = indicators.calculate(request.data)
        asked = made.asked
        return Response(
            {
                "venue": asked.venue,
                "symbol": asked.symbol,
                "timeframe": asked.timeframe,
                "type": asked.indicator.type,
                "params": dict(asked.indicator.params),
                "source": asked.indicator.source or None,
                "open_time_ms": made.candles.open_time_ms.tolist(),
                "columns": {name: numbers(column) for name, column in made.columns.items()},
            }
        )


def indicator_row(kind: Indicator) -> dict[str, Any]:
    """One registry entry as plain data."""
    params = [
        {
            "name": name,
            "kind": param.kind,
            "default": param.default,
            "least": param.least,
            "most": param.most,
            "choices": list(param.choices),
            "doc": param.doc,
        }
        for name, param in kind.params.items()
    ]
    plain = {key: getattr(kind, key) for key in ("name", "family", "doc", "overlay", "memory")}
    return plain | {
        "type": kind.key,
        "params": params,
        "outputs": list(kind.outputs),
        "inputs": list(kind.inputs),
        "takes_source": kind.takes_source,
        "sources": list(SOURCES) if kind.takes_source else [],
    }


def numbers(column: Column) -> list[float | None]:
    """The column as JSON takes it: null where there is no value."""
    return [value if finite else None for value, finite in zip(
        column.tolist(), np.isfinite(column).tolist(), strict=True
    )]  # fmt: skip
