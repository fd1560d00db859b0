"""What happens to subscriptions by themselves: renewal, grace, and the end."""

from __future__ import annotations

import logging

from django.db import transaction

from accounts.core.plans import GRACE, PRICE_ASSET
from accounts.models import Subscription, User
from accounts.services import notifications, subscriptions
from accounts.services.ledger import InsufficientFunds
from accounts.services.notifications import News
from foundation.lib import clock

log = logging.getLogger(__name__)

NEWS = "plan"
AT_ONCE_MAX = 1000  # of a sweep; the next one goes on


def renew_due() -> int:
    """Each subscription whose period is over, one transaction each; returns how many were."""
    due = Subscription.objects.filter(period_end__lte=clock.now()).order_by("period_end")
    users = list(due.values_list("user_id", flat=True)[:AT_ONCE_MAX])
    for user_id in users:
        try:
            renew(user_id)
        except Exception:  # one that fails does not keep the others from theirs
            log.exception("the plan of user %s was not renewed", user_id)
    return len(users)


@transaction.atomic
def renew(user_id: int) -> str:
    """Pay the next month, wait for the money, or end it; answers what it was. Safe to run twice."""
    user = User.objects.get(pk=user_id)
    row, now = subscriptions.locked(user), clock.now()
    if row.period_end is None or row.period_end > now:
        return "not due"
    plan, before = row.next_plan or row.plan, subscriptions.told(row)
    is_gone = not user.is_active or user.leaves_at is not None
    if not plan.price or is_gone or (row.grace_until and now >= row.grace_until):
        return _end(row)
    key = f"plan:{row.pk}:renew:{clock.to_ms(row.period_end)}"
    try:
        with transaction.atomic():
            subscriptions.pay(row, plan, plan.price, key=key, why="renew")
    except InsufficientFunds as fault:
        return _wait(row, fault.message)
    subscriptions.begin(row, plan, start=subscriptions.next_start(row, now))
    subscriptions.save(row, "plan.renewed", before, paid=plan.price)
    _tell(
        row,
        "renewed",
        f"Your plan {plan.name} is renewed",
        f"{plan.price:,.2f} {PRICE_ASSET} were paid; it lasts until {_day(row.period_end)}.",
    )
    return "renewed"


def _wait(row: Subscription, why: str) -> str:
    """The plan goes on for GRACE from when its owner is told, and each sweep tries again."""
    if row.grace_until is not None:
        return "in grace"
    before = subscriptions.told(row)
    row.plan, row.next_plan = row.next_plan or row.plan, None
    row.grace_until = clock.now() + GRACE
    subscriptions.save(row, "plan.unpaid", before)
    _tell(
        row,
        "grace",
        f"Your plan {row.plan.name} could not be renewed",
        f"{why} It is tried again until {_day(row.grace_until)}; then you have the plan Free. "
        "Bots that run go on until you stop them.",
    )
    return "in grace"


def _end(row: Subscription) -> str:
    name, before = row.plan.name, subscriptions.told(row)
    subscriptions.end(row, row.next_plan if row.next_plan and not row.next_plan.price else None)
    subscriptions.save(row, "plan.ended", before)
    _tell(
        row,
        "ended",
        f"Your plan {name} has ended",
        f"You have the plan {row.plan.name} now. Bots that run go on until you stop them; "
        f"another starts once fewer than {row.plan.running_bots} run.",
    )
    return "ended"


def _tell(row: Subscription, what: str, title: str, body: str) -> None:
    key = f"plan:{row.user_id}:{row.payments}:{what}:{clock.now_ms()}"
    notifications.tell([News(row.user_id, NEWS, key, title, body)])


def _day(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
