"""Redis connections: one pool a process, timeouts spelled out.

A Redis that is frozen takes connections and answers nothing: every read has a limit, and its caller
goes on as when Redis is away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 5.0
QUICK_TIMEOUT_S = 0.5
DECIDING_TIMEOUT_S = 2.0
CONNECTIONS_MAX = 64
ATTEMPTS_AGAIN = 1  # a Redis that is away must not hold up whoever publishes


class OneAProcess:
    """Makes a client when it is first asked for, once, whoever else asks at that moment.

    functools.cache would let two threads make one each; the one that is thrown away closes its
    pool, and with it the connection that its thread is reading from.
    """

    def __init__(self, make: Callable[[], redis.Redis]) -> None:
        self.__doc__ = make.__doc__
        self._make, self._lock = make, threading.Lock()
        self._made: redis.Redis | None = None

    def __call__(self) -> redis.Redis:
        if self._made is None:
            with self._lock:
                self._made = self._made or self._make()
        return self._made

    def forget(self) -> None:
        """The next one who asks gets a new one."""
        self._made = None


@OneAProcess
def client() -> redis.Redis:
    """The process's client; answers are bytes. Safe over fork: the pool notices the new pid."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS_MAX,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), ATTEMPTS_AGAIN),
    )


@OneAProcess
def quick_client() -> redis.Redis:
    """For what has another way where Redis does not answer at once; not a second try."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS_MAX,
        socket_connect_timeout=QUICK_TIMEOUT_S,
        socket_timeout=QUICK_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )


@OneAProcess
def deciding_client() -> redis.Redis:
    """For limits that are asked before a request goes on: without their answer it is refused.

    A connection that has broken is tried again, for a Redis that came back; silence is not.
    """
    return redis.Redis.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS_MAX,
        socket_connect_timeout=DECIDING_TIMEOUT_S,
        socket_timeout=DECIDING_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), ATTEMPTS_AGAIN, supported_errors=(redis.ConnectionError,)),
    )


def topic(name: str) -> str:
    """A pub/sub topic of this installation: Redis numbers its databases, but not its topics.

    Without the number two installations on one server would hear each other's users.
    """
    return f"{name}@{client().get_connection_kwargs().get('db') or 0}"


def async_client() -> redis.asyncio.Redis:
    """A new client for the running event loop; close it there.

    A subscription says at each read how long it waits; the limit holds for connecting as well.
    """
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS_MAX,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=ANSWER_TIMEOUT_S,
        health_check_interval=30,
        retry=AsyncRetry(NoBackoff(), ATTEMPTS_AGAIN),
    )
