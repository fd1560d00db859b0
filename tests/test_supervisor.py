"""`make run`: what dies comes back, and nothing outlives the supervisor."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptobot.embedded import BASE_DIR
from tests.watching import TAG, new_tag, processes_with, wait_until

# Two roles that print who they are; one has a child that would go on without it.
ROLES = """
import sys
from cryptobot.running import supervisor
from cryptobot.running.roles import Role
supervisor.web_answers = lambda: True
supervisor.needs_place = lambda: False
text = "import os,subprocess,sys,signal; print('one', os.getpid(), flush=True);"
text += "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']); signal.pause()"
stubborn = "import os,signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
stubborn += "print('two', os.getpid(), flush=True)\\nwhile True: signal.pause()"
supervisor.STOP_S_MAX = 1.0
supervisor.Supervisor([
    Role("parent", [sys.executable, "-c", text], says="one"),
    Role("stubborn", [sys.executable, "-c", stubborn], says="two"),
]).run()
"""


class Running:
    """A supervisor in a process of its own, and all it has printed."""

    def __init__(self, words: list[str], tag: str, log: Path, **environment: str) -> None:
        self.log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                cwd=BASE_DIR,
                env={**os.environ, TAG: tag, **environment},
                stdout=file,
                stderr=file,
            )

    def printed(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str) -> None:
        wait_until(lambda: re.search(text, self.printed()) or self.process.poll() is not None, text)
        assert re.search(text, self.printed()), self.printed()


@pytest.fixture
def tag() -> Iterator[str]:
    tag = new_tag()
    yield tag
    wait_until(lambda: not processes_with(tag), "every process of the test to end")


@pytest.fixture
def supervisor(tag: str, tmp_path: Path) -> Iterator[Running]:
    running = Running(["-c", ROLES], tag, tmp_path / "log")
    running.wait_for("Cryptobot is ready")
    yield running
    running.process.terminate()
    running.process.wait()


def pids(running: Running, word: str) -> list[int]:
    return [int(pid) for pid in re.findall(rf"\| {word} (\d+)", running.printed())]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_even_who_ignores_it(
    supervisor: Running, tag: str, number: signal.Signals
) -> None:
    supervisor.process.send_signal(number)
    assert supervisor.process.wait() == 0
    assert processes_with(tag) == []


def test_a_role_that_dies_comes_back_and_its_children_are_ended(
    supervisor: Running, tag: str
) -> None:
    assert len(processes_with(tag)) == 4, "supervisor, two roles, one child"
    [first] = pids(supervisor, "one")
    os.kill(first, signal.SIGKILL)
    supervisor.wait_for("parent ended with exit code -9; starting again in 1 s")
    wait_until(lambda: len(pids(supervisor, "one")) == 2, "the role to start again")
    wait_until(lambda: len(processes_with(tag)) == 4, "the old child to be gone")


def test_everything_for_real_and_kill_9_leaves_nothing(tag: str, tmp_path: Path) -> None:
    """Embedded servers, web, workers with their pools, scheduler, feed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = ["-m", "cryptobot.running.supervisor"]
    here = {"DATA_DIR": str(tmp_path / "data"), "PORT": port, "SEED_DEMO": "0"}
    servers = {"DATABASE_URL": "", "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "cryptobot.settings"}
    running = Running(words, tag, tmp_path / "log", **here, **servers)
    running.wait_for("Cryptobot is ready")
    assert len(processes_with(tag)) > 8
    second = Running(words, tag, tmp_path / "second", **here, **servers)
    assert second.process.wait() == 2
    assert f"port {port} is in use" in second.printed()
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not processes_with(tag), "roles, keeper and servers to end")
