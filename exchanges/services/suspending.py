"""Who is suspended opens nothing: what rests already, at exchanges and on paper, is taken back."""

from __future__ import annotations

import contextlib

from django.db.models import Q

from exchanges.core.refusals import Refused
from exchanges.models import AccountOrder, Order
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.services import account_orders
from exchanges.services.paper import working
from foundation.lib.errors import Conflict

MAY_OPEN = Q(wallet=SPOT_WALLET, side="buy") | Q(
    wallet=FUTURES_WALLET, reduce_only=False, close_position=False
)
AT_ONCE_MAX = 1000  # of a sweep; the next one goes on


def take_back_entries() -> int:
    """Each order that could still open something; what protects or closes stays. How many."""
    return _at_exchanges() + _on_paper()


def _at_exchanges() -> int:
    rows = AccountOrder.objects.working().filter(owner__is_active=False)
    rows = rows.filter(cancel_asked_at__isnull=True).select_related("owner").order_by("pk")
    entries = [row for row in rows[:AT_ONCE_MAX] if row.opens]
    for row in entries:
        with contextlib.suppress(Conflict):  # over meanwhile
            account_orders.cancel(owner=row.owner, order_id=row.pk, by_owner=False)
    return len(entries)


def _on_paper() -> int:
    rows = Order.objects.working().by_hand().filter(MAY_OPEN, owner__is_active=False)
    entries = list(rows.select_related("owner").order_by("pk")[:AT_ONCE_MAX])
    for row in entries:
        with contextlib.suppress(Refused):  # the same
            working.cancel(owner=row.owner, order_id=row.pk)
    return len(entries)
