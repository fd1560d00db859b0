"""Many rows changed in one statement: Django's bulk_update spends milliseconds building CASEs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_rows(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of saved rows of one model, found by primary key."""
    if not rows:
        return
    options = type(rows[0])._meta
    key = options.pk
    assert key is not None and all(type(row) is type(rows[0]) and row.pk for row in rows)
    fields: list[Any] = [key, *(options.get_field(name) for name in columns)]
    types = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    names = [connection.ops.quote_name(field.column) for field in fields]
    table = connection.ops.quote_name(options.db_table)
    changes = ", ".join(f"{name} = new.{name}" for name in names[1:])
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
        for field in fields
    ]
    with connection.cursor() as cursor:
        # Names come from the model, values are parameters.
        cursor.execute(
            f"UPDATE {table} AS old SET {changes} FROM unnest({types})"  # noqa: S608 - see above
            f" AS new ({', '.join(names)}) WHERE old.{names[0]} = new.{names[0]}",
            values,
        )
