"""REST: a bot's way from paper to real money, and what an account would have refused of it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.api.bot_bodies import account_of, body_of
from bots.models import BotPromotion
from bots.selectors import bots as selectors
from bots.services import preflight, promotions
from exchanges.api.trading_serializers import AmountField
from exchanges.models import ExchangeCredential
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault, NotFound


class PromotionBody(Body):
    """PUT bots/{id}/promotion. plan: paper_days, parity_min, fills_min, share, ramp_days,
    ramp_factor, drawdown_max; what is left out has its default."""

    credential = serializers.IntegerField()
    plan = serializers.DictField(required=False)


class PromotionRow(serializers.ModelSerializer[BotPromotion]):
    """words: what is still to be shown before the next step, or why it went back."""

    share = AmountField()
    allocation = AmountField()

    class Meta:
        model = BotPromotion
        fields = ["stage", "share", "allocation", "credential", "plan", "since", "words"]


class ReasonRow(serializers.Serializer[Any]):
    words = serializers.CharField()
    orders = serializers.IntegerField()


class PreflightRefusalRow(serializers.Serializer[Any]):
    """One order that would not have gone out: the rule, the order's value, the limit."""

    order = serializers.IntegerField(source="order.pk")
    decided_at_ms = serializers.IntegerField(source="order.decided_at_ms")
    symbol = serializers.CharField(source="order.symbol")
    side = serializers.CharField(source="order.side")
    rule = serializers.CharField()
    value = serializers.CharField()
    limit = serializers.CharField()
    words = serializers.CharField()


class PreflightBody(serializers.Serializer[Any]):
    """Of the bot's orders of thirty days: how many the account would have refused, and why.

    reasons: the most frequent; refusals: order by order, the newest."""

    orders = serializers.IntegerField()
    refused = serializers.IntegerField()
    reasons = ReasonRow(many=True)
    refusals = PreflightRefusalRow(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class BotPromotionApi(APIView):
    """GET, PUT, DELETE bots/{id}/promotion"""

    @extend_schema(responses=PromotionRow)
    def get(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        row = BotPromotion.objects.filter(bot=bot).first()
        if row is None:
            raise NotFound("this bot is not on its way to an account")
        return Response(PromotionRow(row).data)

    @extend_schema(request=PromotionBody, responses=PromotionRow)
    def put(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        body = body_of(request, ("credential", "plan"))
        plan = body.get("plan", {})
        if not isinstance(plan, dict):
            raise BadInput("The request has a fault.", [FieldFault("plan", "must be an object")])
        account = _account(request, body.get("credential"))
        return Response(PromotionRow(promotions.begin(bot=bot, credential=account, plan=plan)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, bot_id: int) -> Response:
        promotions.end(bot=selectors.get_owned(request.user, bot_id))
        return Response(status=204)


class BotPromotionAdvanceApi(APIView):
    """POST bots/{id}/promotion/advance: the next step now, whatever is still to be shown"""

    @extend_schema(request=None, responses=PromotionRow)
    def post(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        return Response(PromotionRow(promotions.advance(bot=bot)).data)


class BotPromotionBackApi(APIView):
    """POST bots/{id}/promotion/back: to paper money now"""

    @extend_schema(request=None, responses=PromotionRow)
    def post(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        return Response(PromotionRow(promotions.step_back(bot=bot)).data)


class BotPreflightApi(APIView):
    """GET bots/{id}/preflight?credential="""

    @extend_schema(
        parameters=[OpenApiParameter("credential", int, required=True)], responses=PreflightBody
    )
    def get(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        asked = request.query_params.get("credential", "")
        account = _account(request, int(asked) if asked.isdecimal() and len(asked) < 19 else None)
        found = preflight.look(bot, account)
        told = [{"words": words, "orders": count} for words, count in preflight.reasons(found)]
        return Response(
            PreflightBody(
                {"orders": found.orders, "refused": found.refused, "reasons": told,
                 "refusals": found.refusals, "warnings": found.warnings}
            ).data
        )  # fmt: skip


def _account(request: Request, value: object) -> ExchangeCredential:
    faults: list[FieldFault] = []
    found = account_of(request, value, faults)
    if found is None:
        faults = faults or [FieldFault("credential", "choose an exchange account")]
        raise BadInput("The request has a fault.", faults)
    return found
