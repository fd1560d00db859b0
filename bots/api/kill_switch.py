"""REST: the kill switch."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots.selectors import open_things
from bots.services import kill_switch
from exchanges.api.callers import owner
from exchanges.models import KillSwitch
from exchanges.selectors import risk


class KillSwitchRow(serializers.Serializer[Any]):
    """would_close: what is open now, in words. left: what the closing has not closed yet."""

    is_on = serializers.BooleanField()
    is_flat = serializers.BooleanField()
    started_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    flat_at = serializers.DateTimeField(allow_null=True)
    alarmed_at = serializers.DateTimeField(allow_null=True)
    left = serializers.ListField(child=serializers.CharField())
    would_close = serializers.ListField(child=serializers.CharField())


class KillSwitchApi(APIView):
    """GET, POST, DELETE portfolio/kill: stop all bots, close everything, open nothing; lift it"""

    @extend_schema(responses=KillSwitchRow)
    def get(self, request: Request) -> Response:
        row = risk.kill_switch(owner(request))
        return Response(_told(row, open_things.find(owner(request)).words()))

    @extend_schema(request=None, responses={202: KillSwitchRow})
    def post(self, request: Request) -> Response:
        would_close = open_things.find(owner(request)).words()
        row = kill_switch.pull(owner=owner(request))
        return Response(_told(row, would_close), status=202)

    @extend_schema(responses=KillSwitchRow)
    def delete(self, request: Request) -> Response:
        kill_switch.lift(owner=owner(request))
        return Response(_told(None, open_things.find(owner(request)).words()))


def _told(row: KillSwitch | None, would_close: list[str]) -> dict[str, Any]:
    names = ("is_flat", "started_at", "checked_at", "flat_at", "alarmed_at", "left")
    values = {name: getattr(row, name, None) for name in names}
    values |= {"is_flat": bool(values["is_flat"]), "left": values["left"] or []}
    return KillSwitchRow({**values, "is_on": row is not None, "would_close": would_close}).data
