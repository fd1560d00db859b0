"""Accounts and keys for tests."""

from __future__ import annotations

from typing import Any

from exchanges.core.keys import Keys
from exchanges.models import ExchangeCredential
from exchanges.services import credentials
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
