"""Countdowns at whose end every order on a contract is cancelled, unless they are begun anew."""

from __future__ import annotations

import logging
from typing import Any

from exchanges.models import CancelCountdown
from exchanges.models.order import FUTURES_WALLET
from exchanges.services.paper import working
from foundation.lib import clock

log = logging.getLogger(__name__)


def start(*, owner: Any, venue: str, symbol: str, after_ms: int) -> None:
    """Begin the owner's countdown on a contract, or begin it anew; 0 ends it."""
    if not after_ms:
        CancelCountdown.objects.filter(owner=owner, venue=venue, symbol=symbol).delete()
        return
    CancelCountdown.objects.update_or_create(
        owner=owner,
        venue=venue,
        symbol=symbol,
        defaults={"due_at_ms": clock.now_ms() + after_ms},
    )


def work_off(venue: str) -> int:
    """Cancel what is due; how many countdowns that were. One that was begun anew lives on."""
    due = CancelCountdown.objects.filter(venue=venue, due_at_ms__lte=clock.now_ms())
    rows = list(due.select_related("owner").order_by("due_at_ms"))
    for row in rows:
        gone = working.cancel_all(
            owner=row.owner, venue=venue, symbol=row.symbol, wallet=FUTURES_WALLET
        )
        CancelCountdown.objects.filter(pk=row.pk, due_at_ms=row.due_at_ms).delete()
        log.info("countdown of user %d on %s: %d cancelled", row.owner_id, row.symbol, len(gone))
    return len(rows)
