"""The file of a data export: a zip with one JSON list for each model, written as it is read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from django.apps import apps
from django.db.models import Field, Model, QuerySet

from accounts.core.belongings import BELONGINGS, Belonging
from foundation.lib import clock
from foundation.lib.decimals import plain

SHEET_BYTES_MAX = 20 * 1024**3  # before it is packed; far above what anybody has
README = """Everything that you have at Cryptobot, as it stood on {at} UTC.

One file for each kind of record, named after it: a JSON list with one record a line. Amounts are
text, so that no digit is lost; times end in _ms (milliseconds since 1970, UTC) or are written out.
Records name each other by their id. rows.json counts the records of each file.

Not in here, for whoever has them could act as you: your password, second factors, the keys of your
exchange accounts, secrets of API keys and of webhooks, addresses of notification channels.
"""
Report = Callable[[str, int], None]


class TooLarge(Exception):
    """More than an export may have."""


def model_of(label: str) -> type[Model]:
    return apps.get_model(label)


def rows_of(label: str, belonging: Belonging, user_id: int) -> QuerySet[Model]:
    """A user's rows of one model, whatever its managers hide."""
    return model_of(label)._base_manager.filter(**{belonging.path: user_id})


def told_fields(label: str) -> list[Field[Any, Any]]:
    """The columns that an export tells; the others need not even be read."""
    left_out = BELONGINGS[label].left_out
    return [one for one in model_of(label)._meta.concrete_fields if one.name not in left_out]


def count(user_id: int) -> dict[str, int]:
    """ "app.Model" -> how many rows an export of this user has to write."""
    told = ((label, one) for label, one in BELONGINGS.items() if one.exported)
    return {label: rows_of(label, one, user_id).count() for label, one in told}


def write(path: Path, user_id: int, counts: Mapping[str, int], report: Report) -> dict[str, int]:
    """Write the file; rows written, by model. report: is told the model and all rows so far."""
    written: dict[str, int] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("README.txt", README.format(at=f"{clock.now():%Y-%m-%d %H:%M}"))
        for label in counts:
            before = sum(written.values())
            with archive.open(f"{label.lower()}.json", "w", force_zip64=True) as sheet:
                written[label] = _write(sheet, label, user_id, _after(report, label, before))
        archive.writestr("rows.json", orjson.dumps(written, option=orjson.OPT_INDENT_2))
    return written


def _after(report: Report, label: str, before: int) -> Callable[[int], None]:
    return lambda rows: report(label, before + rows)


def _write(sheet: Any, label: str, user_id: int, report: Callable[[int], None]) -> int:
    """One list, a row a line; how many rows it has."""
    number, size, before = 0, 0, b"[\n"
    report(0)
    for number, row in enumerate(records(label, user_id), 1):
        line = before + encoded(row)
        size, before = size + len(line), b",\n"
        if size > SHEET_BYTES_MAX:
            raise TooLarge(label)
        sheet.write(line)
        report(number)
    sheet.write(b"\n]\n" if number else b"[]\n")
    return number


def records(label: str, user_id: int) -> Iterator[dict[str, Any]]:
    """A user's rows of one model as an export tells them, in the order in which they were made."""
    belonging, fields = BELONGINGS[label], told_fields(label)
    rows = rows_of(label, belonging, user_id).order_by("pk")
    if belonging.more is None:
        rows = rows.only(*(one.name for one in fields))
    elif belonging.joined:
        rows = rows.select_related(*belonging.joined)
    for row in rows.iterator(chunk_size=belonging.at_once):
        told = {one.attname: one.value_from_object(row) for one in fields}
        if belonging.more is not None:
            told |= belonging.more(row)
        yield told


def encoded(record: Mapping[str, Any]) -> bytes:
    """One line of JSON."""
    told = {name: _value(one) for name, one in record.items()}
    return orjson.dumps(told, default=_as_json, option=orjson.OPT_SERIALIZE_NUMPY)


def _value(value: Any) -> Any:
    # Numbers of a user's own JSON may be longer than the encoder takes.
    if isinstance(value, dict):
        return {str(name): _value(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return str(value)
    return value


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(f"{type(value).__name__} does not go into an export")
