"""What happens around every request: its id, its limits, headers, and errors as pages or toasts.

Plain synchronous classes on purpose: one of them innermost keeps the whole chain in one thread,
where Django would else change between event loop and thread at each step.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

from foundation.edge import whereabouts
from foundation.edge.api import AWAY
from foundation.edge.pages import refuse
from foundation.edge.parsers import BODY_BYTES_MAX
from foundation.edge.throttles import Usage
from foundation.lib.errors import AppError

REQUESTS = Histogram(
    "cryptobot_http_request_seconds", "Time to answer.", ["method", "route", "status"]
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
GetResponse = Callable[[HttpRequest], HttpResponse]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Imports of candles are the one large thing that is sent to us; their view says how large.
UPLOAD_PREFIX, UPLOAD_BYTES_MAX = "/data/", 200 * 1024 * 1024
ADDRESS_CHARS_MAX, HEADERS_CHARS_MAX = 8 * 1024, 32 * 1024
# Swagger UI brings inline styles.
LOOSER_POLICY = {
    "/api/docs/": {"style-src": ["'unsafe-inline'"]},
}
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


class RequestId:
    """Gives every request an id (the caller's, if it is a proper one) and measures its answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = request_id
        request.request_id = request_id  # type: ignore[attr-defined] # Django offers no place
        began_s = time.perf_counter()
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            whereabouts.answering(request),
        ):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        # Routes, not addresses: the number of series stays bounded whatever is asked for.
        method = request.method if request.method in METHODS else "other"
        route = getattr(request.resolver_match, "route", "unknown")
        took_s = time.perf_counter() - began_s
        REQUESTS.labels(method, route, response.status_code).observe(took_s)
        return response


class Headers:
    """Headers of every answer: what the browser may do, and what is left of the rate limit."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        for prefix, policy in LOOSER_POLICY.items():
            if request.path.startswith(prefix):
                response._csp_update = policy  # type: ignore[attr-defined] # django-csp's own way
        usage: Usage | None = getattr(request, "rate_usage", None)
        for name, value in (usage.headers() if usage else {}).items():
            response.headers[name] = value
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        elif _is_of_somebody(request):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _is_of_somebody(request: HttpRequest) -> bool:
    """Whether who is signed in was looked up for this answer; looks nothing up itself."""
    user = getattr(request, "_cached_user", None)  # django.contrib.auth keeps it there
    return user is not None and user.is_authenticated


class Limits:
    """What no view should have to think of: NUL characters, and what is too large."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return _refused(request) or self.get_response(request)


def _refused(request: HttpRequest) -> HttpResponse | None:
    query = request.META.get("QUERY_STRING", "")
    if "\x00" in request.path or "%00" in query:
        return refuse(request, 400, "The address has a NUL character.")
    if len(request.path) + len(query) > ADDRESS_CHARS_MAX:
        return refuse(request, 414)
    headers = sum(len(value) for name, value in request.META.items() if name.startswith("HTTP_"))
    if headers > HEADERS_CHARS_MAX:
        return refuse(request, 431)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > body_bytes_max(request.path):
        return refuse(request, 413)
    return None


def body_bytes_max(path: str) -> int:
    return UPLOAD_BYTES_MAX if path.startswith(UPLOAD_PREFIX) else BODY_BYTES_MAX


class Errors:
    """A refusal that a page's service raised becomes a page, or a toast where htmx asked; an empty
    refusal of a method a page that says so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content:
            return response
        refusal = refuse(request, 405)
        refusal.headers["Allow"] = response.headers["Allow"]
        return refusal

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        if isinstance(exc, AWAY) and not settings.DEBUG:
            structlog.get_logger(__name__).error("a server is away", exc_info=exc)
            return refuse(request, 503)
        if not isinstance(exc, AppError):
            return None
        if getattr(request, "htmx", False):
            return toast(exc.message, exc.status)
        link = (exc.help_path, exc.help_words)
        return refuse(request, exc.status, exc.message, exc.faults, exc.code, link)


def toast(text: str, status: int = 200, tone: str = "error") -> HttpResponse:
    """An answer to htmx that changes nothing on the page but raises the event `toast`."""
    response = HttpResponse(status=status)
    response.headers["HX-Reswap"] = "none"
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": tone}})
    return response
