"""Movements of money that happen once a key, however often they are asked for."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import transaction

from accounts.core.postings import AccountKey
from accounts.models import Transfer
from exchanges.core.refusals import refuse
from foundation.lib.errors import Conflict, FieldFault

KEY_CHARS_MAX = 64


def name_of(kind: str, owner_id: int, key: str) -> str:
    """The ledger's key of what this user's key names; a new one without a key."""
    if len(key) > KEY_CHARS_MAX or not (key.isascii() and key.isprintable()):
        raise refuse("bad_input", "key", f"must be at most {KEY_CHARS_MAX} plain characters")
    return f"{kind}:{owner_id}:{key or uuid.uuid4().hex}"


@transaction.atomic(savepoint=False)
def is_done(name: str, legs: dict[AccountKey, Decimal]) -> bool:
    """This key moved the same before; Conflict if it moved something else."""
    found = Transfer.objects.filter(key=name).prefetch_related("entries__account").first()
    if found is None:
        return False
    before = {entry.account.key: entry.amount for entry in found.entries.all()}
    if before != legs:
        words = "the key was used before, for another amount"
        raise Conflict(words, [FieldFault("key", words)])
    return True
