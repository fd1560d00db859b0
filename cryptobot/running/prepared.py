"""What the last start of `make run` made ready, so that the next one need not ask again.

Asking costs two processes, three seconds of a small machine. Only for the embedded database: it
lies beside the stamp, and nobody else changes its tables.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptobot import env
from cryptobot.embedded import BASE_DIR, Place


def is_prepared(place: Place) -> bool:
    if env.read("DATABASE_URL"):
        return False
    try:
        return _stamp(place).read_text() == _state(place)
    except OSError:
        return False


def remember(place: Place) -> None:
    if not env.read("DATABASE_URL"):
        _stamp(place).write_text(_state(place))


def _stamp(place: Place) -> Path:
    return place.locks / "prepared"


def _state(place: Place) -> str:
    """This very cluster, these migrations, ours and the packages', and whether there is a demo."""
    cluster = (place.data_dir / "postgres" / "PG_VERSION").stat()
    known = hashlib.sha256(f"{cluster.st_ino} {cluster.st_mtime_ns}".encode())
    for path in [BASE_DIR / "requirements.lock", *sorted(BASE_DIR.glob("*/migrations/*.py"))]:
        known.update(path.name.encode() + path.read_bytes())
    demo = env.read("SEED_DEMO") and (place.data_dir / "demo_password").stat().st_mtime_ns
    return f"{known.hexdigest()} demo {demo}"
