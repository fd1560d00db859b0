"""Asking for a reading of connected accounts; the orders worker does it, in `account_reading`."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from exchanges.models import AccountHoldings, ExchangeCredential
from foundation.lib import clock
from foundation.lib.queue import enqueue

READ_TASK = "exchanges.read_account"
HOUR_MS = 3_600_000
ASK_AGAIN = timedelta(seconds=40)  # a reading that was asked for and never done
AT_ONCE_MAX = 2_000


def ask(*, credential: ExchangeCredential) -> AccountHoldings:
    """Ask for a reading, unless one is on its way, as one asked for by a clock ahead is not."""
    row, _ = AccountHoldings.objects.get_or_create(credential=credential)
    now = clock.now()
    if row.is_being_read and row.asked_at and abs(now - row.asked_at) < ASK_AGAIN:
        return row
    row.asked_at = now
    row.save(update_fields=["asked_at"])
    enqueue(READ_TASK, credential_id=credential.pk)
    return row


def ask_due() -> int:
    """Ask for every account that works and was not read in this hour."""
    hour = clock.from_ms(clock.now_ms() // HOUR_MS * HOUR_MS)
    unread = Q(holdings__isnull=True) | Q(holdings__read_at__isnull=True)
    unread |= Q(holdings__read_at__lt=hour)
    rows = ExchangeCredential.objects.filter(unread, state__in=["working", "failing"])
    due = [row for row in rows.order_by("pk")[:AT_ONCE_MAX] if row.may_send]
    for row in due:
        ask(credential=row)
    return len(due)


def is_streamed(credential_id: int) -> bool:
    """Whether its stream tells what changes, so that nobody has to ask."""
    live = AccountHoldings.objects.filter(pk=credential_id, streams_until__gt=clock.now())
    return live.exists()
