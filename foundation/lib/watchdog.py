"""A thread in each process that works: it ends the process when its work stands still.

A worker whose connection broke at the wrong moment may live on and take nothing (Celery issues
8030, 8091, 9054): it answers pings, logs nothing, and only a new process helps. Whoever runs the
processes starts one: the supervisor of `make run`, or the restart policy of a container. While
Redis does not answer nothing is counted: ending processes would not bring it back.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis
from django.conf import settings

from foundation.lib import heartbeat
from foundation.lib.redis_client import client, quick_client

log = logging.getLogger(__name__)

LOOK_S = 5.0
LOOKS_MAX = 5  # in a row without progress, while Redis answers; the next one ends it: 30 s
FIRST_LOOKS_MAX = 24  # until the first progress: a slow machine needs its time to start
EXIT_CODE = 70  # EX_SOFTWARE


def _nothing() -> None:
    return


def _never() -> bool:
    return False


def _exit() -> None:
    faulthandler.dump_traceback(sys.stderr)  # where it stood: nothing else will tell
    os._exit(EXIT_CODE)


@dataclass(slots=True, eq=False)
class Watchdog:
    """progress: a count that rises whenever this process does its work.

    prompt: gives an idle process something to do; where that fails, the look does not count.
    is_busy: whether it stands still because it is at work.
    """

    role: str
    progress: Callable[[], int]
    prompt: Callable[[], object] = _nothing
    is_busy: Callable[[], bool] = _never
    end: Callable[[], object] = _exit
    _seen: int = 0
    _has_worked: bool = False
    _silent_looks: int = 0
    _pause: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def look(self) -> None:
        """Has it worked since the last look? If not for too long, the process is ended."""
        count = self.progress()
        try:
            quick_client().ping()
            if count != self._seen or self.is_busy():
                heartbeat.beat(process_of(self.role))
                self._seen, self._has_worked, self._silent_looks = count, True, 0
                return
            self.prompt()
        except (redis.RedisError, OSError):
            self._silent_looks = 0
            return
        self._silent_looks += 1
        if self._silent_looks > (LOOKS_MAX if self._has_worked else FIRST_LOOKS_MAX):
            self._give_up()

    def _run(self) -> None:
        while not self._pause.wait(LOOK_S):
            try:
                self.look()
            except Exception:  # one that has stopped would guard nothing
                log.exception("%s: the watchdog could not look", self.role)

    def _give_up(self) -> None:
        silent_s = self._silent_looks * LOOK_S
        said = "%s: nothing done for %.0f s although Redis answers; ending, to be started again"
        log.error(said, self.role, silent_s)
        try:
            quick_client().hincrby(_key(), self.role, 1)
        except (redis.RedisError, OSError) as fault:
            log.warning("%s: the restart was not counted: %s", self.role, fault)
        self.end()


def process_of(role: str) -> str:
    """The name under which this host's process of the role beats."""
    return f"{role}@{socket.gethostname()}"


def restarts_of(role: str) -> int:
    """How often its watchdog has ended a process of the role, since Redis was last emptied."""
    found: Any = client().hget(_key(), role)
    return int(found or 0)


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}watchdog:restarts"
