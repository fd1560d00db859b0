"""The only place that reads the time; cores take it as an argument."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_fixed_ms: int | None = None


def now_ms() -> int:
    """Milliseconds since the epoch, UTC."""
    return _fixed_ms if _fixed_ms is not None else time.time_ns() // 1_000_000


def now() -> datetime:
    """Aware UTC datetime."""
    return from_ms(now_ms())


def from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def to_ms(moment: datetime) -> int:
    assert moment.tzinfo is not None, "times are aware"
    return round(moment.timestamp() * 1000)


@contextmanager
def fixed(ms: int) -> Iterator[None]:
    """Freeze the clock: for tests and replay only."""
    global _fixed_ms  # noqa: PLW0603 - one process-wide clock is the point
    before, _fixed_ms = _fixed_ms, ms
    try:
        yield
    finally:
        _fixed_ms = before
