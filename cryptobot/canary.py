"""A worker's proof that it takes what is sent: a message to itself, through a queue of its own.

Of several workers of one queue each is asked, and no scheduler is needed. Its own queue comes in
over the same connection as the others do, and the pool has to begin the task before it counts.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import redis
from celery.worker import state
from kombu.entity import Exchange, Queue
from kombu.exceptions import KombuError

from foundation.lib.redis_client import client
from foundation.lib.watchdog import Watchdog

TASK = "edge.canary"
KEPT_S = 60  # a worker that is gone leaves nothing behind


def watch(worker: Any) -> Watchdog:
    """Watch this worker (named `role@host`) from its set-up on."""
    name = f"{worker.hostname}.canary"
    queue = Queue(name, Exchange(""), routing_key=name)  # type: ignore[no-untyped-call]
    worker.app.amqp.queues.select_add(queue)
    watchdog = Watchdog(
        role=worker.hostname.partition("@")[0],
        progress=_begun,
        prompt=partial(_send, worker.app, name),
        is_busy=partial(_is_busy, worker),
    )
    watchdog.start()
    return watchdog


def _begun() -> int:
    """Tasks that a process of the pool has begun."""
    return int(state.all_total_count[0])


def _is_busy(worker: Any) -> bool:
    """Every process is at work, or it was told to stop: then it takes nothing, and rightly so."""
    is_stopping = state.should_stop is not None or state.should_terminate is not None
    return is_stopping or len(state.active_requests) >= worker.concurrency


def _send(app: Any, name: str) -> None:
    try:
        app.send_task(TASK, queue=name, expires=KEPT_S, retry=False)
        client().expire(name, KEPT_S)
    except KombuError as fault:
        raise redis.ConnectionError("the canary was not sent") from fault
