"""The watchdog ends who does nothing, and nobody while Redis is away."""

import subprocess
import sys

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cryptobot.embedded import BASE_DIR
from cryptobot.running import alive
from foundation.lib import clock, heartbeat, watchdog
from foundation.lib.watchdog import FIRST_LOOKS_MAX, LOOKS_MAX, Watchdog
from tests.watching import wait_until


class Work:
    """A process's work, its watchdog, and how often it was ended."""

    def __init__(self, **how):
        self.done = self.ended = 0
        self.watchdog = Watchdog("ticks", progress=lambda: self.done, end=self.end, **how)

    def end(self):
        self.ended += 1

    def look(self, times=1):
        for _ in range(times):
            self.watchdog.look()


@pytest.fixture
def away(monkeypatch):
    """away(True): Redis does not answer the watchdog."""
    real = watchdog.quick_client
    gone = redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))

    def set_(is_away):
        monkeypatch.setattr(watchdog, "quick_client", lambda: gone if is_away else real())

    return set_


def test_who_works_is_left_alone():
    work = Work()
    for _ in range(3):
        work.done += 1
        work.look(LOOKS_MAX)
    assert work.ended == 0
    assert alive.main("ticks") == 0
    with clock.fixed(clock.now_ms() + 61_000):
        assert alive.main("ticks") == 1


def test_who_does_nothing_is_ended_and_counted():
    work = Work()
    work.done = 1
    work.look(1 + LOOKS_MAX)
    assert (work.ended, watchdog.restarts_of("ticks")) == (0, 0)
    work.look()
    assert (work.ended, watchdog.restarts_of("ticks"), watchdog.restarts_of("feed")) == (1, 1, 0)


def test_a_start_may_take_longer_but_not_for_ever():
    work = Work()
    work.look(FIRST_LOOKS_MAX)
    assert work.ended == 0
    work.look()
    assert work.ended == 1


def test_while_redis_is_away_nobody_is_ended_and_the_count_begins_anew(away):
    work = Work()
    work.done = 1
    work.look(LOOKS_MAX)
    away(True)
    work.look(100)
    away(False)
    work.look(LOOKS_MAX)
    assert work.ended == 0
    work.look()
    assert work.ended == 1


def test_a_look_that_could_not_ask_does_not_count():
    def unsent():
        raise redis.ConnectionError("the canary was not sent")

    work = Work(prompt=unsent)
    work.look(FIRST_LOOKS_MAX + 10)
    assert work.ended == 0


def test_who_is_at_work_on_something_long_is_not_idle():
    work = Work(is_busy=lambda: True)
    work.look(FIRST_LOOKS_MAX + 10)
    assert work.ended == 0


def test_it_outlives_its_own_faults(monkeypatch):
    looks = []

    def progress():
        looks.append(1)
        raise ValueError("a fault of ours")

    monkeypatch.setattr(watchdog, "LOOK_S", 0.01)
    one = Watchdog("ticks", progress=progress)
    one.start()
    wait_until(lambda: len(looks) > 2, "looks after a fault")
    one._pause.set()


def test_the_end_is_at_once_and_says_where_it_stood():
    """Even where the main thread waits for ever and would hear no signal."""
    text = "import threading; from foundation.lib import watchdog as w;"
    text += "threading.Thread(target=w._exit).start(); threading.Event().wait()"
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == watchdog.EXIT_CODE
    assert "most recent call first" in done.stderr


def test_a_process_counts_its_own_beats():
    before = heartbeat.told("venue")
    heartbeat.beat("venue")
    assert heartbeat.told("venue") == before + 1
