"""Bounded retry with full jitter; retries TryLater only."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from foundation.lib.errors import TryLater

T = TypeVar("T")


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
