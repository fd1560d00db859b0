"""REST: strategies."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from bots.models import Strategy
from bots.models.strategy import StrategyQuerySet
from bots.selectors import strategies as selectors
from bots.services import strategies
from foundation.edge.api import ListApi
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault

# A field of the body that stands for the same key of the spec.
SPEC_FIELDS = ("name", "description", "category")
BODY_FIELDS = (*SPEC_FIELDS, "spec", "visibility", "version")


class StrategyRow(serializers.ModelSerializer[Strategy]):
    """In a list: all but the spec."""

    author = serializers.CharField(source="owner.name", read_only=True)
    is_mine = serializers.SerializerMethodField()

    class Meta:
        model = Strategy
        fields = [
            "id", "name", "description", "category", "timeframe", "visibility", "version",
            "fingerprint", "author", "is_mine", "cloned_from", "created_at", "updated_at",
        ]  # fmt: skip

    def get_is_mine(self, strategy: Strategy) -> bool:
        return bool(strategy.owner_id == self.context["request"].user.pk)


class StrategyDetail(StrategyRow):
    """With the spec, and what it says in plain words."""

    summary = serializers.SerializerMethodField()

    class Meta(StrategyRow.Meta):
        fields = [*StrategyRow.Meta.fields, "spec", "summary"]

    def get_summary(self, strategy: Strategy) -> list[str]:
        return selectors.summary_of(strategy)


class StrategyBody(Body):
    """POST and PUT; name, description and category stand for the same keys of the spec."""

    spec = serializers.JSONField(required=False)
    name = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    category = serializers.CharField(required=False)
    visibility = serializers.ChoiceField(Strategy.Visibility.choices, required=False)
    version = serializers.IntegerField(
        required=False, help_text="the version that was changed; another one meanwhile is a 409"
    )


class CheckedBody(serializers.Serializer[Any]):
    """A spec that may be stored."""

    spec = serializers.JSONField()
    fingerprint = serializers.CharField()
    summary = serializers.ListField(child=serializers.CharField())
    warmup_candles = serializers.IntegerField()


class StrategiesApi(ListApi):
    """GET, POST strategies"""

    queryset = Strategy.objects.none()  # names the model to the schema
    serializer_class = StrategyRow
    filterset_fields = ["category", "timeframe", "visibility"]
    ordering_fields = ["name", "category", "created_at", "updated_at"]

    def get_queryset(self) -> StrategyQuerySet:
        return selectors.owned(self.request.user)

    @extend_schema(request=StrategyBody, responses={201: StrategyDetail})
    def post(self, request: Request) -> Response:
        body = _body(request)
        visibility = body.get("visibility", Strategy.Visibility.PRIVATE)
        made = strategies.create(
            owner=cast(User, request.user), spec=_spec(body, {}), visibility=visibility
        )
        return Response(StrategyDetail(made, context={"request": request}).data, status=201)


class PublicStrategiesApi(ListApi):
    """GET strategies/public"""

    serializer_class = StrategyRow
    filterset_fields = ["category", "timeframe"]
    ordering_fields = ["name", "category", "created_at", "updated_at"]

    def get_queryset(self) -> StrategyQuerySet:
        return selectors.public()


class StrategyApi(APIView):
    """GET, PUT, DELETE strategies/{id}"""

    @extend_schema(responses=StrategyDetail)
    def get(self, request: Request, strategy_id: int) -> Response:
        found = selectors.get_visible(request.user, strategy_id)
        return Response(StrategyDetail(found, context={"request": request}).data)

    @extend_schema(request=StrategyBody, responses=StrategyDetail)
    def put(self, request: Request, strategy_id: int) -> Response:
        found = selectors.get_owned(request.user, strategy_id)
        body = _body(request)
        says_spec = any(key in body for key in ("spec", *SPEC_FIELDS))
        changed = strategies.update(
            strategy=found,
            version=_version(body.get("version", found.version)),
            spec=_spec(body, found.spec) if says_spec else None,
            visibility=body.get("visibility"),
        )
        return Response(StrategyDetail(changed, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, strategy_id: int) -> Response:
        strategies.delete(strategy=selectors.get_owned(request.user, strategy_id))
        return Response(status=204)


class StrategyCloneApi(APIView):
    """POST strategies/{id}/clone"""

    @extend_schema(request=None, responses={201: StrategyDetail})
    def post(self, request: Request, strategy_id: int) -> Response:
        found = selectors.get_visible(request.user, strategy_id)
        made = strategies.clone(strategy=found, owner=cast(User, request.user))
        return Response(StrategyDetail(made, context={"request": request}).data, status=201)


class StrategyValidateApi(APIView):
    """POST strategies/validate"""

    @extend_schema(request=StrategyBody, responses=CheckedBody)
    def post(self, request: Request) -> Response:
        """The body is {"spec": …}, or the spec itself."""
        data = request.data
        spec = data["spec"] if isinstance(data, dict) and set(data) == {"spec"} else data
        checked = strategies.validate(spec=spec, owner=cast(User, request.user))
        return Response(CheckedBody(checked).data)


def _body(request: Request) -> dict[str, Any]:
    """The body's known fields; anything else is refused, not ignored."""
    if not isinstance(request.data, dict):
        raise BadInput("The body must be a JSON object")
    unknown = [FieldFault(key, "unknown field") for key in request.data if key not in BODY_FIELDS]
    if unknown:
        raise BadInput("The body has fields that are not known", unknown)
    return request.data


def _spec(body: dict[str, Any], before: dict[str, Any]) -> object:
    """The body's spec, or the one before, with the fields that stand for its keys."""
    spec = body.get("spec", before)
    if not isinstance(spec, dict):
        return spec
    return {**spec, **{key: body[key] for key in SPEC_FIELDS if key in body}}


def _version(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 2**31:
        words = "must be the version number that was changed"
        raise BadInput(f"version {words}", [FieldFault("version", words)])
    return value
