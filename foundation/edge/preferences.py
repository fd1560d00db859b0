"""Theme and time zone of this browser: cookies, so that a page is right before any script runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}
THEME_COOKIE, ZONE_COOKIE = "theme", "tz"
COOKIE_AGE_S = 400 * 24 * 3600  # the longest that browsers keep


@cache
def zones() -> tuple[str, ...]:
    """Every zone a person may choose, in order."""
    return tuple(sorted(available_timezones()))


def theme_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def zone_of(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(ZONE_COOKIE, "").replace("%2F", "/")
    return chosen if chosen in zones() else "UTC"


def remember(response: HttpResponse, cookie: str, value: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(cookie, value, max_age=COOKIE_AGE_S, samesite="Lax", secure=secure)


def time_zone_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Times on a page are written in its reader's zone."""

    def respond(request: HttpRequest) -> HttpResponse:
        with timezone.override(ZoneInfo(zone_of(request))):
            return get_response(request)

    return respond


def preferences(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame of each page reads these two."""
    return {"theme": theme_of(request), "time_zone": zone_of(request)}
