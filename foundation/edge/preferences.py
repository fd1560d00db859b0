"""Theme, time zone and language of a page: as its reader has chosen, else as this browser says.

The browser says it by cookies, so that a page is right before any script runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from foundation.edge import languages

THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}
THEME_COOKIE, ZONE_COOKIE = "theme", "tz"
COOKIE_AGE_S = 400 * 24 * 3600  # the longest that browsers keep


@cache
def zones() -> tuple[str, ...]:
    """Every zone a person may choose, in order."""
    return tuple(sorted(available_timezones()))


def saved(request: HttpRequest, name: str) -> str:
    """What the user who is signed in has chosen; "" where nobody is, or nothing was chosen."""
    row = getattr(getattr(request, "user", None), "preferences", None)
    return str(getattr(row, name, ""))


def theme_of(request: HttpRequest) -> str:
    chosen = saved(request, "theme") or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def browser_zone(request: HttpRequest) -> str:
    told = request.COOKIES.get(ZONE_COOKIE, "").replace("%2F", "/")
    return told if told in zones() else "UTC"


def zone_of(request: HttpRequest) -> str:
    chosen = saved(request, "time_zone")
    return chosen if chosen in zones() else browser_zone(request)


def language_of(request: HttpRequest) -> str:
    chosen = saved(request, "language")
    return chosen if chosen in languages.selectable() else languages.ENGLISH


def remember(response: HttpResponse, cookie: str, value: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(cookie, value, max_age=COOKIE_AGE_S, samesite="Lax", secure=secure)


def reader_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Times on a page are written in its reader's zone, words in the language."""

    def respond(request: HttpRequest) -> HttpResponse:
        zone, language = ZoneInfo(zone_of(request)), language_of(request)
        with timezone.override(zone), translation.override(language):
            return get_response(request)

    return respond


def preferences(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame of each page reads these."""
    return {
        "theme": theme_of(request),
        "time_zone": zone_of(request),
        "language": language_of(request),
    }
