"""Where `make run` serves, whether it may, and whether it answers."""

from __future__ import annotations

import errno
import fcntl
import http.client
import socket
import sys
from pathlib import Path
from typing import IO

from cryptobot import embedded, env

HEALTH_PATH = "/api/health/live"
ANSWER_S_MAX = 1.0
BAD_INPUT = 2


def place() -> embedded.Place:
    return embedded.Place(embedded.BASE_DIR / env.read("DATA_DIR"))


def needs_place() -> bool:
    return not (env.read("DATABASE_URL") and env.read("REDIS_URL"))


def address() -> str:
    host = env.read("HOST")
    return f"http://{'localhost' if host in {'127.0.0.1', '0.0.0.0'} else host}:{env.read('PORT')}/"  # noqa: S104 - compared, not bound


def web_answers() -> bool:
    host = env.read("HOST")
    line = http.client.HTTPConnection(
        "127.0.0.1" if host == "0.0.0.0" else host,  # noqa: S104 - asked from this machine
        env.read("PORT"),
        timeout=ANSWER_S_MAX,
    )
    try:
        line.request("GET", HEALTH_PATH, headers={"Host": env.read("ALLOWED_HOSTS")[0]})
        return line.getresponse().status < 500
    except OSError:
        return False
    finally:
        line.close()


def refuse(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    raise SystemExit(BAD_INPUT)


def check_port() -> None:
    family = socket.AF_INET6 if ":" in env.read("HOST") else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env.read("HOST"), env.read("PORT")))
        except OSError as fault:
            if fault.errno != errno.EADDRINUSE:
                refuse(f"cannot listen on {env.read('HOST')}: {fault.strerror}")
            port = env.read("PORT")
            refuse(f"port {port} is in use; choose another: make run PORT={port + 1}")


def only_one(data_dir: Path) -> IO[str]:
    """One `make run` for each data folder; the lock is freed however we end."""
    lock = (data_dir / "run" / "supervisor").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        refuse(f"this checkout is running already: {lock.read().strip()}")
    lock.truncate(0)
    lock.write(address())
    lock.flush()
    return lock
