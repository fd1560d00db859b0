"""A worker that takes nothing any more, alive and silent, is ended and started again."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import struct
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.lib import heartbeat, watchdog
from foundation.lib.redis_client import client
from tests.test_supervisor import Running
from tests.watching import new_tag, processes_with, wait_until

ROLE = "deaf"
# A worker whose watchdog looks more often than in the product.
WORKER = """
import sys
from foundation.lib import watchdog
watchdog.LOOK_S, watchdog.LOOKS_MAX = 0.1, 15
from celery.__main__ import main
main()
"""
SUPERVISOR = """
import sys
from cryptobot.running import supervisor
from cryptobot.running.roles import Role
supervisor.web_answers = lambda: True
supervisor.needs_place = lambda: False
words = sys.argv[2:]
supervisor.Supervisor([Role("deaf", [sys.executable, "-c", sys.argv[1], *words], "ready.")]).run()
"""


class Line(socketserver.BaseRequestHandler):
    """One connection to Redis; who is deaf gets no answer to BRPOP, and to all else as ever."""

    server: Proxy

    def handle(self) -> None:
        credentials = self.request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid = struct.unpack("iII", credentials)[0]
        with self.server.upstream() as redis, contextlib.suppress(OSError):
            threading.Thread(target=self._back, args=[redis], daemon=True).start()
            while data := self.request.recv(65536):
                if b"BRPOP" in data:
                    self.server.listening.add(pid)
                    if pid in self.server.deaf:
                        continue
                redis.sendall(data)

    def _back(self, redis: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := redis.recv(65536):
                self.request.sendall(data)
            self.request.shutdown(socket.SHUT_RDWR)


class Proxy(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, path: str) -> None:
        self.listening, self.deaf = set[int](), set[int]()
        super().__init__(path, Line)

    def upstream(self) -> socket.socket:
        how: dict[str, Any] = client().connection_pool.connection_kwargs
        if "path" not in how:
            return socket.create_connection((how["host"], how["port"]))
        line = socket.socket(socket.AF_UNIX)
        line.connect(how["path"])
        return line


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    path = f"/tmp/cryptobot-{uuid.uuid4().hex[:12]}.sock"  # a socket's path may have 107 bytes
    proxy = Proxy(path)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield proxy
    proxy.shutdown()
    proxy.server_close()
    os.unlink(path)


@pytest.fixture
def worker(proxy: Proxy, tmp_path: Path) -> Iterator[Running]:
    """One worker under the supervisor, on a queue of its own."""
    words = ["--quiet", "-A", "cryptobot.celery", "worker", "--hostname", f"{ROLE}@%h"]
    words += ["--concurrency", "1", "--queues", f"{ROLE}-{uuid.uuid4().hex}"]
    words += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    here = {
        "REDIS_URL": f"unix://{proxy.server_address}",
        "DJANGO_SETTINGS_MODULE": "cryptobot.settings_test",
        "LOG_FORMAT": "text",
    }
    tag = new_tag()
    running = Running(["-c", SUPERVISOR, WORKER, *words], tag, tmp_path / "log", **here)
    running.wait_for(f"{ROLE}@.* ready")
    yield running
    running.process.terminate()
    running.process.wait()
    wait_until(lambda: not processes_with(tag), "every process of the test to end")


def test_a_deaf_worker_is_started_again_and_takes_what_comes(
    worker: Running, proxy: Proxy, settings: Any
) -> None:
    host = watchdog.process_of(ROLE)
    wait_until(lambda: heartbeat.age_s(host) is not None, "the first canary to be taken")
    [first] = proxy.listening
    assert watchdog.restarts_of(ROLE) == 0
    proxy.deaf.add(first)
    worker.wait_for(f"{ROLE} ended with exit code {watchdog.EXIT_CODE}; starting again in 1 s")
    assert "nothing done for" in worker.printed()
    assert watchdog.restarts_of(ROLE) == 1
    client().delete(f"{settings.REDIS_KEY_PREFIX}heartbeat:{host}")
    wait_until(lambda: heartbeat.age_s(host) is not None, "the new one to take a canary")
    assert proxy.listening > {first}
