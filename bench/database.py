"""A database of its own for the time of a benchmark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote


@contextmanager
def own_database() -> Iterator[str]:
    """URL of an empty migrated database; it is dropped afterwards."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")
    os.environ["DEFAULT_PLAN"] = "enterprise"  # a benchmark starts more than a free user may
    import django

    django.setup()
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield url_of(connection.settings_dict)
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def url_of(entry: dict[str, str]) -> str:
    """DATABASE_URL of a Django database entry; a host may be the folder of a socket."""
    user, password = quote(entry["USER"]), quote(entry.get("PASSWORD") or "")
    name, host, port = quote(entry["NAME"]), quote(entry["HOST"], safe=""), entry.get("PORT") or ""
    secret = f":{password}" if password else ""
    where = f"&port={port}" if port else ""
    return f"postgresql://{user}{secret}@/{name}?host={host}{where}"
