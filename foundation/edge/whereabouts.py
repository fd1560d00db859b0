"""Where an act comes from: the request that is being answered, for those who write acts down.

Services do not take a request; what they record must name its address all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

USER_AGENT_CHARS_MAX = 200
IP_CHARS_MAX = 45

_current: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@dataclass(frozen=True, slots=True)
class Where:
    """All empty: not by a request, but by a task or a command."""

    ip: str = ""
    user_agent: str = ""
    request_id: str = ""


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """While this request is answered, whoever asks is told of it."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)


def of(request: Any = None) -> Where:
    """Of this request (Django's or the REST framework's); of the one being answered if None."""
    request = request if request is not None else _current.get()
    if request is None:
        return Where()
    # It brings the REST framework, which commands do without.
    from foundation.edge.throttles import client_address

    agent = request.META.get("HTTP_USER_AGENT", "")
    return Where(
        ip=client_address(request)[:IP_CHARS_MAX] if "REMOTE_ADDR" in request.META else "",
        user_agent=agent.replace("\x00", "")[:USER_AGENT_CHARS_MAX],
        request_id=getattr(request, "request_id", ""),
    )


def user() -> Any:
    """Who is signed in at the request that is being answered; None if nobody, or without one."""
    found = getattr(_current.get(), "user", None)
    return found if found is not None and found.is_authenticated else None


def viewer() -> Any:
    """Who really sits there where an admin sees the site as somebody else; None without one."""
    return getattr(_current.get(), "viewed_by", None)
