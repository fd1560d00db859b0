"""Logging: structlog, one JSON object a line, request ids, and no secret in any of it."""

from __future__ import annotations

import logging.config
from typing import Any

import structlog
from structlog.typing import EventDict

from foundation.lib.redact import redact_processor

# The end of a request and of a task says all that its beginning does; nobody reads about health.
_LEFT_OUT = frozenset({"request_started", "task_enqueued"})
_HEALTH = ("GET /api/health", "GET /health")


def leave_out_noise(_logger: object, _method: str, event: EventDict) -> EventDict:
    """structlog processor: drops what would bury the lines that matter."""
    healthy = str(event.get("request", "")).startswith(_HEALTH) and event.get("code", 200) < 400
    if healthy or event.get("event") in _LEFT_OUT:
        raise structlog.DropEvent
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

_QUIET = {"level": "WARNING"}
_LOGGERS: dict[str, Any] = {
    "ccxt": _QUIET,  # at DEBUG it logs whole requests, keys included
    "urllib3": _QUIET,  # and whole addresses, in which some venues want the key
    "asyncio": _QUIET,
    "celery.beat": _QUIET,  # a line for each of its sends, several a second
    "celery.worker.strategy": _QUIET,  # the same again for each receipt
    "celery.app.trace": _QUIET,  # and for each success; a failure is an error
    "celery.apps.worker": {"level": "INFO"},  # make run waits for its "ready", at any level
    "httpx": _QUIET,
    # uvicorn gives its loggers handlers of their own, which write plain text and hide nothing.
    "uvicorn": {"handlers": [], "propagate": True},
    "uvicorn.error": _QUIET,
    "uvicorn.access": _QUIET,  # django-structlog writes one line a request, with its id
}


def configure(options: dict[str, str]) -> None:
    """Django's LOGGING_CONFIG: called once, as the process sets up."""
    logging.config.dictConfig(logging_config(**options))


def logging_config(level: str, log_format: str) -> dict[str, Any]:
    """dictConfig for Django; what libraries log goes through the same processors as ours."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            leave_out_noise,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    redact_processor,
                    _renderer(log_format),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": _LOGGERS,
    }


def _renderer(log_format: str) -> Any:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=False)
