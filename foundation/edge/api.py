"""What every REST endpoint shares: the one error shape, strict JSON, pages of a list, filters."""

from __future__ import annotations

import json
import logging
import math
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as ModelError
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django_filters.rest_framework import DjangoFilterBackend
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import TimeoutError as RedisSlow
from rest_framework import generics
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler, set_rollback
from typing_extensions import override

from foundation.lib.errors import AppError, FieldFault

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 2 * 1024 * 1024
PAGE_SIZE, PAGE_SIZE_MAX = 50, 200

# status -> (code, message for people). The code is stable; programs may rely on it.
STATUS: dict[int, tuple[str, str]] = {
    400: ("bad_input", "The request has a fault."),
    401: ("not_authenticated", "Sign in first."),
    403: ("not_allowed", "You may not do this."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take that method."),
    406: ("not_acceptable", "Only JSON is served here."),
    413: ("too_large", "The body is too large."),
    415: ("unsupported_media_type", "Send JSON."),
    429: ("throttled", "Too many requests."),
    500: ("internal", "A fault of ours. It has been recorded."),
    503: ("try_later", "Not available right now. Nothing was changed; try again."),
}
# The database or Redis is away. Nothing was committed, so the caller may try again.
AWAY = (OperationalError, InterfaceError, RedisDown, RedisSlow)


class TooLarge(APIException):
    status_code, default_detail, default_code = 413, STATUS[413][1], STATUS[413][0]


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
    response = exception_handler(exc, context)  # the framework's own refusals, with headers
    if response is not None:
        detail = getattr(exc, "detail", response.data)
        faults = flatten(detail) if isinstance(exc, ValidationError) else ()
        message = "" if isinstance(exc, ValidationError) else _sentence(detail)
        response.data = error_body(response.status_code, request, message, faults)
    return response


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


def error_response(status: int, request: HttpRequest, message: str = "") -> JsonResponse:
    """The same shape where no DRF view has been reached: unknown address, middleware, 500."""
    return JsonResponse(error_body(status, request, message), status=status)


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


class StrictJSONParser(BaseParser):
    """JSON without what the database or arithmetic cannot hold: NaN, infinity, NUL, lone halves
    of a character; bounded in size and depth."""

    media_type = "application/json"

    @override
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body = stream.read(BODY_BYTES_MAX + 1)
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge
        try:
            text = body.decode("utf-8")
            value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
            # Only an escape can bring what UTF-8 itself refuses; most bodies have none.
            if "\\u" in text or "\x00" in text:
                json.dumps(value, ensure_ascii=False).encode("utf-8")
                _refuse_nul(value)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as fault:
            raise ParseError(f"Not JSON that can be read: {fault}") from None
        return value


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _refuse_nul(value: Any) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("a text has a NUL character")
    for item in value if isinstance(value, list) else ():
        _refuse_nul(item)
    for key, item in value.items() if isinstance(value, dict) else ():
        _refuse_nul(key)
        _refuse_nul(item)


class Pages(PageNumberPagination):
    """?page=2&page_size=100. What is out of range is refused, not repaired."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = PAGE_SIZE_MAX

    def get_page_size(self, request: Request) -> int:
        return _whole(request, "page_size", PAGE_SIZE, PAGE_SIZE_MAX)

    @override
    def get_page_number(self, request: Request, paginator: Any) -> int:
        return _whole(request, "page", 1, 1_000_000_000)


def _whole(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= most):
        raise ValidationError({name: [f"must be a whole number from 1 to {most}"]})
    return int(text)


class StrictOrdering(OrderingFilter):
    """?ordering=-created_at. An unknown field is refused; ties are broken by id, so that a row
    cannot stand on two pages."""

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: Any, request: Request
    ) -> list[str]:
        fields_known = self.get_valid_fields(queryset, view, {"request": request})
        allowed = [name for name, _label in fields_known]
        unknown = [field for field in fields if field.lstrip("-") not in allowed]
        if unknown:
            raise ValidationError({"ordering": [f"must be one of {', '.join(allowed)}"]})
        return list(fields)

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        ordering = [*(self.get_ordering(request, queryset, view) or queryset.query.order_by)]
        if not {"pk", "-pk", "id", "-id"} & set(map(str, ordering)):
            ordering.append("-pk")
        return queryset.order_by(*ordering)


class ListApi(generics.ListAPIView[Any]):
    """GET of a list: give get_queryset(), serializer_class, filterset_fields or filterset_class,
    ordering_fields, ordering. Pages, filters and their refusals come from here."""

    pagination_class = Pages
    filter_backends = [DjangoFilterBackend, StrictOrdering]
    ordering_fields: Any = ()


def paginate(view: APIView, rows: Any, serializer: type[Any]) -> Response:
    """A page of a queryset or list, for a view that also has other methods than GET."""
    pages = Pages()
    page: Any = pages.paginate_queryset(rows, view.request, view=view)
    return pages.get_paginated_response(serializer(page, many=True).data)
