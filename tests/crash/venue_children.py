"""The venue's processes in a test, to be killed any time: workers that trade, clock, funding."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from random import Random
from typing import Any

from django.db import InterfaceError, OperationalError, connection, connections

from accounts.services import tokens
from cryptobot.processes import follow
from exchanges.feed import live
from exchanges.feed.venue import Clockwork
from exchanges.services.paper import funding
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld
from foundation.lib import clock
from tests.crash.venue_flow import Trader

BAND = (80.0, 120.0)
FUNDING_FROM_MS = 1_900_000_000_000  # later than anything that is opened


def forked(work: Callable[[], None]) -> int:
    """The process id of a fork that does this work with connections of its own; a fault of its own
    ends it with 1 and is told on stderr."""
    connections.close_all()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        code = 1
        try:
            follow(parent)
            work()
            code = 0
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            sys.stderr.flush()
        finally:
            os._exit(code)
    return child


class Child:
    """A process that is started again after each kill."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.name, self.work, self.pid, self.is_done = name, work, 0, False

    def start(self) -> None:
        self.pid = forked(self.work)

    def kill(self) -> bool:
        """kill -9; False if it had ended well before."""
        os.kill(self.pid, signal.SIGKILL)
        status = self.ended()
        assert status in (0, signal.SIGKILL), f"{self.name} failed by itself: {status}"
        self.is_done = status == 0
        return not self.is_done

    def ended(self) -> int:
        """Wait for its end; how that was."""
        status = os.waitpid(self.pid, 0)[1]
        self.pid = 0
        return status

    def look(self) -> None:
        """Note whether it has ended; an end of its own that is no good one is a fault."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.pid = 0
            assert status == 0, f"{self.name} failed by itself: {status}"
            self.is_done = True

    def put_away(self) -> None:
        """However the test ended."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.ended()


class Worker(Child):
    """Trades its flows one after the other; what the pipe brought is known to be done."""

    def __init__(self, user: Any, seed: int, flows: int) -> None:
        super().__init__(f"worker of {user.email}", self.trade)
        self.user, self.seed, self.flows = user, seed, flows
        # Here: whoever signs in while connections are cut down would have to ask again.
        self.token = tokens.issue(user=user).access
        self.done, self.done_when_killed = 0, -1
        self.confirmed: dict[str, int] = {}
        self.reading, self.writing = os.pipe()
        self._rest = b""

    def trade(self) -> None:
        trader = Trader(self.user, self.token, self.seed, lambda name, pk: self.say(f"{name} {pk}"))
        for number in range(self.done, self.flows):
            trader.flow(number)
            self.say(f"done {number + 1}")

    def say(self, words: str) -> None:
        os.write(self.writing, f"{words}\n".encode())

    def hear(self) -> None:
        """All that was said so far. An order that was confirmed twice is the same order."""
        while select.select([self.reading], [], [], 0)[0]:
            self._rest += os.read(self.reading, 65536)
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            name, number = line.decode().split()
            if name == "done":
                self.done = int(number)
            else:
                assert self.confirmed.setdefault(name, int(number)) == int(number), name


def clock_of(world: PaperWorld) -> Child:
    """`manage.py run_venue` without its lock: SIGTERM ends it after the tick that is under way."""

    def run() -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        Clockwork(world.venue, stop).run()

    return Child("the clock", run)


def funding_of(world: PaperWorld, number: int) -> Child:
    """One funding time of its own."""
    time_ms = FUNDING_FROM_MS + number * funding.EVERY_MS

    def settle() -> None:
        while True:
            try:
                funding.settle(world.venue, time_ms)
                return
            except (OperationalError, InterfaceError):
                connection.close()

    return Child(f"funding {number}", settle)


class Market:
    """Moves the price at random and tells it as the feed does."""

    def __init__(self, world: PaperWorld, chance: Random) -> None:
        self.world, self.chance = world, chance

    def move(self) -> None:
        """Small mostly, sometimes a jump; the book has little depth sometimes."""
        wild = self.chance.random() < 0.1
        change = self.chance.gauss(0, 0.05 if wild else 0.006)
        pull = (100 - self.world.price) / 2000
        price = self.world.price * (1 + change + pull)
        self.tell(round(min(max(price, BAND[0]), BAND[1]), 1), self.chance.choice((2, 50, 1000)))

    def tell(self, price: float, depth: float = 1000) -> None:
        world, now_ms = self.world, clock.now_ms()
        passed, world.price = world.price, price
        world.asks, world.bids = [[round(price + 0.1, 1), depth]], [[round(price - 0.1, 1), depth]]
        trades = [{"time": now_ms, "price": each, "amount": 1.0} for each in (passed, price)]
        batch = live.LiveBatch(world.venue)
        batch.aliases = {SPOT: (SWAP,)}
        batch.ticker(SPOT, {"symbol": SPOT, "last": price})
        batch.orderbook(SPOT, {"bids": world.bids, "asks": world.asks, "time": now_ms})
        batch.trades(SPOT, trades, trades)
        batch.flush(now_ms)
        live.beat(world.venue, source="test", market_ms=now_ms)


def cut_a_connection(chance: Random) -> bool:
    """The server ends one other backend of this database, whoever's it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid"
        )
        pids = [pid for (pid,) in cursor.fetchall()]
        if not pids:
            return False
        cursor.execute("SELECT pg_terminate_backend(%s)", [chance.choice(pids)])
        return bool(cursor.fetchone()[0])
