"""What admins watch: what just happened on the paper venue, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import orjson
from django.conf import settings
from django.db import transaction
from redis.exceptions import RedisError

from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.redis_client import client

KEPT = 50


def tell(events: Iterable[dict[str, Any]]) -> None:
    """After commit, put these before what is known and show admins the newest of it all.

    The frame carries the whole list: an admin's socket gets the newest frame, not each of them.
    """
    at_ms = clock.now_ms()
    told = [publish.encode({"time_ms": at_ms, **event}) for event in events]
    if told:
        transaction.on_commit(lambda: _show(told))


def newest() -> list[dict[str, Any]]:
    """The last events, newest first."""
    kept = cast(list[bytes], client().lrange(_key(), 0, KEPT - 1))
    return [orjson.loads(one) for one in kept]


def _show(told: list[bytes]) -> None:
    try:
        pipe = client().pipeline(transaction=False)
        pipe.lpush(_key(), *told)
        pipe.ltrim(_key(), 0, KEPT - 1)
        pipe.execute()
        publish.to_admins("activity", {"events": newest()})
    except RedisError as fault:
        publish.log.warning("activity not told: %s", fault)


def _key() -> str:
    return f"{settings.REDIS_KEY_PREFIX}live:activity"
