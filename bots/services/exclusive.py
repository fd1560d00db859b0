"""One worker at a time for one piece of work, by a lock that dies with its holder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from foundation.lib.errors import TryLater

WAIT_MS = 10_000
LOCK_NOT_AVAILABLE = "55P03"


@contextmanager
def exclusive(name: str, *, wait_ms: int = WAIT_MS) -> Iterator[None]:
    """Hold the PostgreSQL advisory lock of this name; TryLater if another holds it too long.

    The lock belongs to the connection: a killed worker loses it without anybody's help. It keeps
    work from being done twice; that nothing is booked twice is the tables' own doing.
    """
    key = _key(name)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait_ms}ms"])
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise TryLater(f"{name} is being worked on") from fault
        raise
    try:
        yield
    finally:
        _release(key)


@contextmanager
def attempt(name: str) -> Iterator[bool]:
    """Whether the same lock was free, and is ours for the length of this block; never waits."""
    key = _key(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_ours: bool = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            _release(key)


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _release(key: int) -> None:
    if connection.connection is None or connection.connection.closed:
        return  # the lock went with the connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
