"""DRF exception handler: the one error shape."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from foundation.lib.errors import AppError


def handle_error(exc: Exception, context: dict[str, Any]) -> Response | None:
    """One shape for every refusal. What we do not understand stays a 500 and is logged."""
    response = exception_handler(exc, context)  # the framework's own refusals, with headers
    if isinstance(exc, AppError):
        set_rollback()
        faults = [{"path": fault.path, "message": fault.message} for fault in exc.faults]
        body = {"code": exc.code, "message": exc.message, "errors": faults, "request_id": ""}
        response = Response({"error": body}, status=exc.status)
    return response
