"""The whole product on a data folder of its own, to be killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cryptobot.embedded import BASE_DIR, Place
from cryptobot.processes import die_with_parent
from foundation.lib import clock
from tests.watching import TAG, new_tag, processes_with, wait_until

SYMBOLS = ("BTC/USDT", "ETH/USDT")
FEED_SPEED = 120  # a minute candle every half second
LOG_LINES = 120
START_S_MAX = 120.0
LOST_QUEUE_S_MAX = 90.0  # the sweep that finds what nobody was told of runs every half minute
READY = "Cryptobot is ready"
# Bots behind the stored candles, or waiting for the answer to an order of an older candle.
UNSETTLED = """
SELECT count(*) FROM bots_botrun run
  JOIN exchanges_market market USING (venue, symbol)
  JOIN exchanges_candleseries series ON series.market_id = market.id AND series.timeframe = '1m'
 WHERE run.ended_at IS NULL AND (run.last_candle_ms < series.last_open_ms OR EXISTS (
       SELECT FROM exchanges_order one WHERE one.wallet = 'bot:' || run.bot_id
          AND one.status IN ('pending', 'open') AND one.decided_at_ms < series.last_open_ms))
"""
WORKED_OFF = "SELECT min(last_candle_ms - trade_from_ms) / 60000 FROM bots_botrun"
ROLES = ("feed", "venue", "accounts", "scheduler", "ticks", "orders", "batch")
BROKER_WAIT_S_MAX = 60.0  # after a fault of Redis every role works again within so long
FILLS = "SELECT count(*) FROM exchanges_fill"


class Product:
    """`make run` without its bootstrap; whatever it starts is found by its tag or its folder."""

    def __init__(self, folder: Path) -> None:
        self.log, self.tag, self.data_dir = folder / "log", new_tag(), folder / "data"
        self.process: subprocess.Popen[bytes] | None = None
        self.second: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        self.environment = {
            **os.environ,
            TAG: self.tag,
            "DJANGO_SETTINGS_MODULE": "cryptobot.settings",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DATA_DIR": str(self.data_dir),
            "PORT": port,
            "SEED_DEMO": "0",
            "TICK_WORKERS": "1",
            "BATCH_WORKERS": "1",
            "FEED_SPEED": str(FEED_SPEED),
            "FEED_SYMBOLS": ",".join(SYMBOLS),
            "DEFAULT_PLAN": "enterprise",
            "LOG_FORMAT": "text",
        }

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cryptobot.running.supervisor"],
                cwd=BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - prctl alone runs between fork and exec
            )

    def start_second_scheduler(self) -> None:
        """As on a second host: beside that of `make run`, with a schedule file of its own."""
        words = ["beat", "--schedule", str(self.data_dir / "second"), "--pidfile="]
        with self.log.open("ab") as log:
            self.second = subprocess.Popen(
                [sys.executable, "-m", "celery", "--quiet", "-A", "cryptobot.celery", *words],
                cwd=BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - prctl alone runs between fork and exec
            )

    def end_second_scheduler(self) -> None:
        if self.second is not None:
            self.second.kill()
            self.second.wait()
            self.second = None

    def wait_until_ready(self) -> None:
        assert self.process is not None
        process = self.process
        wait_until(
            lambda: READY in self.log.read_text() or process.poll() is not None,
            f"the start; it said:\n{self.last_words()}",
            START_S_MAX,
        )
        assert process.poll() is None, f"it ended:\n{self.last_words()}"

    def stop(self) -> None:
        """As Ctrl-C does."""
        self.end_second_scheduler()
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        wait_until(lambda: not self.pids(), "every process to end")

    def kill_everything(self, chance: random.Random) -> None:
        """kill -9 for every process at once, in any order, until none is left."""
        while pids := self.pids():
            chance.shuffle(pids)
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for one in (self.process, self.second):
                if one is not None:
                    one.wait()

    def pids(self, words: str = "") -> list[int]:
        """Its living processes, all or those with these words in their command.

        PostgreSQL writes its processes' titles over their environment: they are known by folder.
        """
        found = (line.partition(" ") for line in processes_with(self.tag))
        tagged = [int(pid) for pid, _, command in found if words in command]
        return tagged if words else list({*tagged, *_working_in(self.data_dir)})

    def ask(self, sql: str) -> int:
        """A number out of the product's own database; -1 while it does not answer."""
        place = Place(self.data_dir)
        try:
            with psycopg.connect(
                host=str(place.sockets), user="cryptobot", dbname="cryptobot", connect_timeout=2
            ) as line:
                row = line.execute(sql).fetchone()
                return int(row[0]) if row else -1
        except psycopg.Error:
            return -1

    def inside(self, word: str) -> Any:
        """What `tests.crash.inside` answers, run with the product's own settings."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.crash.inside", word],
            cwd=BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            check=False,
        )
        assert done.returncode == 0, f"{word} failed; the product said:\n{self.last_words()}"
        return json.loads(done.stdout.splitlines()[-1])

    def wait_for_more(self, of: str, more: int, seconds: float = LOST_QUEUE_S_MAX) -> None:
        wait_until(lambda: self.ask(of) >= 0, "the database to answer", seconds)
        goal = self.ask(of) + more
        wait_until(lambda: self.ask(of) >= goal, f"{goal} as the answer to {of}", seconds)

    def signal_server(self, name: str, number: signal.Signals) -> None:
        """To a server's own process, the keeper's child, as its pid file names it."""
        words = (self.data_dir / name).read_text().split()
        os.kill(int(words[0]), number)

    def in_redis(self, ask: Callable[[redis.Redis], Any]) -> Any:
        """An answer of the product's own Redis; None while it does not answer."""
        path = str(Place(self.data_dir).redis_socket)
        once = Retry(NoBackoff(), 0)
        with redis.Redis(unix_socket_path=path, socket_timeout=1, retry=once) as line:
            try:
                return ask(line)
            except redis.RedisError:
                return None

    def wait_until_all_work(self) -> str:
        """Every role from now on, watchdogs included; the roles in the order of their coming."""
        start_ms, order = clock.now_ms(), dict[str, float]()

        def look() -> bool:
            beats = self.in_redis(lambda line: line.mget([f"heartbeat:{role}" for role in ROLES]))
            for role, at_ms in zip(ROLES, beats or [], strict=bool(beats)):
                if int(at_ms or 0) > start_ms:
                    order.setdefault(role, (int(at_ms) - start_ms) / 1000)
            return len(order) == len(ROLES)

        try:
            wait_until(look, "every role to work", BROKER_WAIT_S_MAX)
        except AssertionError:
            silent = sorted({*ROLES} - {*order})
            raise AssertionError(f"{silent} are silent; it said:\n{self.last_words()}") from None
        late = {role: seconds for role, seconds in order.items() if seconds > BROKER_WAIT_S_MAX}
        assert not late, f"{late}; it said:\n{self.last_words()}"
        return ", ".join(f"{role} {seconds:.1f} s" for role, seconds in order.items())

    def settle(self) -> None:
        """No new candle comes, and the bots work off what is there."""
        for pid in self.pids("stream_markets"):
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: self.ask(UNSETTLED) == 0, "the bots to catch up", LOST_QUEUE_S_MAX)

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


def _working_in(folder: Path) -> list[int]:
    found = []
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            try:
                if Path(os.readlink(one / "cwd")).is_relative_to(folder):
                    found.append(int(one.name))
            except OSError:
                continue  # ended while we looked
    return found
