"""What a plan allows: counted, refused in plain words, and by the minute for the API."""

from __future__ import annotations

import pytest
from django.core.management.sql import emit_post_migrate_signal

from accounts.models import DailyUse, Plan
from accounts.services import plans, subscriptions
from accounts.services.plans import PlanLimit
from foundation.lib import clock

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000
NOON_MS = 1_732_622_400_000  # 2024-11-26 12:00 UTC


@pytest.fixture(autouse=True)
def _free(settings):
    settings.DEFAULT_PLAN = "free"


def test_the_three_plans_are_there_as_promised():
    rows = Plan.objects.values_list(
        "code", "running_bots", "backtests_per_day", "scripts", "requests_per_minute"
    )
    assert list(rows) == [
        ("free", 3, 20, 1, 60),
        ("pro", 20, 200, 10, 300),
        ("enterprise", 500, 5_000, 100, 1_200),
    ]


def test_a_database_that_was_emptied_has_them_again():
    Plan.objects.all().delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert [one.code for one in plans.offered()] == ["free", "pro", "enterprise"]
    Plan.objects.filter(code="pro").delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert [one.code for one in plans.offered()] == ["free", "enterprise"], "as its admins want it"


def test_a_user_without_a_subscription_has_the_free_plan(alice):
    assert plans.plan_of(alice).code == "free"


def test_a_refusal_names_limit_use_plan_and_the_way_out(alice):
    plans.check(alice, "running_bots", used=2)
    with pytest.raises(PlanLimit) as refusal:
        plans.check(alice, "running_bots", used=3)
    assert refusal.value.code == "plan_limit"
    assert refusal.value.status == 409
    assert refusal.value.message == (
        "Your plan Free allows 3 running bots; 3 are used. Pro allows 20: upgrade under "
        "Settings, Plan (/settings/plan/), or stop or remove one first."
    )


def test_the_highest_plan_offers_no_upgrade(alice):
    subscriptions.give(user=alice, code="enterprise")
    with pytest.raises(PlanLimit, match="No plan allows more: stop or remove one first"):
        plans.check(alice, "running_bots", used=500)


def test_a_day_allows_so_many_and_the_next_as_many_again(alice, bob):
    Plan.objects.filter(code="free").update(backtests_per_day=2)
    with clock.fixed(NOON_MS):
        plans.spend(alice, plans.BACKTESTS)
        plans.spend(alice, plans.BACKTESTS)
        with pytest.raises(PlanLimit, match="wait until tomorrow"):
            plans.spend(alice, plans.BACKTESTS)
        plans.spend(bob, plans.BACKTESTS)
        assert plans.usage(alice)["backtests_per_day"] == 2
    with clock.fixed(NOON_MS + DAY_MS):
        plans.spend(alice, plans.BACKTESTS)
        assert plans.used_today(alice, plans.BACKTESTS) == 1


def test_old_days_are_removed_and_new_ones_kept(alice):
    with clock.fixed(NOON_MS):
        plans.spend(alice, plans.BACKTESTS)
    with clock.fixed(NOON_MS + 7 * DAY_MS):
        plans.spend(alice, plans.BACKTESTS)
        assert plans.tidy() == 0
    with clock.fixed(NOON_MS + 8 * DAY_MS):
        assert plans.tidy() == 1
    assert DailyUse.objects.count() == 1


def test_requests_a_minute_are_kept_until_the_plan_changes(
    alice, django_assert_num_queries, django_capture_on_commit_callbacks
):
    assert plans.requests_per_minute(alice) == 60
    with django_assert_num_queries(0):
        assert plans.requests_per_minute(alice) == 60
    with django_capture_on_commit_callbacks(execute=True):
        subscriptions.give(user=alice, code="pro")
    assert plans.requests_per_minute(alice) == 300


def test_a_plan_that_an_admin_edits_holds_at_once(client, admin, alice):
    client.force_login(admin)
    free = Plan.objects.get(code="free")
    values = {"name": "Free", "rank": 0, "price": 0, "running_bots": 7, "backtests_per_day": 20}
    values |= {"scripts": 1, "requests_per_minute": 60}
    address = f"/admin/accounts/plan/{free.pk}/change/"
    assert client.post(address, values).status_code == 302
    plans.check(alice, "running_bots", used=6)
    assert client.post(address, values | {"price": "-1"}).status_code == 200
    assert "must be 0 or more" in client.post(address, values | {"price": "-1"}).text
    assert client.post(f"/admin/accounts/plan/{free.pk}/delete/").status_code == 403


def test_an_admin_gives_a_plan_for_nothing(client, admin, alice):
    client.force_login(admin)
    pro = Plan.objects.get(code="pro")
    address = "/admin/accounts/subscription/add/"
    assert client.post(address, {"user": alice.pk, "plan": pro.pk}).status_code == 302
    row = subscriptions.of(alice)
    assert (row.plan.code, row.period_end, row.payments) == ("pro", None, 0)
