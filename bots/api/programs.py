"""REST: a strategy as a program of its own."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.core.codegen import LANGUAGES
from bots.selectors.programs import program_of
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput


class ProgramOptions(Body):
    symbol = serializers.CharField(required=False, help_text="without it the strategy's first one")
    exchange = serializers.CharField(required=False, default="binance", help_text="ccxt's id")


class ProgramBody(Body):
    """Either strategy or spec."""

    strategy = serializers.IntegerField(required=False)
    spec = serializers.JSONField(required=False)
    language = serializers.ChoiceField(choices=LANGUAGES)
    options = ProgramOptions(required=False)


class ProgramShown(serializers.Serializer[Any]):
    language = serializers.CharField()
    filename = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment]  # the name is the contract's
        help_text="the whole program, one file"
    )
    sha256 = serializers.CharField(help_text="of the source in UTF-8")


class GenerateApi(APIView):
    """POST bots/generate"""

    @extend_schema(request=ProgramBody, responses=ProgramShown)
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise BadInput("The body must be a JSON object")
        return Response(ProgramShown(program_of(request.user, request.data)).data)
