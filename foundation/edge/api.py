"""What every REST endpoint shares: the one error shape, and lists in pages."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as ModelError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import TimeoutError as RedisSlow
from rest_framework import generics
from rest_framework.exceptions import (
    AuthenticationFailed,
    NotAuthenticated,
    PermissionDenied,
    Throttled,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from foundation.edge.lists import FieldFilters, Pages, StrictOrdering
from foundation.edge.parsers import TooLarge
from foundation.edge.throttles import count_request
from foundation.lib.errors import AppError, FieldFault

log = logging.getLogger(__name__)

# status -> (code, message for people). The code is stable; programs may rely on it.
STATUS: dict[int, tuple[str, str]] = {
    400: ("bad_input", "The request has a fault."),
    401: ("not_authenticated", "Sign in first."),
    403: ("not_allowed", "You may not do this."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
    406: ("not_acceptable", "Only JSON is served here."),
    413: ("too_large", "The body is too large."),
    414: ("too_long", "The address is too long."),
    415: ("unsupported_media_type", "Send JSON."),
    429: ("throttled", "Too many requests."),
    431: ("headers_too_large", "The headers are too large."),
    500: ("internal", "A fault of ours. It has been recorded."),
    503: ("try_later", "Not available right now. Nothing was changed; try again."),
}
# The database or Redis is away. Nothing was committed, so the caller may try again.
AWAY = (OperationalError, InterfaceError, RedisDown, RedisSlow)
REFUSED = (NotAuthenticated, AuthenticationFailed, PermissionDenied)


def handle_error(exc: Exception, context: dict[str, Any]) -> Response | None:
    """One shape for every refusal. What we do not understand stays a 500 and is logged."""
    request = context.get("request")
    if isinstance(exc, ModelError):
        exc = ValidationError(getattr(exc, "message_dict", None) or exc.messages)
    elif isinstance(exc, RequestDataTooBig):
        exc = TooLarge()
    if isinstance(exc, AppError):
        set_rollback()
        body = error_body(exc.status, request, exc.message, exc.faults, exc.code)
        return Response(body, status=exc.status)
    if isinstance(exc, AWAY):
        log.error("a server is away", exc_info=exc)
        set_rollback()
        return Response(error_body(503, request), status=503)
    if isinstance(exc, REFUSED) and request is not None and not _is_counted(request):
        # The framework refuses callers before it counts them; guessing tokens counts too.
        usage = count_request(request)
        exc = Throttled(usage.reset_s) if usage.is_spent else exc
    response = exception_handler(exc, context)  # the framework's own refusals, with headers
    if response is not None:
        detail = getattr(exc, "detail", response.data)
        faults = flatten(detail) if isinstance(exc, ValidationError) else ()
        message = "" if isinstance(exc, ValidationError) else _sentence(detail)
        response.data = error_body(response.status_code, request, message, faults)
    return response


def _is_counted(request: Any) -> bool:
    return hasattr(request._request, "rate_usage")


def error_body(
    status: int,
    request: Any = None,
    message: str = "",
    faults: tuple[FieldFault, ...] = (),
    code: str = "",
) -> dict[str, Any]:
    """{"error": {...}}: the only form in which this API says no."""
    usual_code, usual_message = STATUS.get(status, ("error", "The request was refused."))
    return {
        "error": {
            "code": code or usual_code,
            "message": message or (faults[0].message if len(faults) == 1 else usual_message),
            "errors": [{"path": fault.path, "message": fault.message} for fault in faults],
            "request_id": getattr(request, "request_id", ""),
        }
    }


def error_response(
    status: int,
    request: HttpRequest,
    message: str = "",
    faults: tuple[FieldFault, ...] = (),
    code: str = "",
) -> JsonResponse:
    """The same shape where no DRF view has been reached: unknown address, middleware, 500."""
    return JsonResponse(error_body(status, request, message, faults, code), status=status)


def flatten(detail: Any, path: str = "") -> tuple[FieldFault, ...]:
    """DRF's nested validation errors as a flat list with paths: risk.stop_loss, legs[2].amount."""
    if isinstance(detail, dict):
        items = [
            (path if key == "non_field_errors" else f"{path}.{key}" if path else str(key), value)
            for key, value in detail.items()
        ]
        return tuple(fault for below, value in items for fault in flatten(value, below))
    if isinstance(detail, list):
        nested = any(isinstance(item, dict | list) for item in detail)
        places = [f"{path}[{i}]" if nested else path for i in range(len(detail))]
        pairs = zip(places, detail, strict=True)
        return tuple(fault for below, value in pairs for fault in flatten(value, below))
    return (FieldFault(path, str(detail)),)


def _sentence(detail: Any) -> str:
    return str(detail.get("detail", "")) if isinstance(detail, dict) else str(detail)


class ListApi(generics.ListAPIView[Any]):
    """GET of a list: give get_queryset(), serializer_class, filterset_fields or filterset_class,
    ordering_fields, ordering. Pages, filters and their refusals come from here."""

    pagination_class = Pages
    filter_backends = [FieldFilters, StrictOrdering]
    ordering_fields: Any = ()
