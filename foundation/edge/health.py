"""Is it alive, is it ready, how is it: for load balancers, people and Prometheus."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from foundation.edge.api import AWAY, error_response
from foundation.lib import clock
from foundation.lib.redis_client import client

BEAT_EVERY_S = 10
BEAT_AGE_S_MAX = 3 * BEAT_EVERY_S + 5
# Without these nothing works; without the others prices or bots stand still, but pages answer.
NEEDED = ("database", "redis")
ROLES = ("feed", "ticks", "batch")


def beat(role: str) -> None:
    """Called by a process of that role every BEAT_EVERY_S: "I am alive and doing my work"."""
    client().set(f"heartbeat:{role}", clock.now_ms(), ex=24 * 3600)


def beat_age_s(role: str) -> float | None:
    """Seconds since the role's last beat; None if there was none for a day."""
    last: Any = client().get(f"heartbeat:{role}")
    return None if last is None else (clock.now_ms() - int(last)) / 1000


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def _redis() -> dict[str, Any]:
    client().ping()
    return {"ok": True}


def _role(role: str) -> Callable[[], dict[str, Any]]:
    def check() -> dict[str, Any]:
        age_s = beat_age_s(role)
        return {"ok": age_s is not None and age_s <= BEAT_AGE_S_MAX, "last_beat_age_s": age_s}

    return check


CHECKS: dict[str, Callable[[], dict[str, Any]]] = {
    "database": _database,
    "redis": _redis,
    **{role: _role(role) for role in ROLES},
}


def report() -> dict[str, Any]:
    """Every check by name, and the verdict: ok, degraded (a role is silent) or down."""
    checks = {}
    for name, check in CHECKS.items():
        try:
            checks[name] = check()
        except AWAY:
            checks[name] = {"ok": False}
    if not all(checks[name]["ok"] for name in NEEDED):
        return {"status": "down", "checks": checks}
    all_ok = all(found["ok"] for found in checks.values())
    return {"status": "ok" if all_ok else "degraded", "checks": checks}


@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's
    found = report()
    return JsonResponse(found, status=503 if found["status"] == "down" else 200)


@require_safe
def live(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's
    """The process answers; asks nobody else, so a database outage does not get it killed."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's
    """May traffic come here? Only PostgreSQL and Redis decide."""
    found = report()
    checks = {name: found["checks"][name] for name in NEEDED}
    is_ready = found["status"] != "down"
    body = {"status": "ok" if is_ready else "down", "checks": checks}
    return JsonResponse(body, status=200 if is_ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for its scraper (bearer METRICS_TOKEN) and signed-in admins only."""
    if not (_is_scraper(request) or getattr(request.user, "is_staff", False)):
        return error_response(404, request)
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _is_scraper(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    given = request.META.get("HTTP_AUTHORIZATION", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
