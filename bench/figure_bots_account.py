"""From a bot's decision to its order at an exchange: bots on one account of a local exchange.

One process ticks the bots, another is the orders worker; between them the orders' ids go through
Redis, as they do by Celery. The exchange is a real socket that speaks Binance's REST.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median, quantiles
from typing import Any

from bench.database import own_database
from bench.harness import Row, row
from foundation.lib import clock

NAMES = ("bots.account_sent_p50", "bots.account_sent_p99", "bots.account_orders")
BOTS, ROUNDS = 20, 10
QUEUE, END = "bench:orders", "end"
MINUTE_MS = 60_000
LEVELS = (100.0, 112.0)  # below: sold; above: bought


def measure() -> Iterator[Row]:
    with own_database():
        from django.conf import settings

        from cryptobot import exchange_keys

        # One process plays every role.
        settings.EXCHANGE_PRIVATE_KEYS = exchange_keys.private_text(settings.EXCHANGE_KEYS_FOLDER)
        made = Made()
        try:
            delays = made.run()
        finally:
            made.end()
    yield row(NAMES[0], median(delays), "ms")
    yield row(NAMES[1], quantiles(delays, n=100)[98], "ms")
    yield row(NAMES[2], len(delays), "")


@dataclass
class Made:
    """An account with bots on it, and the worker that sends their orders."""

    world: Any = None
    real: Any = None
    worker: Any = None
    arrived_ms: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from django.db import connections

        from accounts.models import User
        from bots.tests.exchange import Connected
        from bots.tests.world import World, above, make_candles

        closes = [LEVELS[i % 2] for i in range(ROUNDS + 4)]
        start_ms = clock.now_ms() // MINUTE_MS * MINUTE_MS
        times = [start_ms + i * MINUTE_MS for i in range(len(closes))]
        columns = [closes] * 4
        candles = make_candles("1m", times, *columns, [1.0] * len(closes))
        steps = {"price_step": Decimal("0.1"), "amount_step": Decimal("0.001")}
        self.world = World(candles, venue="binance", steps=steps).open_at(2)
        owner = User.objects.create(email="trader@example.com")
        self.real = Connected(owner, self.world)
        self.real.market.balances = {"USDT": Decimal(1_000_000)}
        self._watch(self.real.market)
        spec = above(110, below=105)
        self.bots = [
            self.real.bot(owner, spec, allocation="1000", name=f"Bot {n}") for n in range(BOTS)
        ]
        connections.close_all()
        self.worker = multiprocessing.get_context("fork").Process(target=work, args=(self.real,))
        self.worker.start()

    def _watch(self, market: Any) -> None:
        """Note when each order reaches the exchange."""
        speak = market.speak

        def noting(book: Any, method: str, path: str, given: dict[str, str]) -> Any:
            if method == "POST" and path.endswith("/order"):
                self.arrived_ms[given["newClientOrderId"]] = clock.now_ms()
            return speak(book, method, path, given)

        self.real.exchange.speak = noting

    def run(self) -> list[float]:
        """Milliseconds of every order, but for those of the first round."""
        from bots.models import BotRun, Decision
        from bots.services.tick import tick_run
        from cryptobot.celery import app

        app.send_task = route
        runs = list(BotRun.objects.values_list("pk", flat=True))
        first = 0
        for number in range(ROUNDS):  # in the first one connections are opened
            self.world.open_at(self.world.now + 1)
            self.real.market.price = Decimal(repr(LEVELS[self.world.now % 2 - 1]))
            for pk in runs:
                tick_run(run_id=pk)
            self._wait()
            first = first if number else Decision.objects.count()
        rows = Decision.objects.order_by("pk").values_list("client_order_id", "created_at")
        return [self.arrived_ms[key] - at.timestamp() * 1000 for key, at in rows[first:]]

    def _wait(self) -> None:
        """Until the account's orders are filled, and the bots have heard of it."""
        from bots.services import account_runs
        from exchanges.models import AccountOrder

        while AccountOrder.objects.filter(status__in=AccountOrder.WORKING).exists():
            time.sleep(0.02)
        self.real.read()
        account_runs.look_at_all()

    def end(self) -> None:
        from foundation.lib.redis_client import client

        client().rpush(QUEUE, END)
        if self.worker is not None:
            self.worker.join(30)
        if self.real is not None:
            self.real.close()


def route(name: str, kwargs: dict[str, Any], **_: Any) -> None:
    """What Celery is told: only orders are worked off here."""
    from exchanges.services.account_orders import SEND_TASK
    from foundation.lib.redis_client import client

    if name == SEND_TASK:
        client().rpush(QUEUE, str(kwargs["order_id"]))


def work(real: Any) -> None:
    """The orders worker: sends what is in the queue, and looks at what is not over."""
    from cryptobot.celery import app
    from exchanges.models import AccountOrder
    from exchanges.services import account_sending
    from foundation.lib.redis_client import client

    app.send_task = route
    while (found := client().blpop([QUEUE], timeout=1)) is None or found[1].decode() != END:
        if found is not None:
            account_sending.send(order_id=int(found[1]), connecting=real.connect)
            continue
        for order in AccountOrder.objects.filter(status__in=AccountOrder.WORKING):
            account_sending.look(order_id=order.pk, connecting=real.connect)
