"""The embedded PostgreSQL and Redis, seen by whoever uses them: where they are, and `use()`.

keeper.py holds the servers, servers.py knows how each is run, unprivileged.py as whom.

Nobody owns the servers. Each user holds a shared lock on one file; a keeper process holds the
servers and waits for the exclusive one. The kernel frees the lock of a user that dies, however it
dies, so the last one to go always takes the servers with it.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from foundation.lib.errors import TryLater

BASE_DIR = Path(__file__).resolve().parents[2]
START_S_MAX = 90.0  # the first start writes a new cluster; a slow disk takes its time
STOP_S_MAX = 10.0
POLL_S = 0.02
KEEPER_STARTS_MAX = 3
UNCLAIMED_POLLS_MAX = 10  # the keeper takes a free lock at once: if not, it is not free


class ServersDidNotStart(TryLater):
    """The embedded servers did not come up; the message ends with what they said."""

    code = "servers_did_not_start"


@dataclass(frozen=True, slots=True)
class Place:
    """One pair of servers. durable False: throw-away data for tests, nothing is flushed to disk."""

    data_dir: Path
    durable: bool = True

    @property
    def locks(self) -> Path:
        return self.data_dir / "run"

    @property
    def log(self) -> Path:
        return self.data_dir / "log" / "servers.log"

    @property
    def sockets(self) -> Path:
        """Short and outside the checkout: a unix socket's path may have 107 bytes at most."""
        place = f"{os.geteuid()}:{self.data_dir.resolve()}"
        return Path("/tmp") / f"cryptobot-{hashlib.sha256(place.encode()).hexdigest()[:12]}"  # noqa: S108 - its owner and mode are checked

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"


_held: dict[Path, int] = {}  # data folder -> descriptor of the shared lock this process holds
_first_use = threading.Lock()


def use(place: Place) -> None:
    """Have the servers up for as long as this process lives; a few microseconds if they are."""
    with _first_use:
        if place.data_dir not in _held:
            _held[place.data_dir] = _lock_as_user(place)
            atexit.register(_leave, place, os.getpid())
    if not is_up(place):
        _start(place)


def is_up(place: Place) -> bool:
    """Whether a keeper says that both servers answer."""
    return _is_locked(place.locks / "ready")


def leave(place: Place) -> None:
    """Give the servers up; the last to leave waits until they have stopped."""
    _leave(place, os.getpid())


def _lock_as_user(place: Place) -> int:
    """Waits while a keeper is stopping: it holds the exclusive lock until its servers are gone."""
    make_folders(place)
    descriptor = os.open(place.locks / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def make_folders(place: Place) -> None:
    """Root's data folder may be passed through: its servers run as another user."""
    try:
        place.data_dir.mkdir(parents=True, exist_ok=True)
        if place.data_dir.stat().st_uid == os.geteuid():
            place.data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for folder in (place.locks, place.log.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
    except PermissionError as fault:
        raise ServersDidNotStart(
            f"{place.data_dir} belongs to another user: run as that user, or set DATA_DIR"
        ) from fault


def _start(place: Place) -> None:
    """Start a keeper, or wait for the one that another process has just started."""
    said_before = place.log.stat().st_size if place.log.exists() else 0
    deadline, keepers = time.monotonic() + START_S_MAX, 0
    while not is_up(place):
        if not _is_locked(place.locks / "keeper"):
            if keepers == KEEPER_STARTS_MAX:
                break
            keepers += 1
            _start_keeper(place)
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_S)
    said = place.log.read_bytes()[said_before:].decode(errors="replace").splitlines()
    if not is_up(place):
        last_words = "\n".join(said[-15:])
        raise ServersDidNotStart(f"the embedded servers did not start ({place.log}):\n{last_words}")
    for line in said:
        if line.startswith("note: "):
            sys.stderr.write(f"{line}\n")


def _start_keeper(place: Place) -> None:
    """The command returns at once: the keeper forks away from us, out of reach of our Ctrl-C."""
    with place.log.open("ab") as log:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "cryptobot.embedded.keeper",
                str(place.data_dir),
                str(place.durable),
            ],
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )


def _leave(place: Place, pid: int) -> None:
    """A forked child inherits this exit hook but not the promise: only the locker leaves."""
    if os.getpid() != pid or place.data_dir not in _held:
        return
    descriptor = _held.pop(place.data_dir)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        was_last = True
    except BlockingIOError:
        was_last = False
    os.close(descriptor)
    if was_last:
        _wait_for_the_keeper(place)


def _wait_for_the_keeper(place: Place) -> None:
    """Until the servers have stopped, or somebody new turns out to be using them."""
    deadline, unclaimed = time.monotonic() + STOP_S_MAX, 0
    while _is_locked(place.locks / "keeper") and time.monotonic() < deadline:
        unclaimed = 0 if _is_locked(place.locks / "users") else unclaimed + 1
        if unclaimed > UNCLAIMED_POLLS_MAX:
            return
        time.sleep(POLL_S)


def _is_locked(path: Path) -> bool:
    """Whether another process holds the exclusive lock on this file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
