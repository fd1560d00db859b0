"""Checks of exchange accounts: on entry, on demand, and each of them once a day. In the worker."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from exchanges.models import ExchangeCredential
from exchanges.models.credential import WORDS_CHARS_MAX
from exchanges.services import credentials, key_ring, signing
from exchanges.venues import inspecting
from exchanges.venues.inspecting import Inspection
from foundation.lib import clock
from foundation.lib.errors import NotFound, TryLater
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)  # after which a venue that could not be asked is asked again
ASK_AGAIN = timedelta(minutes=10)  # a check that was asked for and never done
REFUSED_TASK = "bots.pause_account"
AT_ONCE_MAX = 2_000  # of one sweep
State = ExchangeCredential.State


def check(*, credential_id: int) -> str:
    """Ask the venue what the keys of one account may do, and write it down; the new state.

    Safe to run twice. Keys that were replaced meanwhile are judged by their own check.
    """
    row = ExchangeCredential.objects.filter(pk=credential_id).first()
    if row is None:
        return "gone"
    try:
        with signing.opened(row, "check") as keys:
            found = inspecting.inspect(row.venue, keys, is_testnet=row.is_testnet)
        values = _values(found)
    except NotFound:
        return "gone"
    except key_ring.KeysDoNotOpen as fault:
        values = {"state": State.REFUSED, "words": fault.message, "was_working": False}
    except TryLater as fault:
        words = f"{fault.message} It is asked again within two hours, or when you say so."
        values = {"state": State.FAILING, "words": words, "was_working": row.may_send}
    # Of two checks, the one of keys that are no longer there changes nothing.
    same_keys = ExchangeCredential.objects.filter(pk=row.pk, sealed_at=row.sealed_at)
    if not same_keys.update(checked_at=clock.now(), **values):
        return "replaced"
    row.refresh_from_db()
    if row.state == State.REFUSED:
        log.warning("exchange account %s at %s is refused", row.pk, row.venue)
        enqueue(REFUSED_TASK, credential_id=row.pk)
    credentials.tell(row)
    return row.state


def check_due() -> int:
    """Ask for a check of each account that had none for a day, or whose check got lost."""
    now = clock.now()
    is_open = Q(checked_at__isnull=True) | Q(asked_at__gt=F("checked_at"))
    lost = is_open & (Q(asked_at__isnull=True) | Q(asked_at__lt=now - ASK_AGAIN))
    a_day_old = _older(now - DAY)
    failing = Q(state=State.FAILING) & _older(now - HOUR)
    due = ExchangeCredential.objects.filter(a_day_old | lost | failing).order_by("checked_at", "pk")
    numbers = list(due.values_list("pk", flat=True)[:AT_ONCE_MAX])
    ExchangeCredential.objects.filter(pk__in=numbers).update(asked_at=now)
    for number in numbers:
        enqueue(credentials.CHECK_TASK, credential_id=number)
    return len(numbers)


def _older(moment: datetime) -> Q:
    """Checked before the moment, and not asked for since."""
    return Q(checked_at__lt=moment) & (Q(asked_at__isnull=True) | Q(asked_at__lt=moment))


def _values(found: Inspection) -> dict[str, Any]:
    is_good = found.works and not found.withdraws
    return {
        "state": State.WORKING if is_good else State.REFUSED,
        "was_working": is_good,
        "words": found.words[:WORDS_CHARS_MAX],
        "permissions": list(found.permissions),
        "is_ip_restricted": found.ip_restricted,
    }
