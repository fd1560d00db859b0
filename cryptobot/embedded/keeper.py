"""The keeper: one small process per data folder that holds the embedded servers.

It starts both, says so by a lock, restarts one that dies, and stops both when the last user has
gone. Its servers die with it (PR_SET_PDEATHSIG), so nothing can outlive everybody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path

from cryptobot.embedded import Place, make_folders
from cryptobot.embedded.servers import POSTGRES, VALKEY, Server, make_cluster, mend, prepare_folders
from cryptobot.embedded.unprivileged import server_identity

LOCK_TRIES_MAX = 5
START_S_MAX = 60.0
STOP_S_MAX = 30.0
RESTART_DELAYS_S = (0.0, 0.5, 1.0, 2.0, 5.0)
STEADY_S = 60.0  # a server that ran this long may die again and is restarted at once
LOG_BYTES_MAX = 10_000_000


class Keeper:
    """Holds the servers of one place; `run` returns when they have stopped."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.identity = server_identity()
        self.servers = [Server(kind, place, self.identity) for kind in (POSTGRES, VALKEY)]
        self.stopping = False
        self._wake_read, self._wake_write = os.pipe()
        self._users = os.open(place.locks / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def run(self) -> None:
        self._listen()
        prepare_folders(self.place, self.identity)
        mend(self.place)
        make_cluster(self.place, self.identity)
        for server in self.servers:
            server.start()
        if self._wait_until_ready():
            ready = _lock(self.place.locks / "ready")
            self._watch()
            os.close(ready)
        self._stop()

    def _listen(self) -> None:
        """A signal, or the last user's going, wakes the loop through one pipe."""
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._please_stop)
        signal.signal(signal.SIGINT, self._please_stop)
        threading.Thread(target=self._wait_for_last_user, daemon=True).start()

    def _please_stop(self, *_: object) -> None:
        self.stopping = True

    def _wait_for_last_user(self) -> None:
        """Granted when no user is left; held to the end, so that the next one waits for us."""
        fcntl.flock(self._users, fcntl.LOCK_EX)
        self.stopping = True
        os.write(self._wake_write, b"u")

    def _sleep(self, seconds: float) -> None:
        if select.select([self._wake_read], [], [], seconds)[0]:
            os.read(self._wake_read, 4096)

    def _wait_until_ready(self) -> bool:
        """False: told to stop before they were ready, or one of them cannot start."""
        deadline = time.monotonic() + START_S_MAX
        while not all(server.answers() for server in self.servers):
            if self.stopping or time.monotonic() > deadline:
                return False
            if any(server.is_dead() for server in self.servers):
                return False
            self._sleep(0.02)
        return True

    def _watch(self) -> None:
        while not self.stopping:
            dead = [server for server in self.servers if server.is_dead()]
            for server in dead:
                self._restart(server)
            if not dead:  # the pause of a restart may have swallowed the news of another death
                self._sleep(3600)

    def _restart(self, server: Server) -> None:
        """Died under its users: start it again, more slowly each time it dies soon after."""
        if server.ran_s() > STEADY_S:
            server.deaths = 0
        server.deaths += 1
        self._pause(RESTART_DELAYS_S[min(server.deaths, len(RESTART_DELAYS_S)) - 1])
        if not self.stopping:
            mend(self.place)
            server.start()

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and (left := until - time.monotonic()) > 0:
            self._sleep(left)

    def _stop(self) -> None:
        for server in self.servers:
            server.ask_to_stop()
        deadline = time.monotonic() + STOP_S_MAX
        while not all(server.is_dead() for server in self.servers):
            if time.monotonic() > deadline:
                for server in self.servers:
                    server.kill()
            self._sleep(0.02)
        with contextlib.suppress(OSError):
            self.place.sockets.rmdir()


def _lock(path: Path, flags: int = 0) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
    return descriptor


def _lock_as_keeper(place: Place) -> int | None:
    """None: another keeper is there. Tried a few times: a user's look holds it for an instant."""
    for _ in range(LOCK_TRIES_MAX):
        try:
            return _lock(place.locks / "keeper", fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
    return None


def _roll_log(place: Place) -> None:
    if place.log.exists() and place.log.stat().st_size > LOG_BYTES_MAX:
        place.log.rename(place.log.with_suffix(".log.1"))


def main(data_dir: str, durable: str) -> None:
    if os.fork() > 0:
        os._exit(0)  # the command that started us goes on; we belong to nobody
    place = Place(Path(data_dir), durable == "True")
    make_folders(place)
    keeper_lock = _lock_as_keeper(place)
    if keeper_lock is None:
        return
    _roll_log(place)
    keeper = Keeper(place)
    keeper.run()
    os.close(keeper_lock)  # before the users' lock: who gets that one must see no keeper
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
