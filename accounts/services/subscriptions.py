"""The life of a subscription: upgraded at once, downgraded at the period's end, renewed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.conf import settings
from django.db import transaction

from accounts.core.plans import FREE, PRICE_ASSET, Period, month_after, upgrade_price
from accounts.models import Plan, Subscription, User
from accounts.services import audit, payments, plans
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, FieldFault


class How(StrEnum):
    """What choosing a plan does."""

    CURRENT = "current"  # it is the one: nothing to do
    KEEP = "keep"  # takes back a downgrade that waits
    UPGRADE = "upgrade"  # at once, for the difference of the rest
    START = "start"  # at once, a month that begins now
    RENEW = "renew"  # pays the month that could not be renewed
    DOWNGRADE = "downgrade"  # at the period's end, for nothing now
    END = "end"  # at once, for nothing: there is no paid rest


@dataclass(frozen=True, slots=True)
class Quote:
    """What choosing `plan` would do now. due: USDT to pay now. at: when it begins."""

    plan: Plan
    how: How
    due: Decimal
    at: datetime


class DearerThanShown(Conflict):
    """The amount has risen since it was shown; nothing was paid."""

    code = "plan_price_changed"


def of(user: User) -> Subscription:
    """The user's subscription; not stored yet where the user has the default plan."""
    rows = Subscription.objects.select_related("plan", "next_plan")
    found = rows.filter(user_id=user.pk).first()
    return found or Subscription(user=user, plan=plans.plan_named(settings.DEFAULT_PLAN))


def period_of(row: Subscription) -> Period | None:
    if row.period_start is None or row.period_end is None:
        return None
    return Period(row.period_start, row.period_end)


def quote(row: Subscription, plan: Plan, now: datetime) -> Quote:
    """What choosing this plan does to this subscription, and what it costs now."""
    period, nothing = period_of(row), Decimal(0)
    if period is None:
        if plan.pk == row.plan_id:
            return Quote(plan, How.CURRENT, nothing, now)
        return Quote(plan, How.START if plan.price else How.END, plan.price, now)
    if now >= period.end:  # over, and not renewed: in grace, or the sweep has not come by yet
        how = How.RENEW if plan.price else How.END
        return Quote(plan, how, plan.price, min(now, period.end))
    if plan.pk == row.plan_id:
        how = How.CURRENT if row.next_plan_id is None else How.KEEP
        return Quote(plan, how, nothing, now)
    if plan.rank > row.plan.rank:
        due = upgrade_price(row.paid, plan.price, period, now)
        return Quote(plan, How.UPGRADE, due, now)
    how = How.CURRENT if plan.pk == row.next_plan_id else How.DOWNGRADE
    return Quote(plan, how, nothing, period.end)


def quotes(user: User) -> list[Quote]:
    """One for each plan, the smallest first."""
    row, now = of(user), clock.now()
    return [quote(row, plan, now) for plan in plans.offered()]


@transaction.atomic
def change(*, user: User, code: str, shown: Decimal | None = None) -> Quote:
    """Choose a plan: pay what `quote` says, and have what it says.

    shown: the amount that the user agreed to; refused where it has risen since. Raises BadInput
    for an unknown plan, InsufficientFunds, Conflict if there is nothing to change.
    """
    row = locked(user)
    plan = Plan.objects.filter(code=code).first()
    if plan is None:
        known = ", ".join(one.code for one in plans.offered())
        words = f"must be one of {known}"
        raise BadInput(f"plan: {words}", [FieldFault("plan", words)])
    now = clock.now()
    wanted = quote(row, plan, now)
    if wanted.how is How.CURRENT:
        raise Conflict(f"You have chosen {plan.name} already.")
    if shown is not None and wanted.due > shown:
        raise DearerThanShown(
            f"{plan.name} costs {wanted.due:,.2f} {PRICE_ASSET} now, not {shown:,.2f}. "
            "Look at it again."
        )
    before = told(row)
    _carry_out(row, wanted, now)
    save(row, "plan.changed", before, by=user, paid=wanted.due)
    return wanted


def _carry_out(row: Subscription, wanted: Quote, now: datetime) -> None:
    plan, how = wanted.plan, wanted.how
    if how in (How.DOWNGRADE, How.KEEP):
        row.next_plan = plan if how is How.DOWNGRADE else None
        return
    if how is How.END:
        end(row, plan)
        return
    pay(row, plan, wanted.due, key=f"plan:{row.pk}:{row.payments + 1}", why=how)
    if how is How.UPGRADE:
        row.plan, row.next_plan, row.paid = plan, None, max(row.paid, plan.price)
        return
    begin(row, plan, start=now if how is How.START else next_start(row, now))


def locked(user: User) -> Subscription:
    """The user's subscription, stored, and nobody else's to change until the commit."""
    plans.lock(user)
    default = {"plan": plans.plan_named(settings.DEFAULT_PLAN)}
    Subscription.objects.get_or_create(user_id=user.pk, defaults=default)
    rows = Subscription.objects.select_related("plan", "next_plan", "user")
    return rows.select_for_update(of=("self",)).get(user_id=user.pk)


def pay(row: Subscription, plan: Plan, amount: Decimal, *, key: str, why: str) -> None:
    """InsufficientFunds leaves everything as it is."""
    payments.pay(user=row.user, amount=amount, key=key, memo={"plan": plan.code, "why": str(why)})
    row.payments += 1


def next_start(row: Subscription, now: datetime) -> datetime:
    """When the month after this one begins: at its end, so that none is used for nothing; now,
    where so long ago that nobody renewed it for a whole month."""
    assert row.period_end is not None
    return row.period_end if month_after(row.period_end, row.anchor_day) > now else now


def begin(row: Subscription, plan: Plan, *, start: datetime) -> None:
    """A paid month of this plan from `start`."""
    if row.period_end != start:
        row.anchor_day = start.day
    row.plan, row.next_plan, row.paid = plan, None, plan.price
    row.period_start, row.period_end = start, month_after(start, row.anchor_day)
    row.grace_until = None


def end(row: Subscription, plan: Plan | None = None) -> None:
    """From now on a plan that costs nothing."""
    row.plan, row.next_plan = plan or plans.plan_named(FREE), None
    row.paid, row.period_start, row.period_end, row.grace_until = Decimal(0), None, None, None


@transaction.atomic
def give(*, user: User, code: str, by: User | None = None) -> Subscription:
    """A plan for nothing and without an end."""
    row = locked(user)
    before = told(row)
    end(row, plans.plan_named(code))
    save(row, "plan.given", before, by=by)
    return row


def told(row: Subscription) -> dict[str, str | None]:
    """What the audit log says of it."""
    after = row.next_plan.code if row.next_plan else None
    until = row.period_end.isoformat() if row.period_end else None
    return {"plan": row.plan.code, "next": after, "until": until}


def save(
    row: Subscription,
    action: str,
    before: dict[str, str | None],
    *,
    by: User | None = None,
    paid: Decimal = Decimal(0),
) -> None:
    """Store it, and write down what happened to it."""
    row.save()
    audit.record(by, action, row, before, {**told(row), "paid": f"{paid:f}"})
    plans.forget_rate(row.user_id)
