"""REST: a strategy as a program of its own, and as a bot that runs here."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from bots.api.bot_bodies import body_of, check_complete, values_of
from bots.api.bot_serializers import BotBody, BotRow
from bots.core.codegen import LANGUAGES
from bots.selectors import bots as selectors
from bots.selectors.programs import program_of
from bots.services import deploying
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault


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


class DeployBody(BotBody):
    """As POST bots; a spec may stand in place of the strategy, and is stored as one."""

    name = serializers.CharField(
        required=False, max_length=100, help_text="without it the strategy's"
    )
    spec = serializers.JSONField(required=False)


class DeployApi(APIView):
    """POST bots/deploy: a bot that runs at once; it decides as the generated program does"""

    @extend_schema(request=DeployBody, responses={201: BotRow})
    def post(self, request: Request) -> Response:
        body = body_of(request, tuple(DeployBody().fields))
        spec = body.pop("spec", None)
        if spec is not None and "strategy" in body:
            raise BadInput("Send spec or strategy.", [FieldFault("spec", "not beside a strategy")])
        values = values_of(request, body)
        given = values if spec is None else {**values, "strategy": spec}
        check_complete({"name": "", **given})
        made = deploying.deploy(owner=cast(User, request.user), spec=spec, **values)
        return Response(BotRow(selectors.get_owned(request.user, made.pk)).data, status=201)
