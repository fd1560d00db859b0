"""REST: auth/plan, auth/plans: what a user may use, what it costs, and choosing another."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import signed_in
from accounts.core.plans import PRICE_ASSET
from accounts.models import Plan, Subscription, User
from accounts.services import plans, subscriptions
from accounts.services.subscriptions import How, Quote
from foundation.edge.fields import Body

PRICE: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "min_value": 0}


class PlanRow(serializers.ModelSerializer[Plan]):
    """price: a month, in `asset` of auth/plan."""

    class Meta:
        model = Plan
        fields = [
            "code", "name", "price", "running_bots", "backtests_per_day", "scripts",
            "requests_per_minute",
        ]  # fmt: skip
        read_only_fields = fields


class QuoteRow(serializers.Serializer[Any]):
    """What choosing the plan does. due: to pay now. at: when it begins."""

    plan = PlanRow(read_only=True)
    how = serializers.ChoiceField(choices=[one.value for one in How], read_only=True)
    due = serializers.DecimalField(**PRICE, read_only=True)
    at = serializers.DateTimeField(read_only=True)


class MyPlanRow(serializers.Serializer[Any]):
    """used: limit -> how much of it is used now. Without a period the plan does not end."""

    plan = PlanRow(read_only=True)
    used = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    asset = serializers.CharField(read_only=True)
    paid = serializers.DecimalField(**PRICE, read_only=True)
    period_start = serializers.DateTimeField(read_only=True, allow_null=True)
    period_end = serializers.DateTimeField(read_only=True, allow_null=True)
    grace_until = serializers.DateTimeField(read_only=True, allow_null=True)
    next_plan = PlanRow(read_only=True, allow_null=True)


class ChangeBody(Body):
    """due: the amount that was agreed to; the change is refused where it has risen since."""

    plan = serializers.SlugField(max_length=24)
    due = serializers.DecimalField(**PRICE, required=False)


class MyPlanApi(APIView):
    """GET auth/plan"""

    @extend_schema(responses=MyPlanRow)
    def get(self, request: Request) -> Response:
        return Response(MyPlanRow(_mine(signed_in(request))).data)


class PlansApi(APIView):
    """GET auth/plans: every plan, the smallest first, with what choosing it would cost now."""

    @extend_schema(responses=QuoteRow(many=True))
    def get(self, request: Request) -> Response:
        found: list[Quote] = subscriptions.quotes(signed_in(request))
        return Response(QuoteRow(found, many=True).data)


class ChangePlanApi(APIView):
    """POST auth/plan/change: an upgrade at once, for money; a downgrade at the period's end."""

    @extend_schema(request=ChangeBody, responses=MyPlanRow)
    def post(self, request: Request) -> Response:
        given = ChangeBody(data=request.data)
        given.is_valid(raise_exception=True)
        user, asked = signed_in(request), given.validated_data
        subscriptions.change(user=user, code=asked["plan"], shown=asked.get("due"))
        return Response(MyPlanRow(_mine(user)).data)


def _mine(user: User) -> dict[str, Any]:
    row: Subscription = subscriptions.of(user)
    return {
        "plan": row.plan,
        "used": plans.usage(user),
        "asset": PRICE_ASSET,
        "paid": row.paid,
        "period_start": row.period_start,
        "period_end": row.period_end,
        "grace_until": row.grace_until,
        "next_plan": row.next_plan,
    }
