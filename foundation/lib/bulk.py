"""Many rows changed in one statement: Django's bulk_update spends milliseconds building CASEs.

A few rows go as prepared statements with plain values, more of them as one array a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

from foundation.lib import prepared

Row = TypeVar("Row", bound=models.Model)
FEW = 3  # a plan for each number of rows up to here


def update_rows(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of saved rows of one model, found by primary key."""
    if not rows:
        return
    model = type(rows[0])
    assert all(type(row) is model and row.pk for row in rows)
    if len(rows) == 1:
        _update_one(rows[0], model, tuple(columns))
        return
    statement, fields = _update_of(model, tuple(columns))
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@cache
def _update_of(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, list[Any]]:
    options = model._meta
    assert options.pk is not None
    fields: list[Any] = [options.pk, *(options.get_field(name) for name in columns)]
    types = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    names = [connection.ops.quote_name(field.column) for field in fields]
    table = connection.ops.quote_name(options.db_table)
    changes = ", ".join(f"{name} = new.{name}" for name in names[1:])
    # Names come from the model, values are parameters.
    statement = (
        f"UPDATE {table} AS old SET {changes} FROM unnest({types})"  # noqa: S608 - see above
        f" AS new ({', '.join(names)}) WHERE old.{names[0]} = new.{names[0]}"
    )
    return statement, fields


def _update_one(row: models.Model, model: type[models.Model], columns: tuple[str, ...]) -> None:
    statement, fields = _update_one_of(model, columns)
    prepared.run(statement, [_saved(row, field) for field in fields])


@cache
def _update_one_of(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, list[Any]]:
    options, quote = model._meta, connection.ops.quote_name
    assert options.pk is not None and options.pk.column is not None
    fields: list[Any] = [options.get_field(name) for name in columns]
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    # Names come from the model, values are parameters.
    statement = (
        f"UPDATE {quote(options.db_table)} SET {changes}"  # noqa: S608 - see above
        f" WHERE {quote(options.pk.column)} = %s"
    )
    return statement, [*fields, options.pk]


def _saved(row: models.Model, field: Any) -> Any:
    value = field.get_db_prep_save(getattr(row, field.attname), connection)
    return prepared.as_text(value) if field.get_internal_type() != "JSONField" else value


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model in one statement and give them their ids, in their order.

    As bulk_create, in a fraction of its time: hot paths write a handful of rows again and again.
    """
    if not rows:
        return
    for row in rows:
        # A row may point at one that had no id yet when it was made, as for bulk_create.
        row._prepare_related_fields_for_save(operation_name="insert_rows")  # type: ignore[attr-defined]  # not in the stubs
    is_few = len(rows) <= FEW
    statement, fields = _insert_into(type(rows[0]), len(rows) if is_few else 0)
    for field in fields:
        for row in rows:
            field.pre_save(row, add=True)
    if is_few:
        ids = prepared.run(statement, [_saved(row, field) for row in rows for field in fields])
    else:
        with connection.cursor() as cursor:
            cursor.execute(statement, [_column(rows, field) for field in fields])
            ids = cursor.fetchall()
    for row, (pk,) in zip(rows, ids, strict=True):
        row.pk = pk
        row._state.adding, row._state.db = False, connection.alias


def _column(rows: Sequence[models.Model], field: Any) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]


@cache
def _insert_into(model: type[models.Model], count: int) -> tuple[str, list[Any]]:
    """count: rows of plain values; 0: any number, an array a column."""
    options = model._meta
    fields: list[Any] = [field for field in options.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    assert options.pk is not None and options.pk.column is not None
    if count:
        row = ", ".join(["%s"] * len(fields))
        source = "VALUES " + ", ".join([f"({row})"] * count)
    else:
        types = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
        source = f"SELECT * FROM unnest({types})"  # noqa: S608 - as below
    # Names and types come from the model, values are parameters.
    statement = (
        f"INSERT INTO {quote(options.db_table)} ({names}) {source}"
        f" RETURNING {quote(options.pk.column)}"
    )
    return statement, fields


def select_rows(model: type[Row], where: str, values: Sequence[Any]) -> list[Row]:
    """Rows of a model as its manager gives them; building that query takes longer than running it.

    where: a condition over the table's columns, with %s for each value (as text).
    """
    statement, names = _select_of(model, where)
    return [
        model.from_db(connection.alias, names, list(row)) for row in prepared.run(statement, values)
    ]


@cache
def _select_of(model: type[models.Model], where: str) -> tuple[str, list[str]]:
    fields: list[Any] = list(model._meta.concrete_fields)
    assert not any(field.get_db_converters(connection) for field in fields)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    # Names come from the model, the condition from the caller's code, values are parameters.
    statement = f"SELECT {columns} FROM {quote(model._meta.db_table)} WHERE {where}"  # noqa: S608
    return statement, [field.attname for field in fields]
