"""A task whose acknowledgement was lost ends the connection, which is then made anew.

Celery logs it and goes on; the task's place among those under way stays taken. A worker of one
process has one place, so it would take nothing any more: seen after Redis was frozen for 30 s.
"""

from __future__ import annotations

from typing import Any

from celery.worker.request import Request


class LoudRequest(Request):  # type: ignore[misc] # celery has no types
    """No fault of the connection is swallowed: the consumer's loop hears it, and connects again."""

    __slots__ = ()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **{**named, "connection_errors": ()})
