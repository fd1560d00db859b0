"""Redis is killed and frozen again and again under two schedulers: no effect twice, nobody silent.

Only in the soak, which sets QUEUE_KILLS, QUEUE_FREEZES_S and QUEUE_MINUTES; one of each is in
`test_everything.py`.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.product import FILLS, LOST_QUEUE_S_MAX, Product
from tests.watching import wait_until

log = logging.getLogger(__name__)
pytestmark = pytest.mark.xdist_group("everything")
KILLS = int(os.environ.get("QUEUE_KILLS", "0"))
FREEZES_S = [float(word) for word in os.environ.get("QUEUE_FREEZES_S", "").split(",") if word]
MINUTES = float(os.environ.get("QUEUE_MINUTES", "0"))
SEED = int(os.environ.get("QUEUE_SEED", "1"))
TAKEOVER_EVERY = 10  # faults; then the scheduler that sends is killed as well
FILLS_MIN = 5
FEED_SPEED = "30"  # what is measured is the queue, not how much a machine can carry
VALKEY = "redis/valkey.pid"


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path)
    product.environment["FEED_SPEED"] = FEED_SPEED
    product.start()
    yield product
    product.kill_everything(random.Random(SEED))


def kill(product: Product) -> str:
    product.signal_server(VALKEY, signal.SIGKILL)
    return "killed"


def freeze(product: Product, seconds: float) -> str:
    product.signal_server(VALKEY, signal.SIGSTOP)
    threading.Event().wait(seconds)
    product.signal_server(VALKEY, signal.SIGCONT)
    return f"frozen for {seconds:g} s"


def kill_a_scheduler(product: Product, chance: random.Random) -> None:
    """One of the two, the sender or the one that waits; the supervisor starts its own again."""
    victim = chance.choice(product.pids("cryptobot.celery beat"))
    is_second = product.second is not None and victim == product.second.pid
    os.kill(victim, signal.SIGKILL)
    if is_second:
        product.end_second_scheduler()
        product.start_second_scheduler()


@pytest.mark.skipif(not KILLS and not FREEZES_S, reason="for the soak: QUEUE_KILLS is not set")
def test_two_schedulers_and_a_redis_that_dies_and_freezes(product: Product) -> None:
    product.wait_until_ready()
    bots = product.inside("make")
    product.wait_for_more(FILLS, FILLS_MIN)
    product.start_second_scheduler()
    chance, end_s = random.Random(SEED), time.monotonic() + MINUTES * 60
    faults: list[float] = [0.0] * KILLS + FREEZES_S
    chance.shuffle(faults)
    for number, seconds in enumerate(faults, 1):
        done = freeze(product, seconds) if seconds else kill(product)
        log.info("%d/%d Redis %s: %s", number, len(faults), done, product.wait_until_all_work())
        if number % TAKEOVER_EVERY == 0:
            kill_a_scheduler(product, chance)
            log.info("a scheduler killed: %s", product.wait_until_all_work())
    while time.monotonic() < end_s:
        product.wait_until_all_work()
    restarts = product.in_redis(lambda line: line.hgetall("watchdog:restarts"))
    log.info("restarted by watchdogs: %s", restarts)
    wait_until(lambda: product.ask(FILLS) > FILLS_MIN, "the bots to trade", LOST_QUEUE_S_MAX)
    product.settle()
    product.stop()
    found = product.inside("check")
    log.info("%d bots, %d fills, faults: %s", found["bots"], found["fills"], found["faults"])
    assert (found["faults"], found["bots"]) == ([], len(bots))
