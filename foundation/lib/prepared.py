"""Statements that run again and again: PostgreSQL parses and plans each once a connection.

Django puts values into the text of a statement, so that the server reads and plans every one anew.
Hot paths send them apart instead, as text whose type the server takes from the column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django.db.backends.utils import CursorWrapper

assert is_psycopg3


def run(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Execute a statement with %s for each value, cast where no column gives the type; its rows."""
    with _cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def as_text(value: Any) -> Any:
    """A value as PostgreSQL reads it, of no type of its own: one plan serves every value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def numbers(values: Iterable[Any]) -> str:
    """An array of numbers as PostgreSQL reads it."""
    return "{" + ",".join(map(str, values)) + "}"


def _cursor() -> CursorWrapper:
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    cursor: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # as the stubs have it
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)
    return connection.make_cursor(cursor)
