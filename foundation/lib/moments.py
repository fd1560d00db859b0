"""A moment in a sentence: in the zone of whoever reads the answer, else UTC."""

from __future__ import annotations

from django.utils import timezone

from foundation.lib import clock


def told(ms: int) -> str:
    """2024-03-01 10:00 UTC."""
    return f"{timezone.localtime(clock.from_ms(ms)):%Y-%m-%d %H:%M %Z}"
