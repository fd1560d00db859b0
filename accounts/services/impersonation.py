"""An admin sees the site as one of its users does: who may, for how long, and what stays closed.

django-hijack changes the session's user and keeps the admin's number in the session.
"""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from accounts.models import User
from accounts.services import audit, mfa
from foundation.edge.consumers import OPEN_UNTIL
from foundation.lib import clock

HISTORY = "hijack_history"  # django-hijack's own name, in the session
SINCE = "viewing_as_since_ms"
LENGTH_MS_MAX = 3_600_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LEAVE_PATH = "/people/view-as/end/"
# Work that neither moves money nor opens the account, done for the person. Every other change is
# refused, so that an address that is new is closed until somebody has thought about it.
WORK = (
    "/backtests/",
    "/optimizations/",
    "/strategies/",
    "/insight/",
    "/api/backtests",
    "/api/optimizations",
    "/api/portfolio-optimizations",
    "/api/strategies",
    "/api/custom-indicators",
    "/api/insight/",
    "/api/data/calculate-indicator",
)
# What shows a secret, or hands everything over, is not even looked at.
CLOSED = (
    "/settings/second-factor/",
    "/settings/again/",
    "/settings/your-data/",
    "/api/auth/mfa",
    "/api/auth/export",
)
STOPS = ("/stop/", "/pause/", "/stop", "/pause")  # a bot that runs away, at its owner's call
OPEN = (LEAVE_PATH, "/settings/theme/", "/sign-out/")


def may(*, hijacker: Any, hijacked: Any) -> bool:
    """Admins with a second factor, at users who are neither staff nor closed; asked by hijack."""
    return (
        isinstance(hijacker, User)
        and hijacker.is_active
        and hijacker.role == User.Role.ADMIN
        and mfa.has_factor(hijacker)
        and hijacked.is_active
        and not hijacked.registration_open
        and not mfa.is_staff(hijacked)
    )


def has_fresh_factor(request: HttpRequest) -> bool:
    """Whether the second factor was shown in this session, at most ten minutes ago."""
    records = get_authentication_records(request, request.user)
    shown_s = [one["at"] for one in records if one["method"] == "mfa"]
    fresh_s: int = app_settings.REAUTHENTICATION_TIMEOUT
    return bool(shown_s) and clock.now_ms() / 1000 - max(shown_s) < fresh_s


def is_on(request: HttpRequest) -> bool:
    return bool(request.session.get(HISTORY))


def began(request: HttpRequest, admin: User, user: User) -> None:
    now_ms = clock.now_ms()
    request.session[SINCE] = now_ms
    request.session[OPEN_UNTIL] = now_ms + LENGTH_MS_MAX  # though no page is asked for any more
    _write_down("began", admin, user)


def ended(admin: User, user: User) -> None:
    _write_down("ended", admin, user)


def admin_of(request: HttpRequest) -> User | None:
    """Who looks, as long as they still may."""
    is_over = clock.now_ms() - request.session.get(SINCE, 0) > LENGTH_MS_MAX
    admin = User.objects.filter(pk=request.session[HISTORY][-1]).first()
    if is_over or admin is None or not may(hijacker=admin, hijacked=request.user):
        return None
    return admin


def is_closed(method: str, path: str) -> bool:
    """Whether an admin who looks as somebody else is refused this."""
    stops = path.startswith(("/bots/", "/api/bots/")) and path.endswith(STOPS)
    if path.startswith(OPEN) or stops:
        return False
    return path.startswith(CLOSED) or (method not in SAFE and not path.startswith(WORK))


def _write_down(what: str, admin: User, user: User) -> None:
    audit.record(admin, "user.impersonated", user, after={"what": what})
