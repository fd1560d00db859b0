"""Answers to small acts of a page: a toast and a refresh for htmx, a redirect without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from foundation.edge.pages import wants_partial
from foundation.lib.errors import AppError, NotFound

LEVELS = {
    "info": messages.INFO,
    "success": messages.SUCCESS,
    "warning": messages.WARNING,
    "error": messages.ERROR,
}
CHANGED = "changed"  # the event on which parts of a page ask for themselves anew


def tell(response: HttpResponse, words: str, tone: str = "success") -> HttpResponse:
    """Raise a toast on the page that gets this answer, and have its parts asked for anew."""
    events: dict[str, Any] = {"toast": {"text": words, "tone": tone}, CHANGED: {}}
    response.headers["HX-Trigger"] = json.dumps(events)
    return response


def done(request: HttpRequest, words: str, back: str, tone: str = "success") -> HttpResponse:
    """It is done: stay on the page under htmx, else go back to where it was asked for."""
    if wants_partial(request):
        return tell(HttpResponse(status=204), words, tone)
    messages.add_message(request, LEVELS[tone], words)
    return redirect(came_from(request, back))


def attempt(request: HttpRequest, act: Callable[[], str], back: str) -> HttpResponse:
    """Do what has no form of its own; what is refused is said where it was asked for."""
    try:
        words = act()
    except NotFound:
        raise
    except AppError as fault:
        return done(request, fault.message, back, "error")
    return done(request, words, back)


def came_from(request: HttpRequest, default: str) -> str:
    """The page of ours that the request came from."""
    address = request.headers.get("Referer", "")
    known = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if known else default
