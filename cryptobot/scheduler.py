"""The scheduler of which there is one: a second waits, and takes over when the first is gone."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import Any

import psycopg
import redis
from celery.beat import PersistentScheduler
from django.db import Error as DatabaseError
from typing_extensions import override

from exchanges.feed.lock import FeedLock
from foundation.lib import heartbeat

log = logging.getLogger(__name__)

ROLE = "scheduler"
LOCK_EVERY_S = 2.0
FROZEN_S_MAX = 30  # who has not asked for so long has lost the lock, alive or not
TOLD_BY = "beat-ticks"  # the entry with which it says that it sends


class OneScheduler(PersistentScheduler):  # type: ignore[misc] # celery has no types
    """Sends what is due while it holds the lock, which lies in PostgreSQL: Redis may be emptied.

    turns: rises with each message sent, and with each look while another one sends.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        self.turns = 0
        self._lock = FeedLock(f":{ROLE}", frozen_s_max=FROZEN_S_MAX)
        self._is_first, self._asked_s = False, 0.0
        super().__init__(*args, **named)

    @override
    def tick(self, *args: Any, **named: Any) -> float:
        if self._is_the_one():
            return float(super().tick(*args, **named))
        self.turns += 1
        return LOCK_EVERY_S

    @override
    def apply_async(self, entry: Any, *args: Any, **named: Any) -> Any:
        sent = super().apply_async(entry, *args, **named)
        self.turns += 1
        if entry.name == TOLD_BY:
            with contextlib.suppress(redis.RedisError):
                heartbeat.beat(ROLE)
        return sent

    @override
    def close(self) -> None:
        self._lock.release()
        super().close()

    def _is_the_one(self) -> bool:
        now_s = time.monotonic()
        if self._asked_s and now_s - self._asked_s < LOCK_EVERY_S:
            return self._is_first
        was_first = self._is_first
        self._is_first = self._hold() if was_first else self._take()
        self._asked_s = time.monotonic()
        if self._is_first != was_first:
            log.info("scheduler: %s", "sending" if self._is_first else "the lock is lost, waiting")
        return self._is_first

    def _hold(self) -> bool:
        if self._lock.is_held():
            return True
        self._lock.release()
        return False

    def _take(self) -> bool:
        try:
            return self._lock.take()
        except (psycopg.Error, DatabaseError) as fault:
            log.warning("scheduler: the lock was not asked for: %s", type(fault).__name__)
            self._lock.release()
            return False
