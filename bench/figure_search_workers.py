"""A grid of 2,400 sets on a year of minutes, shared by one worker and by two."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from bench import w1
from bench.database import own_database
from bench.harness import PROJECT, Row, row

NAMES = ("backtest.search_one_worker", "backtest.search_two_workers")
CANDLES = 525_600
RANGES = ("fast.period=2:41:1", "slow.period=51:110:1")
LOOK_EVERY_S, WAIT_S_MAX = 0.05, 300
# A Celery worker without its broker: the same service, turn after turn, once all are ready.
WORKER = """
import threading, django
django.setup()
from backtesting.core.sweep import sweep
from bench import w1
few = {w1.SYMBOL: w1.candles().slice(0, 1000)}
sweep(w1.SPEC, few, [{"fast.period": 5}], cash=1000.0)  # what is compiled is loaded
print("ready", flush=True)
from backtesting.models import Optimization
from backtesting.services import optimizations
pause = threading.Event()
while True:
    row = Optimization.objects.active().order_by("pk").first()
    if row is None or optimizations.run(optimization_id=row.pk) == "waits":
        pause.wait(0.1)
"""


def measure() -> Iterator[Row]:
    """Seconds from the first trial to the verdict."""
    with own_database() as url:
        user = prepare()
        one, two = seconds(user, url, 1), seconds(user, url, 2)
    yield row(NAMES[0], one, "s")
    yield row(NAMES[1], two, "s", "one worker", one)


def prepare() -> Any:
    """Candles and somebody to own the searches. Nothing is sent to a broker of somebody else's."""
    from celery import current_app

    from accounts.models import User
    from exchanges.services import candles

    current_app.conf.broker_url = "memory://"
    candles.store(venue="bench", symbol=w1.SYMBOL, candles=w1.candles().slice(0, CANDLES))
    return User.objects.create_user("bench@example.com", "not used to sign in")


def seconds(user: Any, url: str, count: int) -> float:
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-c", WORKER]
    workers = [
        subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
        took = searched(user, RANGES)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    return took


def searched(user: Any, ranges: tuple[str, ...]) -> float:
    from backtesting.models import Optimization
    from backtesting.services import optimizations

    asked = optimizations.request(
        owner=user, spec=w1.SPEC, venue="bench", parameters=list(ranges), objectives="sharpe"
    )
    pause = threading.Event()
    for _ in range(round(WAIT_S_MAX / LOOK_EVERY_S)):
        found = Optimization.objects.get(pk=asked.pk)
        if not found.is_active:
            break
        pause.wait(LOOK_EVERY_S)
    assert found.status == "completed", found.error or "the workers did not finish"
    assert found.started_at and found.finished_at
    return (found.finished_at - found.started_at).total_seconds()
