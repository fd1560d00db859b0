"""Upgrades, downgrades, renewals and their money, with the clock moved by hand."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.core.plans import GRACE
from accounts.models import AuditLog, Notification, Plan, Subscription, Transfer
from accounts.selectors import ledger as books
from accounts.services import channels, ledger, renewals, subscriptions
from accounts.services.ledger import InsufficientFunds
from accounts.services.subscriptions import How
from foundation.lib import clock
from foundation.lib.errors import AppError, BadInput, Conflict

pytestmark = pytest.mark.django_db
START_MS = 1_732_622_400_000  # 2024-11-26 12:00 UTC: the month has 30 days
DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
RUNS = int(os.environ.get("PLAN_RUNS", "4"))


@pytest.fixture(autouse=True)
def _free(settings):
    settings.DEFAULT_PLAN = "free"


def put_in(user, amount, key="in"):
    ledger.grant_play_money(user=user, asset="USDT", amount=D(amount), key=f"{key}:{user.pk}")


@pytest.fixture
def rich(alice):
    put_in(alice, 1000)
    return alice


def has(user):
    return books.balance(user.pk, "paper_wallet", "USDT")


def choose(user, code, day=0.0, **more):
    with clock.fixed(START_MS + round(day * DAY_MS)):
        return subscriptions.change(user=user, code=code, **more)


def sweep(day):
    with clock.fixed(START_MS + round(day * DAY_MS)):
        return renewals.renew_due()


def test_from_free_a_whole_month_is_paid(rich):
    assert choose(rich, "pro").how is How.START
    row = subscriptions.of(rich)
    assert (row.plan.code, has(rich)) == ("pro", D(971))
    assert clock.to_ms(row.period_end) == START_MS + MONTH_MS
    assert books.faults() == []


def test_an_upgrade_costs_the_difference_of_the_rest_and_keeps_the_period(rich):
    choose(rich, "pro")
    ends = subscriptions.of(rich).period_end
    done = choose(rich, "enterprise", day=15)
    assert (done.how, done.due) == (How.UPGRADE, D(85))  # half of 199 - 29
    row = subscriptions.of(rich)
    assert (row.plan.code, row.period_end, has(rich)) == ("enterprise", ends, D(886))


def test_a_downgrade_waits_for_the_end_and_can_be_taken_back(rich):
    choose(rich, "enterprise")
    assert choose(rich, "pro", day=1).how is How.DOWNGRADE
    row = subscriptions.of(rich)
    assert (row.plan.code, row.next_plan.code, has(rich)) == ("enterprise", "pro", D(801))
    with pytest.raises(Conflict, match="chosen Pro already"):
        choose(rich, "pro", day=2)
    assert choose(rich, "enterprise", day=2).how is How.KEEP
    assert subscriptions.of(rich).next_plan is None
    choose(rich, "pro", day=3)
    assert sweep(29.9) == 0
    assert sweep(30) == 1
    row = subscriptions.of(rich)
    assert (row.plan.code, row.next_plan, has(rich)) == ("pro", None, D(772))


def test_a_downgrade_to_free_ends_the_payments(rich):
    choose(rich, "pro")
    choose(rich, "free", day=3)
    sweep(30)
    row = subscriptions.of(rich)
    assert (row.plan.code, row.period_end, has(rich)) == ("free", None, D(971))
    assert sweep(60) == 0


def test_a_renewal_is_paid_once_a_period(rich):
    choose(rich, "pro")
    assert (sweep(30), sweep(30.1), has(rich)) == (1, 0, D(942))
    with clock.fixed(START_MS + MONTH_MS):
        assert renewals.renew(rich.pk) == "not due"
    row = subscriptions.of(rich)
    assert f"{row.period_start:%m-%d} {row.period_end:%m-%d}" == "12-26 01-26"


def test_no_money_means_grace_then_free_and_the_owner_is_told(alice):
    channels.create(owner=alice, name="hook", url="jsons://example.com/x")
    put_in(alice, 30)
    choose(alice, "pro")
    sweep(30)
    row = subscriptions.of(alice)
    assert row.plan.code == "pro"
    assert row.grace_until == clock.from_ms(START_MS + MONTH_MS) + GRACE
    sweep(31)
    assert subscriptions.of(alice).grace_until == row.grace_until
    sweep(33)
    row = subscriptions.of(alice)
    assert (row.plan.code, row.grace_until, has(alice)) == ("free", None, D(1))
    told = list(Notification.objects.filter(kind="plan").order_by("pk"))
    assert [one.title for one in told] == [
        "Your plan Pro could not be renewed",
        "Your plan Pro has ended",
    ]
    acts = AuditLog.objects.filter(action__startswith="plan.").order_by("pk")
    assert [one.action for one in acts] == ["plan.changed", "plan.unpaid", "plan.ended"]
    assert "29.00 USDT are needed; your spot wallet has 1.00 USDT free" in told[0].body
    assert "go on until you stop them" in told[1].body


def test_money_that_comes_in_grace_renews_from_the_old_end(alice):
    put_in(alice, 29)
    choose(alice, "pro")
    sweep(30)
    put_in(alice, 50, "late")
    sweep(32)
    row = subscriptions.of(alice)
    assert (row.plan.code, row.grace_until, has(alice)) == ("pro", None, D(21))
    assert clock.to_ms(row.period_start) == START_MS + MONTH_MS


def test_in_grace_another_plan_may_be_paid_instead(alice):
    put_in(alice, 199)
    choose(alice, "enterprise")
    sweep(30)
    with pytest.raises(InsufficientFunds, match=r"29\.00 USDT are needed"):
        choose(alice, "pro", day=31)
    put_in(alice, 29, "late")
    assert choose(alice, "pro", day=31).how is How.RENEW
    row = subscriptions.of(alice)
    assert (row.plan.code, row.grace_until, has(alice)) == ("pro", None, D(0))
    assert sweep(32) == 0


def test_months_in_which_nobody_renewed_are_not_paid_for(rich):
    choose(rich, "pro")
    sweep(100)
    row = subscriptions.of(rich)
    assert clock.to_ms(row.period_start) == START_MS + 100 * DAY_MS
    assert (sweep(100.1), has(rich)) == (0, D(942))


@pytest.mark.parametrize("gone", [{"is_active": False}, {"leaves_at": clock.from_ms(START_MS)}])
def test_who_is_locked_or_about_to_leave_pays_no_more(rich, gone):
    choose(rich, "pro")
    type(rich).objects.filter(pk=rich.pk).update(**gone)
    sweep(30)
    assert (subscriptions.of(rich).plan.code, has(rich)) == ("free", D(971))


def test_too_little_money_changes_nothing(alice):
    put_in(alice, 10)
    with pytest.raises(InsufficientFunds, match=r"29\.00 USDT are needed"):
        choose(alice, "pro")
    assert subscriptions.of(alice).plan.code == "free"
    assert has(alice) == D(10)


def test_more_than_was_shown_is_not_taken(rich):
    with pytest.raises(Conflict, match=r"costs 29\.00 USDT now, not 19\.00"):
        choose(rich, "pro", shown=D(19))
    assert has(rich) == D(1000)
    assert choose(rich, "pro", shown=D(29)).due == D(29)


def test_an_unknown_plan_is_a_fault_of_the_field(alice):
    with pytest.raises(BadInput) as refusal:
        choose(alice, "gold")
    assert [one.path for one in refusal.value.faults] == ["plan"]
    assert "free, pro, enterprise" in refusal.value.message


def test_a_new_price_holds_from_the_next_payment(rich):
    choose(rich, "pro")
    Plan.objects.filter(code="pro").update(price=D(35))
    assert subscriptions.of(rich).paid == D(29)
    sweep(30)
    assert (subscriptions.of(rich).paid, has(rich)) == (D(35), D(936))


@pytest.mark.parametrize("seed", range(RUNS))
def test_whatever_is_chosen_the_books_balance(alice, seed):
    """No choice, in any order, makes a cent or gives a paid plan for none."""
    chance, day = random.Random(seed), 0.0
    put_in(alice, chance.choice([1, 100, 1500]))
    for step in range(40):
        day += chance.choice([0.0, 0.3, 2.0, 9.0, 31.0])
        try:
            if chance.random() < 0.5:
                choose(alice, chance.choice(["free", "pro", "enterprise"]), day=day)
            else:
                sweep(day)
        except AppError:
            pass
        if chance.random() < 0.1:
            put_in(alice, 50, f"more-{step}")
        row = Subscription.objects.filter(user=alice).select_related("plan").first()
        if row is not None and row.plan.price:
            assert row.payments > 0
            assert row.period_end - row.period_start <= timedelta(days=31)
    assert books.faults() == []
    paid = Transfer.objects.filter(kind="plan")
    revenue = books.balance(None, "plan_revenue", "USDT", ledger.shard_of(alice.pk))
    assert revenue == -sum(
        (one.amount for row in paid for one in row.entries.filter(account__owner=alice)), D(0)
    )
