"""JSON that a page's own scripts ask for: same session as the page, same error shape as the API."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from foundation.edge.api import error_response
from foundation.lib.errors import AppError, BadInput

View = Callable[..., HttpResponse]


def json_page(view: Callable[..., Any]) -> View:
    """The view answers with data; what it refuses becomes the one error shape."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return error_response(401, request)
        try:
            data = view(request, *args, **kwargs)
        except AppError as fault:
            return error_response(fault.status, request, fault.message, fault.faults, fault.code)
        # orjson writes NaN, "no value here", as null.
        body = orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)
        return HttpResponse(body, content_type="application/json")

    return respond


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The body of a request as an object."""
    try:
        data = orjson.loads(request.body)
    except orjson.JSONDecodeError as fault:
        raise BadInput(f"the body is not JSON: {fault}") from fault
    if not isinstance(data, dict):
        raise BadInput("the body must be a JSON object")
    return data


def whole(request: HttpRequest, name: str, default: int | None = None) -> int | None:
    """A whole number of the query string, or BadInput that names it."""
    text = request.GET.get(name, "")
    if not text:
        return default
    if not text.removeprefix("-").isdecimal() or len(text) > 18:
        raise BadInput(f"{name} must be a whole number")
    return int(text)
