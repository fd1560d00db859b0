"""kill -9 of the whole product, servers included: it goes on where it was, to the cent.

The matrix is where a crash strikes in a booking; this is that all of it starts again, and works.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.product import FILLS, UNSETTLED, WORKED_OFF, Product
from tests.watching import wait_until

pytestmark = pytest.mark.xdist_group("everything")  # two whole products at once are too much
SEEDS = range(int(os.environ.get("CRASH_SEEDS", "1")))
FILLS_MIN = 5
CANDLES_ON_THE_WAY, CANDLES_MIN = 3, 10  # worked off after each crash, and after the last kill
RECOVERY_S_MAX = 60.0
FREEZE_S = 5.0
POSTGRES, VALKEY = "postgres/postmaster.pid", "redis/valkey.pid"


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    product = Product(tmp_path)
    product.start()
    yield product
    product.kill_everything(random.Random(0))


def while_starting(product: Product, chance: random.Random) -> None:
    """Some roles may be up and catching up already, others not."""
    processes = chance.randint(2, 14)
    wait_until(lambda: len(product.pids()) >= processes, f"{processes} processes")


def after_fills(product: Product, chance: random.Random) -> None:
    product.wait_for_more(FILLS, chance.randint(1, 12))


def in_a_tick(product: Product, chance: random.Random) -> None:
    wait_until(lambda: product.ask(UNSETTLED) > 0, "a candle that was not worked off")


def check(product: Product, bots: list[int]) -> None:
    """Everything is worked off, Ctrl-C ends it, and the books of the cold database are right."""
    product.settle()
    product.stop()
    found = product.inside("check")
    assert found["faults"] == []
    assert found["bots"] == len(bots)


@pytest.fixture
def bots(product: Product) -> list[int]:
    """Six that trade all the time, and have begun to."""
    product.wait_until_ready()
    made = product.inside("make")
    product.wait_for_more(FILLS, FILLS_MIN)
    return list(made)


def crash_servers(product: Product) -> None:
    """PostgreSQL as `stop -m immediate` ends it, Valkey by kill -9; nobody starts anything.

    Valkey also freezes, for as long as nobody would call it a crash.
    """
    for crashes in (
        {POSTGRES: signal.SIGQUIT},
        {VALKEY: signal.SIGKILL},
        {POSTGRES: signal.SIGKILL, VALKEY: signal.SIGKILL},
    ):
        for server, number in crashes.items():
            product.signal_server(server, number)
        product.wait_for_more(WORKED_OFF, CANDLES_ON_THE_WAY, RECOVERY_S_MAX)
    product.signal_server(VALKEY, signal.SIGSTOP)
    threading.Event().wait(FREEZE_S)
    product.signal_server(VALKEY, signal.SIGCONT)
    product.wait_until_all_work()


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_again_and_again_nothing_is_lost(
    product: Product, bots: list[int], seed: int
) -> None:
    """First the servers crash under it, with two schedulers; then all of it is killed, twice."""
    product.start_second_scheduler()
    crash_servers(product)
    chance = random.Random(seed)
    for moment in (chance.choice([after_fills, in_a_tick]), while_starting):
        moment(product, chance)
        product.kill_everything(chance)
        product.start()
    product.wait_until_ready()
    product.wait_for_more(WORKED_OFF, CANDLES_MIN)
    check(product, bots)
