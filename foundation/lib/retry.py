"""Bounded retry with full jitter: of calls that say so, and of tasks that are safe to run twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.db import InterfaceError, OperationalError

from foundation.lib.errors import TryLater

T = TypeVar("T")
# The fault of the database or of Redis, never of what was asked.
AWAY = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)
# Celery's words for a task that is done again until both are back: within half a minute.
TASK_RETRY: dict[str, Any] = {
    "autoretry_for": (TryLater, *AWAY),
    "retry_backoff": True,
    "retry_jitter": True,
    "max_retries": 5,
}


def retry(
    call: Callable[[], T],
    *,
    attempts_max: int = 4,
    first_delay_s: float = 0.25,
    delay_max_s: float = 8.0,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Call until it answers; a TryLater is retried, everything else passes through at once."""
    assert attempts_max >= 1
    for attempt in range(1, attempts_max + 1):
        try:
            return call()
        except TryLater:
            if attempt == attempts_max:
                raise
            ceiling_s = min(delay_max_s, first_delay_s * 2 ** (attempt - 1))
            sleep(random.uniform(0, ceiling_s))  # noqa: S311 - spreads callers, guards nothing
    raise AssertionError("unreachable")
