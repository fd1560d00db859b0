"""Two users at once in many threads, while the price moves: real commits, and the books agree."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from django.db import connection

from accounts.models import LedgerAccount
from exchanges.models import Fill, Liquidation, Order
from exchanges.selectors import audit
from exchanges.services.paper import insurance
from exchanges.tests.paper.operations import Operations
from exchanges.tests.paper.world import SWAP, PaperWorld, fund
from foundation.lib.gate import Gate

pytestmark = pytest.mark.django_db(transaction=True)
THREADS_EACH = 3
OPERATIONS_EACH = int(os.environ.get("RACE_OPERATIONS", "60"))
SECONDS_MAX = float(os.environ.get("RACE_SECONDS", "12"))
MOVES = ("move", "fund")


class Race:
    """Threads with operations of their own on one world. faults: whatever was no refusal."""

    def __init__(self, world: PaperWorld, users: list[Any], seed: int) -> None:
        self.world, self.users, self.seed = world, users, seed
        self.faults: list[BaseException] = []
        self.done: dict[str, int] = {}
        self.over = threading.Event()
        self.until_s = time.monotonic() + SECONDS_MAX

    def operations(self, users: list[Any], number: int) -> Operations:
        return Operations(self.world, users, Random(self.seed * 1000 + number))

    def trade(self, user: Any, number: int) -> None:
        """One user's thread: everything but what moves the market."""
        mine = self.operations([user], number)
        left = OPERATIONS_EACH
        while left and time.monotonic() < self.until_s:
            mine.step(without=MOVES)
            left -= 1
        self.note(mine)

    def tick(self, number: int) -> None:
        """The venue's own thread: prices and fundings, until the users are through."""
        mine = self.operations(self.users, number)
        while not self.over.is_set():
            mine.step(only=MOVES)
        self.note(mine)

    def note(self, mine: Operations) -> None:
        for name, count in mine.done.items():
            self.done[name] = self.done.get(name, 0) + count

    def guarded(self, work: Callable[..., None], *arguments: Any) -> threading.Thread:
        def run() -> None:
            try:
                work(*arguments)
            except BaseException as fault:
                self.faults.append(fault)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def run(self) -> None:
        clock = self.guarded(self.tick, 0)
        traders = [
            self.guarded(self.trade, user, 1 + place * THREADS_EACH + number)
            for place, user in enumerate(self.users)
            for number in range(THREADS_EACH)
        ]
        for thread in traders:
            thread.join()
        self.over.set()
        clock.join()


@pytest.fixture(autouse=True)
def _nobody_is_left_out(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A tick goes on without a user whose orders it could not work off, and says so."""
    yield
    assert [row.getMessage() for row in caplog.get_records("call") if row.exc_info] == []


@pytest.fixture
def users(world: PaperWorld, alice: Any, bob: Any, make_user: Any) -> list[Any]:
    """Besides them two who wait for the first move to be liquidated, whichever way it goes."""
    for user in (alice, bob):
        fund(user, spot=5_000, futures=2_000, btc=20)
    for side in ("buy", "sell"):
        gambler = make_user(side)
        fund(gambler)
        world.place(gambler, SWAP, side, quantity="3", leverage=125)
    return [alice, bob]


def check(race: Race) -> None:
    assert race.faults == []
    assert audit.faults() == []
    below = LedgerAccount.objects.filter(owner__isnull=False, balance__lt=0)
    assert not below.exists()
    quiet = race.operations(race.users, 999)
    quiet.still()  # what the book did not hold at once
    assert quiet.still() == 0
    assert audit.faults() == []
    assert {"order", "cancel", "move"} <= set(race.done), race.done


@pytest.mark.parametrize("is_seeded", [True, False], ids=["fund", "no-fund"])
def test_two_users_and_the_clock_at_once(
    world: PaperWorld, users: list[Any], is_seeded: bool
) -> None:
    """Without an insurance fund winners are deleveraged: one user's end changes the other's."""
    if is_seeded:
        insurance.seed("USDT")
    race = Race(world, users, seed=7 + is_seeded)
    race.run()
    check(race)
    assert Fill.objects.count() > 50
    assert Order.objects.filter(owner=users[0]).exists()
    assert Liquidation.objects.exists()


def test_many_more_at_once_than_the_gate_lets_through(
    world: PaperWorld, users: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in several processes: nobody waits at a gate, and the database alone keeps the order."""
    insurance.seed("USDT")
    monkeypatch.setattr("exchanges.services.paper.again.GATE", Gate(16))
    race = Race(world, users, seed=3)
    race.run()
    check(race)
