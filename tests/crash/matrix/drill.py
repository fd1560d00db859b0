"""One seed from its beginning to its end, in processes that die on the way; and what is wrong then.

The parent is the venue, and the supervisor that starts workers again. It says nothing to them but
what time it is.
"""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from celery import current_app
from django.db import connections

from cryptobot import stores
from cryptobot.processes import follow
from exchanges.services import account_sending, halts
from exchanges.tests.gateway.conftest import SPOT, lead_to
from exchanges.venues import connections as venue_connections
from exchanges.venues.pacer import RedisPacer
from exchanges.venues.sessions import Sessions
from exchanges.venues.settling import place_once
from foundation.lib import clock
from tests.crash.matrix import happenings, invariants
from tests.crash.matrix.points import POINTS, Life, Plan
from tests.crash.matrix.servers import Servers, forget_broker
from tests.crash.matrix.story import BEGIN_MS, MINUTE_MS, SECOND_MS, Shared, Story, Timeline, begin
from tests.crash.matrix.strikes import bring_back, strike
from tests.crash.matrix.tracing import Moment, TracedGateway, Tracer
from tests.crash.matrix.venue import StoryExchange
from tests.crash.matrix.worker import Ended, Worker
from tests.watching import wait_until

SETTLED_S = 60
REQUEST_S_MAX = 180  # until the venue is asked for something
SECOND_WORKER_S = 10
WORKERS_MAX = 5


class Outcome(NamedTuple):
    """faults: what must not be, in words. told: what happened on the way."""

    faults: list[str]
    told: list[str]


class Drill:
    """Everything that seeds share."""

    def __init__(self, servers: Servers, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.servers, self.said = servers, folder / "said"
        self.shared = Shared()
        self.timeline = Timeline(self.shared)
        self.exchange = StoryExchange(self.shared)
        self.counts: dict[Life, list[int]] = {}
        self._prepare(patch)

    def _prepare(self, patch: pytest.MonkeyPatch) -> None:
        """Real ccxt, its limits and its patience, on the story's time, at the local exchange."""

        def adjust(exchange: object) -> None:
            lead_to(self.exchange.url, SPOT)(exchange)
            exchange.milliseconds = clock.now_ms  # type: ignore[attr-defined]

        current_app.loader.import_default_modules()
        sessions = Sessions("binance", adjust=adjust)
        with sessions.lend(None) as (exchange, _):  # ccxt is imported once, here
            sessions.load(exchange)
        later = self.timeline
        pacer = RedisPacer("binance", sleep=later.pass_by, monotonic=later.now_s)
        patch.setattr(venue_connections, "sessions_of", lambda *_: sessions)
        patch.setattr(venue_connections, "pacer_of", lambda _: pacer)
        patch.setattr(venue_connections, "Gateway", TracedGateway)

        def once(*args: object, **kwargs: object) -> object:
            return place_once(*args, sleep=later.pass_by, now_s=later.now_s, **kwargs)  # type: ignore[arg-type]

        patch.setattr(account_sending, "place_once", once)
        patch.setattr(halts, "HALT_AGE_S_MAX", -1.0)  # else statements differ with the true time
        happenings.prepare(patch, self.shared, self.exchange.url)

    def close(self) -> None:
        self.exchange.close()

    def run(self, plan: Plan) -> Outcome:
        """Play one seed."""
        count = self.count(plan.life)[plan.number]
        if not count:
            return Outcome([f"{plan}\nthe point is never reached"], [])
        story = self.begin(plan.life)
        self._live(story, plan, 1 + int(plan.share * count))
        faults = [] if self.shared["struck"] else ["the fault never struck"]
        if self.shared["fault_of_next"] and not plan.life.revoked_s:
            faults.append("no request met the venue's fault")
        faults += invariants.broken(story, self.exchange, plan.life, self.shared)
        return Outcome([f"{plan}\n{fault}" for fault in faults], story.lines())

    def count(self, life: Life) -> list[int]:
        """How often each point is reached in a life that nothing strikes; it must be in order."""
        life = replace(life, down_s=0, two=False)  # which matter only once it is struck
        if life not in self.counts:
            story = self.begin(life)
            self._live(story, Plan(-1, 0, "", life, 0, late=False, pause_s=1), 0)
            faults = invariants.broken(story, self.exchange, life, self.shared)
            assert not faults, f"with no fault at all, {life}: {faults}"
            counts = [line.split()[1:] for line in story.lines() if line.startswith("reached: ")]
            self.counts[life] = [
                sum(int(one) for one in column) for column in zip(*counts, strict=True)
            ]
        return self.counts[life]

    def begin(self, life: Life) -> Story:
        bring_back(self.timeline, self.servers, now=True)
        self.shared.clear()
        story = begin(
            self.said, life.closes, life.minutes, on_paper=life.on_paper, target=life.pairs
        )
        for name in ("revoked", "by_hand", "calm"):
            seconds = getattr(life, f"{name}_s")
            self.shared[f"{name}_ms"] = BEGIN_MS + seconds * SECOND_MS if seconds else 0
        self.exchange.begin(story, life.habits)
        return story

    def _live(self, story: Story, plan: Plan, n: int) -> None:
        """One worker after the other until the fault is over for SETTLED_S, or the life."""
        at_s, gap_ms = plan.life.gap
        if gap_ms:
            leaves_ms = BEGIN_MS + at_s * SECOND_MS
            assert _ended(self._start(story, plan, 0, lambda: leaves_ms)) == 0
            self.shared["now_ms"] += gap_ms
        for _ in range(WORKERS_MAX):
            pid = self._start(story, plan, n, lambda: self._until(plan.life))
            if plan.life.two and n and not self.shared["struck"]:
                self._second_worker(story, plan, pid)
                continue
            ended = _ended(pid)
            if ended == 0:
                return
            if ended != signal.SIGKILL:
                story.say(f"fault: a worker failed by itself: {ended}")
                return
            self._stay_away(plan)
        story.say("fault: it never came to an end")

    def _until(self, life: Life) -> int:
        shared = self.shared
        if not shared["struck"]:
            return BEGIN_MS + life.minutes * MINUTE_MS
        waits_s = REQUEST_S_MAX if shared["fault_of_next"] else SETTLED_S
        return max(shared["over_ms"], shared["calm_ms"]) + waits_s * SECOND_MS

    def _stay_away(self, plan: Plan) -> None:
        """Until the supervisor starts a worker again."""
        self.shared["now_ms"] += (plan.pause_s + plan.life.down_s) * SECOND_MS
        self.shared["over_ms"] = self.shared["now_ms"]

    def _second_worker(self, story: Story, plan: Plan, first: int) -> None:
        """The first one stands still; a second one gets its message, and then the first wakes."""
        wait_until(lambda: self.shared["is_paused"] or _is_over(first), "the first worker to pause")
        if not self.shared["is_paused"]:
            story.say("fault: the first worker never came there")
            return
        until_ms = self.shared["now_ms"] + SECOND_WORKER_S * SECOND_MS
        second = self._start(story, plan, 0, lambda: until_ms, kills=False)
        wait_until(lambda: _is_over(second) or self._is_blocked(), "the second worker")
        self.shared["wakes"] = 1
        for pid in (first, second):
            ended = _ended(pid)
            if ended == signal.SIGKILL:
                self._stay_away(plan)
            elif ended:
                story.say(f"fault: a worker failed by itself: {ended}")

    def _is_blocked(self) -> bool:
        """Somebody waits for a lock that another process holds."""
        place, name = self.servers.place, self.servers.database
        where = {"host": str(place.sockets), "user": stores.DATABASE_USER, "dbname": name}
        try:
            with psycopg.connect(**where) as line:
                asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                row = line.execute(asked).fetchone()
                return bool(row and row[0])
        except psycopg.Error:
            return False

    def _start(
        self, story: Story, plan: Plan, n: int, until_ms: Callable[[], int], *, kills: bool = True
    ) -> int:
        """A worker in a process of its own; its id."""

        def work() -> None:
            tracer = Tracer(self.shared, [one.where for one in POINTS], plan.number, n)
            tracer.attach()
            worker = Worker(story, self.timeline, tracer, self._back, happenings.of(plan.life))
            tracer.act = lambda moment: self._act(story, plan, worker, moment)
            try:
                worker.live(until_ms)
            except Ended:
                return
            if not n:
                story.say(f"reached: {' '.join(map(str, tracer.seen))}")

        pid = _forked(story, work)
        if kills:
            self.exchange.worker_pid = pid
        return pid

    def _act(self, story: Story, plan: Plan, worker: Worker, moment: Moment) -> None:
        if plan.life.two:
            self.shared["is_paused"] = 1
            wait_until(lambda: self.shared["wakes"], "to be woken")
            worker.ends = True
        strike(plan, story, self.timeline, self.servers, moment)

    def _back(self) -> None:
        """What a client does whose server is away: wait."""
        back_ms = self.shared["redis_back_ms"]
        if back_ms:
            self.timeline.to(back_ms)
            bring_back(self.timeline, self.servers)
        self.servers.wait()


def _forked(story: Story, work: Callable[[], None]) -> int:
    connections.close_all()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        code = 1
        gc.disable()  # it would look through all that the parent has, for a second's life
        try:
            follow(parent)
            forget_broker()
            work()
            code = 0
        except BaseException:
            story.say(f"fault: {_words_of_fault()}")
        finally:
            os._exit(code)
    return child


def _words_of_fault() -> str:
    return " | ".join(traceback.format_exc().splitlines()[-9:])


def _ended(pid: int) -> int:
    """Wait for its end; how that was."""
    return os.waitpid(pid, 0)[1]


def _is_over(pid: int) -> bool:
    """Ended, and still to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
