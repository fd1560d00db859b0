"""REST: checks of a backtest, whether it can be believed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtesting.core.honesty.kinds import KINDS
from backtesting.core.honesty.settings import Setting
from backtesting.models import Check
from backtesting.models.check import CheckQuerySet
from backtesting.selectors import backtests, checks
from backtesting.services import checks as service
from foundation.edge.api import ListApi
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault

BODY_FIELDS = ("kind", "settings", "force")
ABOUT_SETTINGS = "Those that are missing get their default. " + " ".join(
    f"{kind.key}: {', '.join(one.name for one in kind.settings)}." for kind in KINDS.values()
)


class CheckVerdict(serializers.Serializer[Any]):
    """What the result comes to, in one sentence."""

    tone = serializers.CharField(help_text="good, warning or bad")
    text = serializers.CharField()


class CheckRow(serializers.ModelSerializer[Check]):
    """In a list: the verdict only."""

    verdict = serializers.SerializerMethodField()

    class Meta:
        model = Check
        fields = [
            "id", "backtest", "kind", "settings", "status", "stage", "progress", "error",
            "verdict", "created_at", "started_at", "finished_at",
        ]  # fmt: skip

    @extend_schema_field(CheckVerdict(allow_null=True))
    def get_verdict(self, check: Any) -> dict[str, str] | None:
        found: dict[str, str] | None = check.verdict
        return found


class CheckDetail(serializers.ModelSerializer[Check]):
    """With the whole result: `verdict`, `notes`, and what belongs to its kind."""

    result = serializers.JSONField(allow_null=True)

    class Meta:
        model = Check
        fields = [
            "id", "backtest", "kind", "settings", "status", "stage", "progress",
            "cancel_requested", "attempt", "error", "result", "code_version", "created_at",
            "started_at", "finished_at",
        ]  # fmt: skip


class CheckBody(Body):
    """POST checks: what to find out, and how."""

    kind = serializers.CharField(help_text="one of: " + ", ".join(KINDS))
    settings = serializers.JSONField(required=False, help_text=ABOUT_SETTINGS)
    force = serializers.BooleanField(required=False, help_text="compute it anew in any case")


class CheckSettingRow(serializers.Serializer[Any]):
    """One setting as a form shows it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, as DRF reads it
    kind = serializers.CharField()
    default = serializers.JSONField()
    help = serializers.CharField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    choices = serializers.ListField(child=serializers.CharField())


class CheckKindRow(serializers.Serializer[Any]):
    """One kind of check."""

    key = serializers.CharField()
    title = serializers.CharField()
    question = serializers.CharField()
    about = serializers.CharField()
    settings = CheckSettingRow(many=True)


class CheckKindsApi(APIView):
    """GET backtests/check-kinds"""

    @extend_schema(responses=CheckKindRow(many=True))
    def get(self, _request: Request) -> Response:
        """The kinds of checks there are, with their settings and bounds."""
        return Response([_kind_row(key) for key in KINDS])


class ChecksApi(ListApi):
    """GET, POST backtests/{id}/checks"""

    queryset = Check.objects.none()  # names the model to the schema
    serializer_class = CheckRow
    filterset_fields = ["kind", "status"]
    ordering_fields = ["id", "created_at", "finished_at"]
    ordering = ["-id"]

    def get_queryset(self) -> CheckQuerySet:
        found = backtests.get_owned(self.request.user, self.kwargs["backtest_id"])
        return checks.rows(found)

    @extend_schema(request=CheckBody, responses={200: CheckDetail, 201: CheckDetail})
    def post(self, request: Request, backtest_id: int) -> Response:
        """Queue a check (201), or answer with the one that was asked before (200)."""
        body = _body(request)
        made, was_there = service.request(
            backtest=backtests.get_owned(request.user, backtest_id),
            kind=body.get("kind"),
            settings=body.get("settings"),
            force=body.get("force", False),
        )
        return Response(CheckDetail(made).data, status=200 if was_there else 201)


class CheckApi(APIView):
    """GET, DELETE backtests/{id}/checks/{id}"""

    @extend_schema(responses=CheckDetail)
    def get(self, request: Request, backtest_id: int, check_id: int) -> Response:
        return Response(CheckDetail(_check(request, backtest_id, check_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, backtest_id: int, check_id: int) -> Response:
        """In any state; a check that is under way stops and stores nothing."""
        service.delete(check=_check(request, backtest_id, check_id))
        return Response(status=204)


class CheckCancelApi(APIView):
    """POST backtests/{id}/checks/{id}/cancel"""

    @extend_schema(request=None, responses=CheckDetail)
    def post(self, request: Request, backtest_id: int, check_id: int) -> Response:
        found = _check(request, backtest_id, check_id)
        return Response(CheckDetail(service.cancel(check=found)).data)


def _check(request: Request, backtest_id: int, check_id: int) -> Check:
    backtest = backtests.get_owned(request.user, backtest_id)
    return checks.get_owned(request.user, backtest, check_id)


def _kind_row(key: str) -> dict[str, Any]:
    kind = KINDS[key]
    return {
        "key": key,
        "title": kind.title,
        "question": kind.question,
        "about": kind.about,
        "settings": [_setting_row(one) for one in kind.settings],
    }


def _setting_row(one: Setting) -> dict[str, Any]:
    names = ("name", "label", "kind", "default", "help", "low", "high", "choices")
    return {name: getattr(one, name) for name in names}


def _body(request: Request) -> dict[str, Any]:
    """The body's known fields; anything else is refused, not ignored."""
    if not isinstance(request.data, dict):
        raise BadInput("The body must be a JSON object")
    faults = [FieldFault(key, "unknown field") for key in request.data if key not in BODY_FIELDS]
    if not isinstance(request.data.get("force", False), bool):
        faults.append(FieldFault("force", "must be true or false"))
    if faults:
        raise BadInput("The body has faults", faults)
    return request.data
