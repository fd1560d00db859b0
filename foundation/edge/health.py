"""Is it alive, is it ready, how is it: for load balancers, people and Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from concurrent.futures import wait
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from foundation.edge.api import AWAY
from foundation.edge.role_metrics import ANSWER_S_MAX, ROLES
from foundation.lib import bounded, heartbeat, watchdog
from foundation.lib.redis_client import client

# Without these nothing works; without the roles prices or bots stand still, but pages answer.
NEEDED = ("database", "redis")
Checks = dict[str, dict[str, Any]]


def _database() -> Checks:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # the thread's own: it ends with the question
    return {"database": {"ok": True}}


def _redis() -> Checks:
    client().ping()
    return {"redis": {"ok": True}, **{role: _role(role) for role in ROLES}}


def _role(role: str) -> dict[str, Any]:
    age_s = heartbeat.age_s(role)
    is_fresh = age_s is not None and age_s <= heartbeat.BEAT_AGE_S_MAX
    restarts = watchdog.restarts_of(role)
    return {"ok": is_fresh, "last_beat_age_s": age_s, "watchdog_restarts": restarts}


CHECKS: dict[str, Callable[[], Checks]] = {"database": _database, "redis": _redis}
SILENT: Checks = {name: {"ok": False} for name in (*NEEDED, *ROLES)}


def report() -> dict[str, Any]:
    """Every check by name, and the verdict: ok, degraded (a role is silent) or down.

    Both servers are asked at once and given ANSWER_S_MAX together.
    """
    asked = [bounded.ask(f"health of {name}", check) for name, check in CHECKS.items()]
    wait(asked, ANSWER_S_MAX)
    checks = dict(SILENT)
    for answer in asked:
        with suppress(TimeoutError, *AWAY):
            checks |= answer.result(0)
    if not all(checks[name]["ok"] for name in NEEDED):
        return {"status": "down", "checks": checks}
    all_ok = all(found["ok"] for found in checks.values())
    return {"status": "ok" if all_ok else "degraded", "checks": checks}


class AliveSerializer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="ok")


class HealthCheckSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    last_beat_age_s = serializers.FloatField(required=False, allow_null=True)
    watchdog_restarts = serializers.IntegerField(
        required=False, help_text="processes of the role that did nothing and were started again"
    )


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="ok, degraded or down")
    checks = serializers.DictField(child=HealthCheckSerializer())


class Probe(APIView):
    """Asked often and by machines: no sign-in, no rate limit."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = []


class Health(Probe):
    """GET health: every part by name; degraded while a role is silent, 503 when nothing works."""

    @extend_schema(responses={200: HealthSerializer, 503: HealthSerializer})
    def get(self, _request: Request) -> Response:
        found = report()
        return Response(found, status=503 if found["status"] == "down" else 200)


class Live(Probe):
    """GET health/live: this process answers. Asks nobody else: an outage elsewhere must not get
    it restarted."""

    @extend_schema(responses=AliveSerializer)
    def get(self, _request: Request) -> Response:
        return Response({"status": "ok"})


class Ready(Probe):
    """GET health/ready: may traffic come here? Only PostgreSQL and Redis decide; all is shown."""

    @extend_schema(responses={200: HealthSerializer, 503: HealthSerializer})
    def get(self, _request: Request) -> Response:
        found = report()
        is_ready = found["status"] != "down"
        body = {"status": "ok" if is_ready else "down", "checks": found["checks"]}
        return Response(body, status=200 if is_ready else 503)


class Metrics(APIView):
    """GET metrics: Prometheus text, for its scraper (bearer METRICS_TOKEN) and for admins."""

    throttle_classes = []

    @override
    def get_authenticators(self) -> list[Any]:
        return [] if is_scraper(self.request) else super().get_authenticators()

    @override
    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if is_scraper(self.request) else [IsAdminUser()]

    @extend_schema(responses={(200, "text/plain"): str})
    def get(self, _request: Request) -> HttpResponse:
        return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def is_scraper(request: HttpRequest | Request | None) -> bool:
    """Bearer METRICS_TOKEN, compared in constant time; never without a token set."""
    token = settings.METRICS_TOKEN
    given = request.META.get("HTTP_AUTHORIZATION", "") if request else ""
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
