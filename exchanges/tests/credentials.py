"""Accounts and keys for tests."""

from __future__ import annotations

from typing import Any

from exchanges.core.keys import Keys
from exchanges.models import ExchangeCredential
from exchanges.services import credentials, key_ring, signing
from foundation.lib import clock

KEYS = Keys("ApIkEyOfAlice0001", "sEcReToFaLiCe0001")
OTHER_KEYS = Keys("ApIkEyOfAlice0002", "sEcReToFaLiCe0002")


def account(owner: Any, label: str = "Main", **changes: Any) -> ExchangeCredential:
    """An account that works, as if the venue had said so."""
    values: dict[str, Any] = {"venue": "binance", "keys": KEYS, **changes}
    state = values.pop("state", "working")
    row = credentials.add(owner=owner, label=label, **values)
    ExchangeCredential.objects.filter(pk=row.pk).update(
        state=state, was_working=state == "working", checked_at=clock.now()
    )
    row.refresh_from_db(fields=["state", "was_working"])
    return row


def shown(owner: Any, label: str, venue: str, state: str, words: str, **values: Any) -> None:
    """A row as a check would have left it; no worker hears of it."""
    row = ExchangeCredential(
        owner=owner, label=label, venue=venue, state=state, words=words, last_four="Zq4x",
        checked_at=clock.now(), sealed_at=clock.now(), pk=credentials._next_id(), **values,
    )  # fmt: skip
    box = key_ring.sealed(KEYS, row_id=row.pk, owner_id=owner.pk, venue=venue)
    for name, value in box.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    for purpose in ("add", "check"):
        signing.note(row, purpose)
    signing.note(row, "order", "BTC/USDT:USDT")
