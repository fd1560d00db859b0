"""The feed, the scheduler and the workers of ticks and orders in one process, on the story's time.

Messages are really sent through Redis and taken off only when their task is done, as Celery does
it; what the scheduler sends is done at once. A task that finds the database or Redis gone is done
again if Celery would, and else lost, so that a sweep has to find what it was to do.
"""

from __future__ import annotations

import base64
import json
import random
import traceback
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import connection

from bots.models import Bot, BotRun
from bots.services import columns
from cryptobot.celery import SCHEDULE
from exchanges.feed import live
from exchanges.selectors import candles
from exchanges.services import candles as candle_store
from foundation.lib.errors import TryLater
from foundation.lib.queue import enqueue
from foundation.lib.redis_client import client
from foundation.lib.retry import AWAY
from tests.crash.matrix.story import MINUTE_MS, SECOND_MS, START_MS, Story, Timeline
from tests.crash.matrix.tracing import Tracer

QUEUES = ("ticks", "orders")
SWEEPS = (
    "bots.recover", "bots.look_at_accounts", "exchanges.look_at_account_orders",
    "exchanges.read_accounts", "bots.verify_kill_switches",
)  # fmt: skip
STEP_MS = 10 * SECOND_MS  # as often as the quickest sweep
PAUSE_MS = 2 * SECOND_MS  # before a task is tried again
TRIES_MAX = 20
MESSAGES_MAX = 100  # at one time of the story; more of them are a storm


class Ended(Exception):
    """A worker that woke up late has finished its one task."""


class Worker:
    """back: called until database and Redis are there again. extra: done at every step."""

    def __init__(
        self, story: Story, timeline: Timeline, tracer: Tracer, back: Callable[[], None],
        extra: Callable[[Worker], None] | None = None,
    ) -> None:  # fmt: skip
        self.story, self.timeline, self.tracer, self.back = story, timeline, tracer, back
        self.extra = extra
        self.chance = random.Random(len(story.closes))
        self.swept_ms = timeline.now_ms - STEP_MS
        self.fed = 0  # the candle that was open when the feed looked last
        self.was_running = self.ends = False
        columns.forget()

    def live(self, until_ms: Callable[[], int]) -> None:
        """Until the story's time is this, which may change on the way."""
        while True:
            self.timeline.to(self.timeline.now_ms)
            if self.extra is not None:
                self.extra(self)
            self.bring_prices()
            self.sweep()
            self.work_off()
            self.tracer.reach("idle")
            self.look_whether_running()
            now_ms = self.timeline.now_ms
            if now_ms >= until_ms():
                return
            self.timeline.to(min(now_ms - now_ms % STEP_MS + STEP_MS, until_ms()))

    def bring_prices(self) -> None:
        """What the feed does: store what has closed, say what is going on, and who has to tick."""
        self.safely(self._bring_prices)

    def _bring_prices(self) -> None:
        world, now = self.story.world, self.story.candle(self.timeline.now_ms)
        world.show(now)
        live.beat(world.venue, source="story", market_ms=self.timeline.now_ms)
        if now == self.fed:
            return
        newest_ms = candles.newest_closed(world.venue, world.symbol, world.timeframe)
        stored = 0 if newest_ms is None else (newest_ms - START_MS) // MINUTE_MS + 1
        if stored < now:
            fresh = world.candles.slice(stored, now)
            candle_store.store(venue=world.venue, symbol=world.symbol, candles=fresh)
            enqueue(
                "bots.tick_candle", venue=world.venue, symbol=world.symbol,
                timeframe=world.timeframe, open_time_ms=world.time(now - 1),
            )  # fmt: skip
        self.fed = now

    def sweep(self) -> None:
        """What the scheduler would have sent since the last look; expired messages are one."""
        now_ms = self.timeline.now_ms
        for task, every_s in SCHEDULE.values():
            every_ms = round(every_s * SECOND_MS)
            if task in SWEEPS and now_ms // every_ms > self.swept_ms // every_ms:
                self.do(task, {})
        self.swept_ms = now_ms

    def work_off(self) -> None:
        """Every message there is, and those that come of them."""
        for _ in range(MESSAGES_MAX):
            found = self.safely(self._message)
            if found is None:
                return
            queue, raw = found
            task, kwargs = _parsed(raw)
            for _ in range(TRIES_MAX):
                if not self.do(task, kwargs):
                    break
            self.tracer.task = task
            self.tracer.reach("done")
            self.tracer.task = ""
            self.safely(lambda queue=queue, raw=raw: client().lrem(queue, -1, raw))
        self.story.say(f"fault: {MESSAGES_MAX} messages at once, the last was {task}")

    def _message(self) -> tuple[str, bytes] | None:
        for queue in QUEUES:
            raw = client().lindex(queue, -1)
            if raw is not None:
                return queue, bytes(raw)
        return None

    def do(self, task: str, kwargs: dict[str, Any]) -> bool:
        """Run a task; True if Celery would try it again."""
        again = self._do(task, kwargs)
        if self.ends:
            raise Ended
        return again

    def _do(self, task: str, kwargs: dict[str, Any]) -> bool:
        self.tracer.begin(task)
        self.safely(self._tell_the_database_the_time)
        try:
            current_app.tasks[task](**kwargs)
        except (*AWAY, TryLater) as fault:
            self.tracer.begin("")
            self._come_back(fault)
            return isinstance(fault, getattr(current_app.tasks[task], "autoretry_for", ()))
        except Exception:
            where = " | ".join(traceback.format_exc().splitlines()[-9:])
            self.story.say(f"fault: {task} failed: {where}")
        finally:
            self.tracer.begin("")
        return False

    def _tell_the_database_the_time(self) -> None:
        connection.ensure_connection()
        true_ms = self.timeline.now_ms
        with connection.wrap_database_errors:  # past the tracer, which does not count it
            connection.connection.execute(f"SELECT set_config('story.now_ms', '{true_ms}', false)")

    def safely(self, work: Callable[[], Any]) -> Any:
        """What is done again until it works: the feed, and looking for messages."""
        for _ in range(TRIES_MAX):
            try:
                return work()
            except AWAY as fault:
                self._come_back(fault)
        raise AssertionError("the servers did not come back")

    def _come_back(self, fault: Exception) -> None:
        self.story.say(f"away: {type(fault).__name__} in {self.tracer.task or 'between tasks'}")
        connection.close()
        self.back()
        self.timeline.to(self.timeline.now_ms + PAUSE_MS)

    def look_whether_running(self) -> None:
        """Says when each bot has worked off the newest candle again after the fault."""
        shared = self.timeline.shared
        if not shared["struck"] or self.was_running:
            return
        self.was_running = self.safely(self._all_run)
        if self.was_running:
            over_ms = max(shared["over_ms"], shared["calm_ms"])
            seconds = max(0, self.timeline.now_ms - over_ms) / SECOND_MS
            self.story.say(f"running: {seconds:.0f} s after")

    def _all_run(self) -> bool:
        runs = BotRun.objects.filter(bot__in=self.story.bots, ended_at__isnull=True)
        newest_ms = self.story.world.time(self.story.candle(self.timeline.now_ms) - 1)
        ready = runs.filter(bot__status="running", last_candle_ms=newest_ms).count()
        return ready == Bot.objects.filter(pk__in=[bot.pk for bot in self.story.bots]).count()


def _parsed(raw: bytes) -> tuple[str, dict[str, Any]]:
    message = json.loads(raw)
    _, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    return message["headers"]["task"], kwargs
