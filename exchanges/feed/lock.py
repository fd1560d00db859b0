"""One feed per venue, one stream per account: advisory locks that PostgreSQL gives back when their
holder dies."""

from __future__ import annotations

import contextlib
import zlib
from typing import Any

import psycopg
from django.db import connection

_SPACE = 0x43_42_46_44  # apart from other advisory locks
_ACCOUNTS = 0x43_42_41_53 << 32


class FeedLock:
    """Held by a connection of its own: losing the connection is losing the lock.

    frozen_s_max: who does not ask is_held for so many seconds loses it too, frozen or unreachable.
    """

    def __init__(self, venue: str, *, frozen_s_max: int | None = None) -> None:
        self.number = zlib.crc32(venue.encode()) - 2**31
        self.frozen_s_max = frozen_s_max
        self._held_by: Any = None

    def take(self) -> bool:
        """Whether this process is the venue's feed now."""
        if self._held_by is None:
            params = connection.get_connection_params()
            self._held_by = connection.get_new_connection(params)
            self._held_by.autocommit = True
            if self.frozen_s_max is not None:
                self._held_by.execute(f"SET idle_session_timeout = '{self.frozen_s_max:d}s'")
        return bool(self._ask("SELECT pg_try_advisory_lock(%s, %s)")[0])

    def is_held(self) -> bool:
        """Whether the connection that holds it still lives."""
        try:
            return self._held_by is not None and self._ask("SELECT %s, %s") is not None
        except psycopg.Error:
            return False

    def release(self) -> None:
        """Give it back at once; a dying process leaves that to the server."""
        if self._held_by is None:
            return
        with contextlib.suppress(psycopg.Error):
            self._ask("SELECT pg_advisory_unlock(%s, %s)")
        self._held_by.close()
        self._held_by = None

    def _ask(self, sql: str) -> Any:
        with self._held_by.cursor() as cursor:
            return cursor.execute(sql, [_SPACE, self.number]).fetchone()


class AccountLeases:
    """The accounts whose streams this process has: all on one connection, lost with it at once."""

    def __init__(self) -> None:
        self._held_by: Any = None

    def take(self, credential_id: int) -> bool:
        """Whether the account is this process's now."""
        if self._held_by is None:
            self._held_by = connection.get_new_connection(connection.get_connection_params())
            self._held_by.autocommit = True
        return bool(self._ask("SELECT pg_try_advisory_lock(%s)", credential_id))

    def give_back(self, credential_id: int) -> None:
        """Another process may have it; a lost connection has given it back already."""
        with contextlib.suppress(psycopg.Error):
            self._ask("SELECT pg_advisory_unlock(%s)", credential_id)

    def are_held(self) -> bool:
        """Whether the connection that holds them still lives; True while there is none."""
        try:
            return self._held_by is None or self._ask("SELECT %s IS NOT NULL", 0) is True
        except psycopg.Error:
            return False

    def close(self) -> None:
        """Give all of them back."""
        if self._held_by is not None:
            self._held_by.close()
            self._held_by = None

    def _ask(self, sql: str, credential_id: int) -> Any:
        with self._held_by.cursor() as cursor:
            return cursor.execute(sql, [_ACCOUNTS | credential_id]).fetchone()[0]
