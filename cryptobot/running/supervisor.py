"""`make run`: starts every role, restarts one that dies, stops them all; leaves no process.

Each role leads a process group of its own and dies with the supervisor (PR_SET_PDEATHSIG), so that
neither Ctrl-C nor kill -9 of any of them can leave one behind.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from typing import IO

from cryptobot import embedded, env
from cryptobot.processes import die_with_parent, follow, kill_group
from cryptobot.running.prepared import is_prepared, remember
from cryptobot.running.roles import Role, inherited, roles
from cryptobot.running.serving import address, check_port, needs_place, only_one, place, web_answers

BASE_DIR = embedded.BASE_DIR
RESTART_DELAY_S_MAX = 30.0
STEADY_S = 180.0  # after running this long (a watchdog ends sooner), a death starts delays anew
STOP_S_MAX = 8.0
TICK_S = 0.2
DEMO_EMAIL = "demo@cryptobot.local"


class Supervised:
    """One role and its present process."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = not role.says
        self.deaths = 0
        self.started_at_s = self.start_at_s = 0.0
        self.unfinished_line = b""

    def start(self) -> IO[bytes]:
        self.started_at_s = time.monotonic()
        self.process = subprocess.Popen(
            self.role.command,
            cwd=BASE_DIR,
            env={**inherited(os.environ), "PYTHONUNBUFFERED": "1", **self.role.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - the supervisor has one thread
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def bury(self) -> str:
        """Forget the dead process and plan the next start."""
        assert self.process is not None
        lived_s = time.monotonic() - self.started_at_s
        self.deaths = 1 if lived_s > STEADY_S else self.deaths + 1
        delay_s = min(RESTART_DELAY_S_MAX, 2.0 ** (self.deaths - 1))
        self.start_at_s = time.monotonic() + delay_s
        code, self.process = self.process.returncode, None
        return f"{self.role.name} ended with exit code {code}; starting again in {delay_s:.0f} s"


class Supervisor:
    def __init__(self, table: list[Role]) -> None:
        self.supervised = [Supervised(role) for role in table]
        self.selector = selectors.DefaultSelector()
        self.stopping = False
        self.announced = False
        self.width = max(len(role.name) for role in table)
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self.selector.register(wake_read, selectors.EVENT_READ, None)

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._please_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes the loop
        while not self.stopping:
            self._start_due()
            self._relay(TICK_S)
            self._bury_dead()
            if needs_place() and not embedded.is_up(place()):
                embedded.use(place())
            if not self.announced and self._all_ready():
                self.announced = True
                announce()
        self._stop()

    def _please_stop(self, *_: object) -> None:
        if self.stopping:  # asked twice: no more patience
            for one in self.supervised:
                if one.process is not None:
                    kill_group(one.process.pid, signal.SIGKILL)
        self.stopping = True

    def _start_due(self) -> None:
        for one in self.supervised:
            if one.process is None and time.monotonic() >= one.start_at_s:
                self.selector.register(one.start(), selectors.EVENT_READ, one)

    def _relay(self, seconds: float) -> None:
        """Pass on what the roles print, line by line, under their names."""
        for key, _ in self.selector.select(seconds):
            one = key.data
            if one is None:
                os.read(key.fd, 4096)
                continue
            data = _read_what_is_there(key.fd)
            if data == b"":
                self.selector.unregister(key.fileobj)
            *lines, one.unfinished_line = (one.unfinished_line + (data or b"")).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace")
                one.ready = one.ready or one.role.says in text
                say(f"{one.role.name:{self.width}} | {text}")

    def _bury_dead(self) -> None:
        for one in self.supervised:
            if one.process is not None and not one.is_running():
                kill_group(one.process.pid, signal.SIGKILL)  # what it started may hold its pipe
                assert one.process.stdout is not None
                self._relay(0)  # its last words
                if one.process.stdout.fileno() in self.selector.get_map():
                    self.selector.unregister(one.process.stdout)
                one.process.stdout.close()
                say(one.bury())

    def _all_ready(self) -> bool:
        return all(one.ready and one.is_running() for one in self.supervised if one.role.says) and (
            web_answers()
        )

    def _stop(self) -> None:
        """Ask everybody at once; who has not ended in time is killed, with its whole group."""
        say("stopping")
        running = [one.process for one in self.supervised if one.process is not None]
        for process in running:
            kill_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S_MAX
        while any(process.poll() is None for process in running) and time.monotonic() < deadline:
            self._relay(TICK_S)
        for process in running:
            kill_group(process.pid, signal.SIGKILL)
            process.wait()


def _read_what_is_there(descriptor: int) -> bytes | None:
    """None: nothing just now; empty: the other end is closed."""
    try:
        return os.read(descriptor, 65536)
    except BlockingIOError:
        return None


def say(text: str) -> None:
    """A reader that went away (`make run | head`) does not stop the service."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - open to the end of the process


def announce() -> None:
    say("")
    say(f"Cryptobot is ready: {address()}")
    password = BASE_DIR / env.read("DATA_DIR") / "demo_password"
    if env.read("SEED_DEMO") and password.exists():
        say(f"Sign in: {DEMO_EMAIL}, password {password.read_text().strip()}")
    say("Ctrl-C stops everything.")
    say("")


def manage(*words: str) -> int:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command,
        cwd=BASE_DIR,
        check=False,
        env=inherited(os.environ),
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent(),
    ).returncode


def main(arguments: list[str]) -> int:
    if "--with-parent" in arguments:  # killed or closed, `make` takes us along
        follow(os.getppid(), signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    env.require_valid()
    check_port()
    embedded.make_folders(place())
    with only_one(place().data_dir):
        try:
            return prepare() or serve()
        except KeyboardInterrupt:  # stopped before the roles were started
            return 0
        finally:
            if needs_place():
                embedded.leave(place())


def prepare() -> int:
    """Tables and demo data; 0, or the exit code that ends the start."""
    if needs_place():
        embedded.use(place())
    if is_prepared(place()):
        return 0
    if (code := manage("migrate", "--noinput", "--verbosity=0")) != 0:
        return code
    if env.read("SEED_DEMO") and manage("seed_demo") != 0:
        say("the demo data could not be made; going on without it")
        return 0
    remember(place())
    return 0


def serve() -> int:
    Supervisor(roles(place().data_dir)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
