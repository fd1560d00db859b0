"""The whole product for the browser tests: `make run`'s own supervisor on a database of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from accounts.tests.receivers import Mailbox
from cryptobot.embedded import BASE_DIR
from cryptobot.processes import die_with_parent
from tests.migrated import drop_database, make_database, template
from tests.watching import TAG, new_tag, processes_with, wait_until

REDIS_NUMBER = 15  # of the test's own Redis: another queue, other live state
FEED_SPEED = 30  # a minute candle every two seconds
FEED_SYMBOLS = "BTC/USDT,ETH/USDT"
LOG_LINES = 60
START_S_MAX = 90.0


class Stack:
    """Web, workers, scheduler and feed, children of this process."""

    def __init__(self, folder: Path, mailbox: Mailbox, mail_port: int) -> None:
        self.mailbox, self.mail_port = mailbox, mail_port  # what it sends comes in here
        self.log, self.tag = folder / "stack.log", new_tag()
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cryptobot.running.supervisor"],
                cwd=BASE_DIR,
                env={**os.environ, **self._environment(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - prctl alone runs between fork and exec
            )

    def _environment(self, folder: Path) -> dict[str, str]:
        return {
            TAG: self.tag,
            "DJANGO_SETTINGS_MODULE": "cryptobot.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url(),
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "SEED_DEMO": "0",
            "TICK_WORKERS": "1",
            "BATCH_WORKERS": "1",
            "FEED_SPEED": str(FEED_SPEED),
            "FEED_SYMBOLS": FEED_SYMBOLS,
            "LOG_FORMAT": "text",
            "LOG_LEVEL": "INFO",
            "DEFAULT_PLAN": "enterprise",
            "API_RATE_USER": "100000",
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(self.mail_port),
            "MAIL_SECURITY": "none",
        }

    def wait_until_ready(self) -> None:
        def is_up() -> bool:
            return "Cryptobot is ready" in self.printed() or self.process.poll() is not None

        wait_until(is_up, f"the stack to start; it said:\n{self.last_words()}", START_S_MAX)
        assert self.process.poll() is None, f"the stack ended:\n{self.last_words()}"
        wait_until(has_feed, "the feed's first prices")

    def stop(self) -> None:
        """At once: its children go with it (that it can also stop politely has its own test)."""
        self.process.kill()
        self.process.wait()
        wait_until(lambda: not processes_with(self.tag), "every process of the stack to end")

    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def last_words(self) -> str:
        return "\n".join(self.printed().splitlines()[-LOG_LINES:])

    def pids(self, words: str) -> list[int]:
        """The processes of one role, found by words of their command line."""
        found = (line.partition(" ") for line in processes_with(self.tag))
        return [int(pid) for pid, _, command in found if words in command]

    @contextmanager
    def paused(self, words: str) -> Iterator[None]:
        """What the role has to do waits meanwhile, so that a test sees the state before it."""
        pids = self.pids(words)
        assert pids, f"no process with {words} in its command"
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def kill(self, words: str) -> None:
        """The supervisor starts the role again a second later."""
        for pid in self.pids(words):
            os.kill(pid, signal.SIGKILL)

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("localhost", self.port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """Of the database that Django's default connection names now."""
    place = {key: str(value) for key, value in connection.settings_dict.items()}
    password = f":{quote(place['PASSWORD'], safe='')}" if place["PASSWORD"] else ""
    who = f"{quote(place['USER'], safe='')}{password}"
    host, port = quote(place["HOST"], safe=""), place["PORT"] and f"&port={place['PORT']}"
    if place["HOST"].startswith("/"):
        return f"postgresql://{who}@/{place['NAME']}?host={host}{port}"
    return f"postgresql://{who}@{place['HOST']}:{place['PORT'] or 5432}/{place['NAME']}"


def redis_url() -> str:
    url = settings.REDIS_URL.partition("?")[0]
    if url.startswith("unix:"):
        return f"{url}?db={REDIS_NUMBER}"
    server = "/".join(url.split("/")[:3])
    return f"{server}/{REDIS_NUMBER}"


def clear_redis() -> None:
    """What a run that was killed has left in the queues."""
    with redis.Redis.from_url(redis_url()) as line:
        line.flushdb()


def has_feed() -> bool:
    with redis.Redis.from_url(redis_url()) as line:
        return next(line.scan_iter("live:*"), None) is not None


@contextmanager
def own_database() -> Iterator[None]:
    """A fresh one, for as long as other processes commit to it; the tests' own stays clean."""
    before = connection.settings_dict["NAME"]
    name = f"browser_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{before}"
    connection.close()
    make_database(name, template())
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        ContentType.objects.clear_cache()  # the other database numbers its own
        drop_database(name)
