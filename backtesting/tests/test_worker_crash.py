"""A real worker, killed with -9 in the middle; and the same message delivered twice at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from backtesting.models import Backtest, BacktestCurves, Check
from backtesting.services import backtests, checks
from backtesting.tests.conftest import VENUE
from foundation.lib import clock, queue

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_S_MAX = 60.0
LOOK_EVERY_S = 0.05


def database_url() -> str:
    """The test's own database, as a worker in another process finds it."""
    place = connection.settings_dict
    name, user = quote(str(place["NAME"])), quote(str(place["USER"]))
    password = f":{quote(str(place['PASSWORD']))}" if place["PASSWORD"] else ""
    at = f"host={quote(str(place['HOST']))}"
    port = f":{place['PORT']}" if place["PORT"] else ""
    if str(place["HOST"]).startswith("/"):
        return f"postgresql://{user}{password}@/{name}?{at}"
    return f"postgresql://{user}{password}@{place['HOST']}{port}/{name}"


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """One Celery worker of the batch queue, a process group of its own; none is left behind."""
    command = [sys.executable, "-m", "celery", "-A", "cryptobot.celery", "worker", "-Q", "batch"]
    options = ["--concurrency=1", "--without-gossip", "--without-mingle", "-l", "ERROR"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "cryptobot.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
    }
    started = subprocess.Popen(
        [*command, *options],
        cwd=Path(settings.BASE_DIR),
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield started
    finally:
        kill_all_of(started)


def kill_all_of(started: subprocess.Popen[bytes]) -> None:
    """kill -9 of the worker and its pool at once: nobody says goodbye."""
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
    started.wait(WAIT_S_MAX)


def until(true: Callable[[], bool], what: str) -> None:
    """Looks at the database until it is so."""
    give_up_ms = clock.now_ms() + WAIT_S_MAX * 1000
    pause = threading.Event()
    while not true():
        assert clock.now_ms() < give_up_ms, f"{what} did not happen"
        pause.wait(LOOK_EVERY_S)


def waits_for(table: str) -> bool:
    """Whether somebody stands before this locked table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table]
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ("exchanges_candle", "while it loads candles"),
        ("backtesting_backtestcurves", "with trades written and not yet committed"),
    ],
)
def test_a_worker_killed_in_the_middle_leaves_no_run_hanging(alice, store_walk, spec, table, where):
    store_walk(count=400)
    backtest = backtests.request(owner=alice, spec=spec, venue=VENUE)
    row = Backtest.objects.filter(pk=backtest.pk)
    with worker() as first, transaction.atomic():
        # The lock stops the worker at a known place, for as long as it takes to kill it there.
        connection.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        until(lambda: waits_for(table), f"the worker reaches {table}")
        kill_all_of(first)
    assert row.get().status == "running", where
    assert backtests.recover() == 0  # its lease has not run out: it might be alive
    row.update(lease_until=clock.now() - timedelta(milliseconds=1))
    with worker():  # the next one finds it as it starts, without being told
        until(lambda: not row.get().is_active, "the next worker finishes the run")
    after = row.get()
    assert (after.status, after.attempt, after.error) == ("completed", 2, "")
    assert after.trades.count() == after.metrics["total_trades"] > 0
    assert BacktestCurves.objects.filter(pk=after.pk).count() == 1


def test_a_worker_killed_in_the_middle_leaves_no_check_hanging(alice, store_walk, spec):
    store_walk(count=400)
    backtest = backtests.request(owner=alice, spec=spec, venue=VENUE)
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    backtest.refresh_from_db()
    check, _ = checks.request(backtest=backtest, kind="look_ahead")
    row = Check.objects.filter(pk=check.pk)
    with worker() as first, transaction.atomic():
        connection.cursor().execute("LOCK TABLE exchanges_candle IN ACCESS EXCLUSIVE MODE")
        until(lambda: waits_for("exchanges_candle"), "the worker loads candles")
        kill_all_of(first)
    assert (row.get().status, checks.recover()) == ("running", 0)
    row.update(lease_until=clock.now() - timedelta(milliseconds=1))
    with worker():
        until(lambda: not row.get().is_active, "the next worker finishes the check")
    after = row.get()
    assert (after.status, after.attempt, after.error) == ("completed", 2, "")
    assert after.result["verdict"]["tone"] == "good"


def test_a_question_asked_twice_at_once_has_one_row(alice, store_walk, spec):
    store_walk(count=400)
    backtest = backtests.request(owner=alice, spec=spec, venue=VENUE)
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    backtest.refresh_from_db()
    both = threading.Barrier(2)
    answers: list[tuple[int, bool]] = []

    def ask() -> None:
        both.wait(WAIT_S_MAX)
        check, was_there = checks.request(backtest=backtest, kind="look_ahead")
        answers.append((check.pk, was_there))
        connections.close_all()

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(WAIT_S_MAX)
    assert len({pk for pk, _ in answers}) == 1
    assert sorted(was_there for _, was_there in answers) == [False, True]


def test_a_message_delivered_twice_at_once_runs_once(alice, store_walk, spec):
    store_walk(count=400)
    backtest = backtests.request(owner=alice, spec=spec, venue=VENUE)
    both = threading.Barrier(2)
    answers: list[str] = []

    def deliver() -> None:
        both.wait(WAIT_S_MAX)
        answers.append(backtests.run(backtest_id=backtest.pk))
        connections.close_all()

    deliveries = [threading.Thread(target=deliver) for _ in range(2)]
    for delivery in deliveries:
        delivery.start()
    for delivery in deliveries:
        delivery.join(WAIT_S_MAX)
    assert sorted(answers) == ["completed", "not queued"]
    backtest.refresh_from_db()
    assert backtest.attempt == 1
    assert backtest.trades.count() == backtest.metrics["total_trades"]


def test_a_broker_that_is_away_refuses_nobody_and_loses_nothing(
    alice, store_walk, spec, monkeypatch
):
    store_walk(count=200)
    sent: list[int] = []

    def away(_name, *, kwargs, **_options):
        sent.append(kwargs["backtest_id"])
        if len(sent) == 1:
            raise ConnectionError("the broker is away")

    monkeypatch.setattr(queue.current_app, "send_task", away)
    backtest = backtests.request(owner=alice, spec=spec, venue=VENUE)
    long_ago = clock.now() - timedelta(minutes=10)
    Backtest.objects.filter(pk=backtest.pk).update(enqueued_at=long_ago)
    backtests.recover()
    assert sent == [backtest.pk, backtest.pk]
