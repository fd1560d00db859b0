"""Of several schedulers one sends; another takes over when it is gone, frozen or cut off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.beat import PersistentScheduler
from django.db import OperationalError, connection

from cryptobot import scheduler
from cryptobot.celery import SCHEDULE, app
from cryptobot.scheduler import OneScheduler
from foundation.lib import heartbeat
from foundation.lib.redis_client import client
from tests.watching import wait_until

Making = Callable[..., OneScheduler]
pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the entries that were sent, by whomever."""
    names: list[str] = []

    def record(self: Any, entry: Any, **_: Any) -> None:
        names.append(entry.name)

    monkeypatch.setattr(PersistentScheduler, "apply_async", record)
    monkeypatch.setattr(scheduler, "LOCK_EVERY_S", 0.0)
    return names


@pytest.fixture
def make(tmp_path: Path, sent: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    """make(name) -> a scheduler with a schedule of its own to which everything is due."""
    made: list[OneScheduler] = []
    for entry in app.conf.beat_schedule.values():
        monkeypatch.setitem(entry, "schedule", 0.0)

    def make(name: str) -> OneScheduler:
        made.append(OneScheduler(app=app, schedule_filename=str(tmp_path / name)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def turn(one: OneScheduler, ticks: int = 3) -> None:
    for _ in range(ticks):
        one.tick()


def test_the_second_waits_and_takes_over_at_once(make: Making, sent: list[str]) -> None:
    first, second = make("first"), make("second")
    turn(first, 2 * len(SCHEDULE))
    assert set(sent) == set(SCHEDULE)
    count = len(sent)
    turn(second)
    assert len(sent) == count
    assert second.turns == 3, "waiting is no standing still"
    first._lock._held_by.close()  # as the kernel does for a process that was killed
    turn(second)
    assert len(sent) > count


def test_an_emptied_redis_does_not_make_two_of_them(make: Making, sent: list[str]) -> None:
    first, second = make("first"), make("second")
    turn(first)
    count = len(sent)
    client().flushdb()
    turn(second)
    assert len(sent) == count


def test_who_was_cut_off_from_the_database_stops_sending(
    make: Making, sent: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make("first"), make("second")
    turn(first)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [first._lock._held_by.info.backend_pid])
    wait_until(lambda: not first._lock.is_held(), "the server to end the session")
    turn(second)
    count = len(sent)
    with caplog.at_level(logging.INFO):
        turn(first)
    assert len(sent) == count
    assert "the lock is lost, waiting" in caplog.text


def test_a_frozen_one_loses_the_lock(make: Making, sent: list[str]) -> None:
    one = make("one")
    turn(one)
    limit = one._lock._held_by.execute("SHOW idle_session_timeout").fetchone()[0]
    assert (limit, sent != []) == ("30s", True)


def test_it_says_that_it_sends(make: Making, sent: list[str]) -> None:
    assert heartbeat.age_s("scheduler") is None
    turn(make("one"), 2 * len(SCHEDULE))
    assert heartbeat.age_s("scheduler") is not None


def test_a_database_that_is_away_is_waited_for(
    make: Making, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make("one")

    def away() -> bool:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(one._lock, "take", away)
        turn(one)
    assert (sent, one.turns) == ([], 3)
    turn(one)
    assert sent != []
