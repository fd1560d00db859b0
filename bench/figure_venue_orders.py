"""Orders placed on the paper venue by 16 clients at once: how many a second, and how long each."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from typing import Any

from bench.database import own_database
from bench.harness import Row, row

NAMES = ("venue.orders_per_s", "venue.order_p99")
PROCESSES, CLIENTS_EACH = 2, 8
SECONDS = 10.0
CANCEL_EVERY = 40  # so that no client runs into its limit of open orders


def measure() -> Iterator[Row]:
    with own_database():
        from django.db import connections

        from accounts.models import User
        from exchanges.tests.paper.world import PaperWorld, fund

        world = PaperWorld(_settings())
        count = PROCESSES * CLIENTS_EACH
        users = [User.objects.create(email=f"client{i}@example.com") for i in range(count)]
        for user in users:
            fund(user, spot=10**9, futures=10**9, btc=10**6)
        connections.close_all()
        context = multiprocessing.get_context("fork")
        answers: Any = context.Queue()
        parts = [users[i::PROCESSES] for i in range(PROCESSES)]
        children = [context.Process(target=_clients, args=(world, p, answers)) for p in parts]
        for child in children:
            child.start()
        taken = sorted(ms for _ in children for ms in answers.get(timeout=SECONDS * 6))
        for child in children:
            child.join()
    yield row(NAMES[0], len(taken) / SECONDS, "1/s")
    yield row(NAMES[1], taken[int(len(taken) * 0.99)], "ms")


def _settings() -> Any:
    from django.conf import settings

    return settings


def _clients(world: Any, users: list[Any], answers: Any) -> None:
    taken: list[float] = []
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=_client, args=(world, u, end, taken)) for u in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(taken)


def _client(world: Any, user: Any, end: float, taken: list[float]) -> None:
    """Market and resting orders, spot and contracts in turn."""
    from django.db import connection

    from exchanges.services.paper import working
    from exchanges.tests.paper.world import SPOT, SWAP

    turn = 0
    while time.monotonic() < end:
        fields: dict[str, Any] = {"quantity": "0.1"}
        if turn % 2:
            fields |= {"type": "limit", "price": "90"}
        start = time.perf_counter()
        world.place(user, SWAP if turn % 4 > 1 else SPOT, **fields)
        taken.append((time.perf_counter() - start) * 1000)
        turn += 1
        if turn % CANCEL_EVERY == 0:
            working.cancel_all(owner=user, venue=world.venue)
    connection.close()
