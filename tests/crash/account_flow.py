"""The life of bots on an exchange account, worked off by workers that are killed on the way."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.request import urlopen

from django.db import connections

from bots.models import Bot, BotRun
from bots.services import bots, columns
from bots.tests.exchange import Connected
from bots.tests.world import START_MS, World, above, flat
from exchanges.core.pairs import whole_id
from exchanges.models import AccountOrder, CandleSeries
from exchanges.selectors import candles
from foundation.lib import clock
from tests.crash.flow import at_statement, kill_self, started

D = Decimal
# Up: bought; down: the stop is reached; up: bought; lower: sold; up: bought, sold when stopped.
CLOSES = (100, 100, 111, 104, 111, 109, 111)
# The same with a target beside the stop, of which one is enough: reached by the second buy's price.
PAIR_CLOSES = (100, 100, 111, 104, 111, 117, 109, 111)
FIRST = 2
MINUTE_MS = 60_000
MINUTES_MAX = 9  # longer than any answer can be outstanding
STEPS = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}


@dataclass
class AccountLife:
    """A bot with a stop on an account of an exchange that outlives the workers. pairs: its stop and
    target are one order there."""

    owner: Any
    world: World
    real: Connected
    pairs: bool = False
    bots: list[int] = field(default_factory=list)

    @property
    def last(self) -> int:
        return len(self.world.candles.close)


def begin(owner: Any, *, pairs: bool = False) -> AccountLife:
    CandleSeries.objects.filter(market__venue="binance").delete()  # of the life before
    closes = PAIR_CLOSES if pairs else CLOSES
    world = World(flat(*closes), venue="binance", steps=STEPS).open_at(FIRST)
    real = Connected(owner, world)
    real.market.balances = {"USDT": D(1000)}
    return AccountLife(owner, world, real, pairs)


def live_on(life: AccountLife) -> None:
    """From wherever the worker before this one was killed, to the end."""
    columns.forget()
    world = life.world
    with clock.fixed(START_MS + FIRST * MINUTE_MS + 500):
        _start(life)
    newest_ms = candles.newest_closed(world.venue, world.symbol, world.timeframe)
    world.now = int(world.candles.open_time_ms.searchsorted(newest_ms)) + 1
    while True:
        _minute(life, world.now)
        if world.now == life.last:
            break
        world.open_at(world.now + 1)
    for bot in Bot.objects.filter(owner=life.owner, status__in=["running", "paused"]):
        bots.stop(bot=bot)
    for minute in range(life.last + 1, life.last + MINUTES_MAX):
        with clock.fixed(START_MS + minute * MINUTE_MS):
            life.real.settle()
            if not Bot.objects.filter(owner=life.owner).exclude(status="stopped").exists():
                return


def _start(life: AccountLife) -> None:
    target = {"take_profit": 0.05} if life.pairs else {}
    specs = [above(110, below=110, stop_loss=0.03, **target)]
    there = set(Bot.objects.filter(owner=life.owner).values_list("name", flat=True))
    for number, spec in enumerate(specs):
        if f"Bot {number}" not in there:
            life.real.bot(life.owner, spec, name=f"Bot {number}")
        bot = Bot.objects.get(owner=life.owner, name=f"Bot {number}")
        if not BotRun.objects.filter(bot=bot).exists():
            bots.start(bot=bot)


def _minute(life: AccountLife, i: int) -> None:
    """Candle i has just opened."""
    price = float(life.world.candles.close[i - 1])
    with urlopen(f"{life.real.exchange.url}/control?price={price}", timeout=10) as answer:
        answer.read()  # the exchange lives in another process
    with clock.fixed(START_MS + i * MINUTE_MS + 500):
        life.world.show(i)
        life.world.tick()
        life.real.settle()


def killed_at(life: AccountLife, number: int) -> bool:
    """A worker that is killed before its n-th statement; False if it was through by then."""

    def work() -> None:
        with at_statement(number, kill_self):
            live_on(life)

    return killed(os.waitpid(started(work), 0)[1])


def killed_by_exchange(life: AccountLife, request: int, *, takes_effect: bool) -> bool:
    """A worker that is killed while its n-th order is on its way, before or after it counted."""
    pids: list[int] = []
    seen = [0]

    def on_write(_path: str) -> None:
        seen[0] += 1
        if seen[0] == request and pids:
            os.kill(pids[0], signal.SIGKILL)

    life.real.exchange.on_write = (on_write, takes_effect)
    try:
        pids.append(started(lambda: live_on(life)))
        return killed(os.waitpid(pids[0], 0)[1])
    finally:
        life.real.exchange.on_write = None


def killed(ended: int) -> bool:
    assert ended in (0, signal.SIGKILL), f"the worker failed by itself: {ended}"
    return ended != 0


def finish(life: AccountLife) -> None:
    """The last worker, in a process of its own like the others: sockets are not to be shared."""
    ended = os.waitpid(started(lambda: live_on(life)), 0)[1]
    assert ended == 0, f"the last worker failed: {ended}"
    connections.close_all()


def faults(life: AccountLife) -> list[str]:
    """Everything that was doubled, lost, or does not add up."""
    exchange, market = life.real.exchange, life.real.market
    posts = Counter(
        given.get("newClientOrderId") or given["listClientOrderId"]
        for method, path, given in exchange.seen
        if method == "POST" and path.endswith(("/order", "/orderList/oco"))
    )
    ours = {row.client_order_id: row for row in AccountOrder.objects.filter(owner=life.owner)}
    found = [f"{key} was sent {count} times" for key, count in posts.items() if count > 1]
    found += [f"{key} is an orphan" for key in exchange.book.orders if whole_id(key) not in ours]
    found += [f"{row} is {row.status}" for row in ours.values() if row.is_working]
    traded = Counter[str]()
    for key, order in exchange.book.orders.items():
        traded[whole_id(key)] += D(order["filled"])  # type: ignore[assignment]  # it adds decimals
        if order["status"] == "NEW":
            found.append(f"{key} still rests at the exchange")
    for key, filled in traded.items():
        if key in ours and filled != ours[key].filled_quantity:
            found.append(f"{key}: filled {filled}, we know {ours[key].filled_quantity}")
    for run in BotRun.objects.filter(bot__owner=life.owner).select_related("bot"):
        if run.bot.status != "stopped" or run.ended_at is None:
            found.append(f"{run.bot.name} is {run.bot.status}: {run.bot.status_reason}")
    return found + _money_faults(life, market.balances)


def _money_faults(life: AccountLife, balances: dict[str, Decimal]) -> list[str]:
    """What is left: a fee in coins leaves dust, nothing more; and the bots' own count is right."""
    runs = BotRun.objects.filter(bot__owner=life.owner)
    kept = sum(
        (D(row[0]) for run in runs for row in (run.state or {}).get("kept", {}).values()), D(0)
    )
    found = []
    if balances.get("BTC", D(0)) != kept:
        found.append(f"the account has {balances.get('BTC')} BTC, the bots count {kept}")
    if kept >= D("0.002"):
        found.append(f"{kept} BTC were not sold")
    cash = sum((D(run.state["cash"]) for run in runs if run.state), D(0))
    if abs(balances["USDT"] - cash) > D("1e-9"):
        found.append(f"the account has {balances['USDT']} USDT, the bots count {cash}")
    return found
