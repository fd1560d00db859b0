"""Sealing all stored exchange keys anew: for a new key pair, a new SECRET_KEY, or both.

Online: readers take no lock and find each row either as it was or as it is, both of which open.
What is done says so itself, so whoever is interrupted goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from exchanges.core import sealing
from exchanges.core.sealing import PrivateKey
from exchanges.models import ExchangeCredential
from exchanges.models.sealed_field import UNREADABLE, mark
from exchanges.services import key_ring
from foundation.lib.errors import AppError, BadInput

BATCH = 200
_FIELD: Any = ExchangeCredential._meta.get_field("sealed")
_UPDATE = """
UPDATE exchanges_exchangecredential AS old
   SET sealed = new.sealed, key_version = %s, wrapped_with = %s
  FROM unnest(%s::bigint[], %s::bytea[]) AS new (id, sealed)
 WHERE old.id = new.id
"""


@dataclass(slots=True)
class Rotation:
    """done: sealed anew. failed: ids of rows that do not open, and were left as they are."""

    done: int = 0
    failed: list[int] = field(default_factory=list)


def waiting() -> QuerySet[ExchangeCredential]:
    """Rows under an older key pair or SECRET_KEY than the newest."""
    newest = Q(key_version=key_ring.public_key().version, wrapped_with=mark())
    return ExchangeCredential.objects.exclude(newest)


def versions() -> dict[int, int]:
    """How many rows are sealed with each version: one without any can be given up."""
    counted = ExchangeCredential.objects.order_by().values_list("key_version")
    return dict(counted.annotate(Count("pk")).order_by("key_version"))


def rotate(
    *,
    keys: tuple[PrivateKey, ...] | None = None,
    batch: int = BATCH,
    tell: Callable[[Rotation], None] | None = None,
) -> Rotation:
    """Seal everything that waits anew, batch by batch; each is committed by itself.

    keys: the private keys, where the settings do not have them. BadInput without the newest.
    """
    keys = key_ring.private_keys() if keys is None else keys
    _check_keys(keys)
    found, after = Rotation(), 0
    while (last := _one_batch(keys, after, batch, found)) is not None:
        after = last
        if tell is not None:
            tell(found)
    return found


def _check_keys(keys: tuple[PrivateKey, ...]) -> None:
    public = key_ring.public_key()
    own = sealing.find(keys, public.version)
    if own is None or own.public() != public:
        raise BadInput(
            f"EXCHANGE_PRIVATE_KEYS has no key that opens what EXCHANGE_PUBLIC_KEY (version "
            f"{public.version}) seals: nobody could read the keys afterwards. Give both halves."
        )


@transaction.atomic
def _one_batch(keys: tuple[PrivateKey, ...], after: int, batch: int, found: Rotation) -> int | None:
    """The last id of the batch; None when nothing waits after that one."""
    locked = waiting().filter(pk__gt=after).order_by("pk").select_for_update(no_key=True)
    numbers = list(locked.values_list("pk", flat=True)[:batch])
    if not numbers:
        return None
    renewed: dict[int, bytes] = {}
    for row in _read(numbers, found):
        try:
            plain = key_ring.opened_bytes(row, keys)
        except AppError:
            found.failed.append(row.pk)
            continue
        made = key_ring.sealed_bytes(plain, row_id=row.pk, owner_id=row.owner_id, venue=row.venue)
        renewed[row.pk] = _FIELD.stored(made["sealed"])
    _write(renewed)
    found.done += len(renewed)
    return numbers[-1]


def _write(renewed: dict[int, bytes]) -> None:
    """In one statement: the ORM's way takes ten times as long."""
    newest = (key_ring.public_key().version, mark())
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [*newest, list(renewed), list(renewed.values())])


def _read(numbers: list[int], found: Rotation) -> Iterator[ExchangeCredential]:
    """The rows with their boxes; where one cannot be read at all, the others still are."""
    rows = ExchangeCredential.objects.defer(None).filter(pk__in=numbers).order_by("pk")
    try:
        yield from list(rows)
        return
    except UNREADABLE:
        pass
    for number in numbers:
        try:
            yield rows.get(pk=number)
        except UNREADABLE:
            found.failed.append(number)
