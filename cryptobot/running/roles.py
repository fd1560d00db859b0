"""The processes of `make run`: what each runs, and how to tell that it is ready."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptobot import env, exchange_keys

WEB_CONNECTIONS = "16"
SOCKET_FRAME_BYTES_MAX = "65536"
WEB_GRACE_S = "3"
# Static files are read whole under ASGI; they are small, and a proxy serves them in production.
WEB_QUIET = {"PYTHONWARNINGS": "ignore:StreamingHttpResponse must consume synchronous iterators"}
# name: (the queues it reads, the variable that says how many processes)
WORKERS = {
    "ticks": (("ticks",), "TICK_WORKERS"),
    "orders": (("orders",), "ORDER_WORKERS"),
    "batch": (("batch",), "BATCH_WORKERS"),
}
SIGNS = frozenset({"orders", "accounts"})  # the roles that are given the private keys
QUEUES = frozenset(queue for queues, _ in WORKERS.values() for queue in queues)


@dataclass(frozen=True, slots=True)
class Role:
    """One process. says: what its log says when it is ready; "": nobody waits for it."""

    name: str
    command: list[str]
    says: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def roles(data_dir: Path) -> list[Role]:
    """In the order of starting."""
    python = sys.executable
    celery = [python, "-m", "celery", "--quiet", "-A", "cryptobot.celery"]
    return [
        Role("web", _web(), environment={"DATABASE_POOL": WEB_CONNECTIONS, **WEB_QUIET}),
        *(_worker(celery, name, *worker, data_dir) for name, worker in WORKERS.items()),
        Role("beat", [*celery, "beat", "--schedule", str(data_dir / "celerybeat"), "--pidfile="]),
        Role("feed", [python, "manage.py", "stream_markets"]),
        Role("venue", [python, "manage.py", "run_venue"]),
        Role("accounts", [python, "manage.py", "stream_accounts"], environment=_keys(data_dir)),
    ]


def _web() -> list[str]:
    """Deflate would cost more processor time than the small frames save."""
    options = {
        "host": env.read("HOST"),
        "port": str(env.read("PORT")),
        "loop": "uvloop",
        "ws": "websockets-sansio",
        "ws-per-message-deflate": "false",
        "ws-max-size": SOCKET_FRAME_BYTES_MAX,
        "timeout-graceful-shutdown": WEB_GRACE_S,
        "log-level": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [sys.executable, "-m", "uvicorn", "cryptobot.asgi:application", *words]


def _worker(
    celery: list[str], name: str, queues: tuple[str, ...], processes: str, data_dir: Path
) -> Role:
    """Gossip and mingle wait for other workers' answers at the start; nothing here needs them."""
    quick_start = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    size = ["--pool", "prefork", "--concurrency", str(env.read(processes))]
    command = [*celery, "worker", "--hostname", f"{name}@%h", "--queues", ",".join(queues), *size]
    # Celery warns root of pickled messages; ours are JSON and nothing else is accepted.
    given = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    if name in SIGNS:
        given |= _keys(data_dir)
    return Role(name, [*command, *quick_start], says=" ready.", environment=given)


def _keys(data_dir: Path) -> dict[str, str]:
    return {"EXCHANGE_PRIVATE_KEYS": _private_keys(data_dir)}


def _private_keys(data_dir: Path) -> str:
    """Those of the environment, else the pairs kept here; none of these on a server."""
    if (given := env.read("EXCHANGE_PRIVATE_KEYS")) or env.read("PRODUCTION"):
        return str(given)
    return exchange_keys.private_text(data_dir / exchange_keys.FOLDER)


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """What every role takes over from the supervisor: all but what is for some of them only."""
    return {name: value for name, value in environ.items() if name not in env.SIGNERS_ONLY}
