"""Processes say that they are alive and doing their work; health and pages read it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings

from foundation.lib import clock
from foundation.lib.redis_client import client

BEAT_EVERY_S = 10
BEAT_AGE_S_MAX = 3 * BEAT_EVERY_S + 5
KEPT_S = 24 * 3600

_told: Counter[str] = Counter()


def beat(role: str) -> None:
    """Called at least every BEAT_EVERY_S by a process of that role."""
    client().set(f"{settings.REDIS_KEY_PREFIX}heartbeat:{role}", clock.now_ms(), ex=KEPT_S)
    _told[role] += 1


def told(role: str) -> int:
    """How many beats of the role have come from this process: its watchdog reads it."""
    return _told[role]


def age_s(role: str) -> float | None:
    """Seconds since the role's last beat; None if there was none for a day."""
    last: Any = client().get(f"{settings.REDIS_KEY_PREFIX}heartbeat:{role}")
    return None if last is None else (clock.now_ms() - int(last)) / 1000
