"""How far each venue's clock is from ours: measured, kept in Redis, added when a call is signed."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import redis
from django.conf import settings

from foundation.lib import clock
from foundation.lib.errors import AppError
from foundation.lib.redis_client import quick_client

log = logging.getLogger(__name__)

SAMPLES = 5
ALARM_MS = 500
KEPT_S = 86_400
OLD_AFTER_MS = 3_600_000  # clocks drift; an older measure is made anew
CACHED_S = 5.0


@dataclass(frozen=True, slots=True)
class Offset:
    """offset_ms: the venue's clock less ours. round_trip_ms: of the median sample, the doubt."""

    offset_ms: int
    round_trip_ms: int
    measured_at_ms: int

    @property
    def is_alarming(self) -> bool:
        return abs(self.offset_ms) > ALARM_MS

    @property
    def is_old(self) -> bool:
        return clock.now_ms() - self.measured_at_ms > OLD_AFTER_MS


_cached: dict[str, tuple[float, Offset | None]] = {}


def sample(sent_ms: int, told_ms: int, received_ms: int) -> tuple[int, int]:
    """(offset, round trip) in ms: the venue read its clock about halfway (Cristian's algorithm)."""
    round_trip_ms = max(0, received_ms - sent_ms)
    return told_ms - (sent_ms + round_trip_ms // 2), round_trip_ms


def measure(venue: str, fetch_time: Callable[[], int], *, samples: int = SAMPLES) -> Offset:
    """Ask the venue's clock several times, keep the median for all processes.

    fetch_time: the venue's time in ms. Its faults pass through if no sample was got at all.
    """
    found: list[tuple[int, int]] = []
    failed: AppError | None = None
    for _ in range(samples):
        try:
            sent_ms = clock.now_ms()
            told_ms = int(fetch_time())
            found.append(sample(sent_ms, told_ms, clock.now_ms()))
        except AppError as fault:
            failed = fault
    if not found:
        assert failed is not None
        raise failed
    middle = statistics.median_low([offset for offset, _ in found])
    doubt = min(trip for offset, trip in found if offset == middle)
    return keep(venue, Offset(middle, doubt, clock.now_ms()))


def keep(venue: str, offset: Offset) -> Offset:
    """Tell every process, and the log where it is alarming."""
    if offset.is_alarming:
        text = "%s: its clock and ours are %d ms apart; check this machine's time (NTP)"
        log.error(text, venue, offset.offset_ms)
    _cached[venue] = (time.monotonic() + CACHED_S, offset)
    try:
        quick_client().set(_key(venue), orjson.dumps(asdict(offset)), ex=KEPT_S)
    except redis.RedisError as fault:
        log.error("%s: the offset of its clock was not kept: %s", venue, type(fault).__name__)
    return offset


def last(venue: str) -> Offset | None:
    """As it was measured last, by any process; None: not within a day."""
    until_s, known = _cached.get(venue, (0.0, None))
    if time.monotonic() < until_s:
        return known
    try:
        body: Any = quick_client().get(_key(venue))
        known = Offset(**orjson.loads(body)) if body else None
    except redis.RedisError:
        log.warning("%s: the offset of its clock cannot be read; the last one counts", venue)
    _cached[venue] = (time.monotonic() + CACHED_S, known)
    return known


def offset_ms(venue: str) -> int:
    """What to add to our clock; 0 if it was never measured. Asking for it has it measured soon."""
    known = last(venue)
    if known is None or known.is_old:
        _ask_for(venue)
    return known.offset_ms if known else 0


def asked_for() -> list[str]:
    """Venues that calls were signed for in the last day."""
    now_ms = clock.now_ms()
    quick_client().zremrangebyscore(_asked_key(), 0, now_ms - KEPT_S * 1000)
    names: Any = quick_client().zrange(_asked_key(), 0, -1)
    return [name.decode() for name in names]


def _ask_for(venue: str) -> None:
    try:
        quick_client().zadd(_asked_key(), {venue: clock.now_ms()})
    except redis.RedisError:
        log.warning("%s: its clock stays unmeasured while Redis is away", venue)


def forget(venue: str) -> None:
    """The venue refused a time: whoever asks next measures."""
    _cached.pop(venue, None)
    _ask_for(venue)
    try:
        quick_client().delete(_key(venue))
    except redis.RedisError as fault:
        log.error("%s: the offset of its clock was not forgotten: %s", venue, type(fault).__name__)


def _key(venue: str) -> str:
    return f"{settings.REDIS_KEY_PREFIX}clock:{venue}"


def _asked_key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}clock-asked"
