"""What this app's commands share in what they print and read."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from foundation.lib import clock
from foundation.lib.errors import BadInput


def when(ms: int) -> str:
    """A moment as people read it: 2023-03-24 12:40."""
    return f"{clock.from_ms(ms):%Y-%m-%d %H:%M}"


def parse_moment(text: str, name: str) -> int:
    """ISO date or time (UTC unless it says otherwise) or unix milliseconds, in milliseconds."""
    if text.isascii() and text.isdigit() and len(text) == 13:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        ms = moment.timestamp() * 1000
    except (ValueError, OverflowError):
        raise BadInput(f"{name} must be an ISO date or time, e.g. 2024-01-31") from None
    return math.floor(ms)
