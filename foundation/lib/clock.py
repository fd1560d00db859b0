"""The only place that reads the time; cores take it as an argument."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

TEXT_CHARS_MAX = 64
MS_DIGITS_MIN = 12  # fewer are a date: 20240131
NO_MOMENT = "must be a time like 2024-01-31 or 2024-01-31T12:00:00Z, or milliseconds (UTC)"

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


def parse_ms(value: object) -> int:
    """ISO date or time (UTC where it names no zone), or milliseconds; ValueError otherwise."""
    try:
        if isinstance(value, str) and len(value) <= TEXT_CHARS_MAX:
            in_ms = value.isascii() and value.isdigit() and len(value) >= MS_DIGITS_MIN
            value = int(value) if in_ms else datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return to_ms(value if value.tzinfo else value.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise ValueError(NO_MOMENT) from None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(NO_MOMENT)


@contextmanager
def fixed(ms: int) -> Iterator[None]:
    """Freeze the clock: for tests and replay only."""
    global _fixed_ms  # noqa: PLW0603 - one process-wide clock is the point
    before, _fixed_ms = _fixed_ms, ms
    try:
        yield
    finally:
        _fixed_ms = before
