"""A bot's whole life as one worker would work it off, and ways to kill that worker on the way."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection, connections

from accounts.selectors import ledger as books
from bots.models import Bot, BotRun, Decision
from bots.services import bots, columns, recovery
from bots.tests.world import World, above, flat
from exchanges.models import Fill, Order, OrderEvent, Position
from exchanges.selectors import candles

# Up: bought; down: stopped out; up: bought; lower: sold by the strategy; up: bought, sold by hand.
CLOSES = (100, 111, 112, 104, 104, 111, 112, 109, 109, 111, 112, 112)
FIRST, LAST = 1, len(CLOSES) - 1


@dataclass
class Life:
    """Two bots of one owner, from start to stop."""

    world: World
    owner: Any
    bots: list[Bot]


def begin(owner: Any) -> Life:
    """Everything that is there before the first worker comes."""
    world = World(flat(*CLOSES)).open_at(FIRST)
    made = [
        world.bot(owner, above(110, below=110, stop_loss=0.03), start=False),
        world.bot(owner, above(110.5, below=105), start=False, slippage="0.001"),
    ]
    return Life(world, owner, made)


def live_on(life: Life) -> None:
    """From wherever the worker before this one was killed, to the end."""
    columns.forget()
    for bot in Bot.objects.filter(pk__in=[bot.pk for bot in life.bots]).order_by("pk"):
        if not BotRun.objects.filter(bot=bot).exists():
            bots.start(bot=bot)
    world = life.world
    newest_ms = candles.newest_closed(world.venue, world.symbol, world.timeframe)
    world.now = int(world.candles.open_time_ms.searchsorted(newest_ms)) + 1
    world.show(world.now)
    recovery.recover()
    world.tick()
    while world.now < LAST:
        world.open_at(world.now + 1)
        world.tick()
    for bot in Bot.objects.filter(pk__in=[bot.pk for bot in life.bots]).order_by("pk"):
        if bot.status != "stopped":
            bots.stop(bot=bot)


def outcome(life: Life) -> dict[str, Any]:
    """All that must be the same however often the worker was killed, without ids."""
    told: dict[str, Any] = {"wallet": books.balances(life.owner, "paper_wallet")}
    for number, bot in enumerate(life.bots):
        fills = Fill.objects.filter(wallet=bot.wallet).order_by("pk")
        orders = Order.objects.filter(wallet=bot.wallet).order_by("decided_at_ms", "leg")
        steps = OrderEvent.objects.filter(order__wallet=bot.wallet)
        told[f"bot {number}"] = {
            "status": Bot.objects.get(pk=bot.pk).status,
            "runs": list(BotRun.objects.filter(bot=bot).values_list("equity", "end_reason")),
            "decisions": list(
                Decision.objects.filter(bot=bot).values_list("decided_at_ms", "leg", "reason")
            ),
            "orders": list(orders.values_list("decided_at_ms", "leg", "status")),
            "fills": list(
                fills.values_list("time_ms", "side", "price", "quantity", "fee", "reason")
            ),
            "trades": list(
                Position.objects.filter(wallet=bot.wallet)
                .order_by("pk")
                .values_list("realised_pnl", "exit_reason", "quantity")
            ),
            "money": books.balances(life.owner, "paper_bot", bot.pk),
            "ends": sorted(steps.filter(status="filled").values_list("time_ms", flat=True)),
        }
    return told


@contextmanager
def at_statement(number: int, act: Callable[[], None]) -> Any:
    """Call `act` just before the n-th SQL statement of this process; yields the count so far."""
    count = [0]

    def watch(execute: Any, *arguments: Any) -> Any:
        count[0] += 1
        if count[0] == number:
            act()
        return execute(*arguments)

    with connection.execute_wrapper(watch):
        yield count


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lose_the_database() -> None:
    """The server ends our connection, as after a crash of its backend."""
    with contextlib.suppress(psycopg.OperationalError):
        connection.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def started(work: Callable[[], None]) -> int:
    """The process id of a fork that does this work, with connections of its own."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def killed_at(life: Life, number: int) -> bool:
    """A worker that is killed before its n-th statement; False if it was through by then."""

    def work() -> None:
        with at_statement(number, kill_self):
            live_on(life)

    ended = os.waitpid(started(work), 0)[1]
    assert ended in (0, signal.SIGKILL), f"the worker failed by itself: {ended}"
    return ended != 0


def cut_off_at(life: Life, number: int) -> None:
    """A worker whose database connection dies before its n-th statement; it is retried once."""
    try:
        with at_statement(number, lose_the_database):
            live_on(life)
    except (OperationalError, InterfaceError):
        connection.close()
        live_on(life)
