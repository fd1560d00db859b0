"""kill -9 anywhere on the paper venue: every order is in one legal state and the books balance."""

from __future__ import annotations

import os
import select
import signal
from random import Random
from typing import Any

import pytest

from accounts.models import LedgerAccount, User
from accounts.services import tokens
from exchanges.models import Fill, FundingRate, Liquidation, Order
from exchanges.selectors import audit
from exchanges.services.paper import insurance, quotes, ticking
from exchanges.services.paper.crossing import Move
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld, fund
from tests.crash.venue_children import (
    FUNDING_FROM_MS,
    Child,
    Market,
    Worker,
    clock_of,
    cut_a_connection,
    funding_of,
)
from tests.crash.venue_flow import Trader
from tests.watching import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
FLOWS = int(os.environ.get("CRASH_FLOWS", "200"))
KILLS_MIN = FLOWS // 40  # of workers and of the clock, each; fewer come about on a busy machine
PAUSE_S_MAX = 0.06


@pytest.fixture
def world(settings: Any) -> PaperWorld:
    settings.API_RATES = {"anonymous": 10**6, "user": 10**6}
    return PaperWorld(settings)


def traders(name: str, count: int) -> list[User]:
    made = []
    for number in range(count):
        made.append(User.objects.create_user(f"{name}{number}@example.com", "x"))
        fund(made[-1], spot=5_000, futures=3_000, btc=30)
    return made


class Drill:
    """Two workers and the clock on a moving market, killed until the flows are done."""

    def __init__(self, world: PaperWorld, seed: int) -> None:
        self.chance = Random(seed)
        self.world, self.market = world, Market(world, self.chance)
        insurance.seed("USDT")
        self.workers = [Worker(user, seed, FLOWS // 2) for user in traders("trader", 2)]
        self.clock = clock_of(world)
        self.kills = {"worker": 0, "clock": 0, "funding": 0, "connection": 0}
        self.fundings = 0

    def run(self) -> None:
        self.market.tell(100)
        for gambler, side in zip(traders("gambler", 2), ("buy", "sell"), strict=True):
            self.world.place(gambler, SWAP, side, quantity="3", leverage=125)
        # Everything is imported once, here, and not by each fork anew.
        (first,) = traders("first", 1)
        Trader(first, tokens.issue(user=first).access, 0, lambda *_: None).flow(0)
        for child in (*self.workers, self.clock):
            child.start()
        while working := [one for one in self.workers if not one.is_done]:
            self.market.move()
            self.pause()
            self.strike(working)
            for worker in working:
                worker.hear()
                if not worker.is_done:
                    worker.look()
            self.clock.look()
            assert not self.clock.is_done, "the clock ended by itself"

    def pause(self) -> None:
        """Until somebody says something, and a moment more: any instant may be the last."""
        pipes = [worker.reading for worker in self.workers]
        select.select(pipes, [], [], PAUSE_S_MAX)
        select.select([], [], [], self.chance.uniform(0, PAUSE_S_MAX))

    def strike(self, working: list[Worker]) -> None:
        what = self.chance.choice(("worker", "worker", "clock", "funding", "connection", "none"))
        if what == "worker":
            # Who is killed again before a flow was through would never come to an end.
            ahead = [one for one in working if one.done > one.done_when_killed]
            if ahead:
                self.strike_down(self.chance.choice(ahead), what)
        elif what == "clock":
            self.strike_down(self.clock, what)
        elif what == "connection":
            self.kills[what] += cut_a_connection(self.chance)
        elif what == "funding":
            self.fund()

    def strike_down(self, child: Child, what: str) -> None:
        if child.kill():
            self.kills[what] += 1
            if isinstance(child, Worker):
                child.hear()
                child.done_when_killed = child.done
            child.start()

    def fund(self) -> None:
        """A funding time that is killed under way, and settled by another process."""
        self.fundings += 1
        child = funding_of(self.world, self.fundings)
        child.start()
        select.select([], [], [], self.chance.uniform(0, PAUSE_S_MAX))
        self.kills["funding"] += child.kill()
        child.start()
        assert child.ended() == 0

    def end(self) -> None:
        """The last clock finds what the ones before it left, and ends when it is asked to."""
        self.strike_down(self.clock, "clock")
        self.market.move()
        wait_until(self.is_quiet, "the clock to work everything off")
        os.kill(self.clock.pid, signal.SIGTERM)
        assert self.clock.ended() == 0

    def leave_nothing(self) -> None:
        for child in (*self.workers, self.clock):
            child.put_away()

    def is_quiet(self) -> bool:
        """Nothing acts at the price where the market stands: asked without changing anything."""
        acts = Order.objects.filter(venue=self.world.venue)
        bid, ask = self.world.bids[0][0], self.world.asks[0][0]
        last = self.world.price
        below = acts.filter(acts_when="below", type="limit", acts_at__gte=ask)
        above = acts.filter(acts_when="above", type="limit", acts_at__lte=bid)
        stops = acts.exclude(type="limit").filter(triggered_at_ms=None)
        return not (
            below.exists()
            or above.exists()
            or stops.filter(acts_when="below", acts_at__gte=last).exists()
            or stops.filter(acts_when="above", acts_at__lte=last).exists()
        )


def check(drill: Drill) -> None:
    """Books, histories, and what was confirmed; nothing acts twice at a price that stands still."""
    assert audit.faults() == []
    assert not LedgerAccount.objects.filter(owner__isnull=False, balance__lt=0).exists()
    for worker in drill.workers:
        known = dict(Order.objects.filter(owner=worker.user).values_list("client_order_id", "pk"))
        lost = {name: pk for name, pk in worker.confirmed.items() if known.get(name) != pk}
        assert lost == {}
    quote = quotes.quote_of(drill.world.spot)
    still = Move(quote.last, quote.last, quote)
    ticking.tick(drill.world.venue, SPOT, still)
    assert ticking.tick(drill.world.venue, SPOT, still) == 0
    assert audit.faults() == []


def test_two_hundred_flows_survive_kills_of_any_process(world: PaperWorld) -> None:
    drill = Drill(world, int(os.environ.get("CRASH_SEED", "1")))
    try:
        drill.run()
        drill.end()
    finally:
        drill.leave_nothing()
    check(drill)
    assert min(drill.kills["worker"], drill.kills["clock"]) >= KILLS_MIN, drill.kills
    assert drill.kills["connection"] and drill.kills["funding"], drill.kills
    assert sum(len(worker.confirmed) for worker in drill.workers) > FLOWS // 3
    types = set(Fill.objects.values_list("order__type", flat=True))
    assert len(types) >= 6, types
    assert Liquidation.objects.exists()
    assert FundingRate.objects.filter(time_ms__gt=FUNDING_FROM_MS).count() == drill.fundings
