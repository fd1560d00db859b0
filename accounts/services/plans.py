"""What a user's plan allows: the one place that enforces its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_migrate

from accounts.core.plans import BUILT_IN, LIMITS
from accounts.models import DailyUse, Plan, Subscription, User
from foundation.lib import clock
from foundation.lib.errors import Conflict
from foundation.lib.registry import Registry

PAGE = "/settings/plan/"
RATE_KEPT_S = 30  # a change of the plan shows in the request limit after this, at the latest
DAYS_KEPT = 7
BACKTESTS = "backtests_per_day"
DAILY = (BACKTESTS,)

# limit -> how much of it a user uses now. The app that has the things registers their count.
USED: Registry[Callable[[User], int]] = Registry("count of a plan's limit")


class PlanLimit(Conflict):
    """The user's plan allows no more of this."""

    code = "plan_limit"
    help_path, help_words = PAGE, "See your plan"

    def __init__(self, limit: str, plan: Plan, used: int) -> None:
        self.limit, self.plan, self.used = limit, plan, used
        allowed, what = getattr(plan, limit), LIMITS[limit]
        super().__init__(
            f"Your plan {plan.name} allows {allowed:,} {what}; {used:,} are used. {self._way_out()}"
        )

    def _way_out(self) -> str:
        higher = [one for one in offered() if one.rank > self.plan.rank]
        more = [one for one in higher if getattr(one, self.limit) > getattr(self.plan, self.limit)]
        waits = "wait until tomorrow (UTC)" if self.limit in DAILY else "stop or remove one first"
        if not more:
            return f"No plan allows more: {waits}."
        there = f"{more[0].name} allows {getattr(more[0], self.limit):,}"
        return f"{there}: upgrade under Settings, Plan ({PAGE}), or {waits}."


def listen() -> None:
    """Called once, when the app is ready: a database that is new, or was emptied, has plans."""
    post_migrate.connect(_migrated, dispatch_uid="accounts.plans.first")


def offered() -> list[Plan]:
    """Every plan, the smallest first."""
    return list(Plan.objects.order_by("rank"))


def plan_named(code: str) -> Plan:
    """A plan by its code; the installation's default is there even where somebody deleted it."""
    found = Plan.objects.filter(code=code).first()
    if found is None:
        found, _ = Plan.objects.get_or_create(code=code, defaults=asdict(BUILT_IN[code]))
    return found


def plan_of(user: User) -> Plan:
    """The plan that a user has now; without a subscription the installation's default."""
    row = Subscription.objects.select_related("plan").filter(user_id=user.pk).first()
    return plan_named(settings.DEFAULT_PLAN) if row is None else row.plan


def lock(user: User) -> None:
    """Two acts of one user at once wait here for each other, until the transaction ends."""
    User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)


def check(user: User, limit: str, *, used: int | None = None) -> None:
    """PlanLimit if the user's plan does not allow one more; holds the user until the commit.

    limit: of core.plans.LIMITS. used: what is used now, counted under `lock`; without it the
    registered count is asked.
    """
    lock(user)
    plan = plan_of(user)
    now_used = USED[limit](user) if used is None else used
    if now_used >= getattr(plan, limit):
        raise PlanLimit(limit, plan, now_used)


@transaction.atomic
def spend(user: User, limit: str) -> None:
    """Count one more of what is limited by the day, or PlanLimit. Rolled back with its caller."""
    check(user, limit)
    day = clock.now().date()
    row, _ = DailyUse.objects.get_or_create(user_id=user.pk, limit=limit, day=day)
    row.used += 1  # nobody else changes it: `check` holds the user
    row.save(update_fields=["used"])


def used_today(user: User, limit: str) -> int:
    found = DailyUse.objects.filter(user_id=user.pk, limit=limit, day=clock.now().date())
    return found.values_list("used", flat=True).first() or 0


def usage(user: User) -> dict[str, int]:
    """limit -> how much of it is used now, of every limit that something counts."""
    return {limit: USED[limit](user) for limit in LIMITS if limit in USED}


def requests_per_minute(user: User) -> int:
    """How many requests to the API the user's plan allows in a minute; kept for RATE_KEPT_S."""
    name = _rate_name(user.pk)
    found: int | None = cache.get(name)
    if found is None:
        found = plan_of(user).requests_per_minute
        cache.set(name, found, RATE_KEPT_S)
    return found


def forget_rate(user_id: int) -> None:
    """The user's plan has changed: the next request asks for it, once this is committed."""
    transaction.on_commit(lambda: cache.delete(_rate_name(user_id)))


def _rate_name(user_id: int) -> str:
    return f"plan-rate:{user_id}"


def tidy() -> int:
    """Removes counts of days that are long over."""
    old = DailyUse.objects.filter(day__lt=clock.now().date() - timedelta(days=DAYS_KEPT))
    return old.delete()[0]


USED.add(BACKTESTS, lambda user: used_today(user, BACKTESTS))


def _migrated(sender: Any, **_about: Any) -> None:
    if sender.label == Plan._meta.app_label and not Plan.objects.exists():
        first = [Plan(**asdict(terms)) for terms in BUILT_IN.values()]
        Plan.objects.bulk_create(first, ignore_conflicts=True)
