"""Plans chosen and renewed by many at once, real commits: each is paid once."""

from decimal import Decimal as D

import pytest

from accounts.models import Subscription, Transfer
from accounts.selectors import ledger as books
from accounts.services import renewals, subscriptions
from accounts.tests.test_ledger_races import in_threads
from accounts.tests.test_subscriptions import MONTH_MS, START_MS, choose, has, put_in
from foundation.lib import clock
from foundation.lib.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.fixture
def rich(alice, settings):
    settings.DEFAULT_PLAN = "free"
    put_in(alice, 1000)
    return alice


def chosen(user, codes):
    """How each went, in one word, all at one instant."""

    def choose_one(i):
        try:
            return str(subscriptions.change(user=user, code=codes[i % len(codes)]).how)
        except Conflict:
            return "refused"

    with clock.fixed(START_MS):
        return in_threads(choose_one, THREADS)


def test_a_plan_that_is_chosen_by_many_clicks_is_paid_once(rich):
    assert sorted(chosen(rich, ["pro"])) == ["refused"] * (THREADS - 1) + ["start"]
    assert has(rich) == D(971)
    assert Transfer.objects.filter(kind="plan").count() == 1


def test_two_plans_at_once_cost_what_the_dearer_costs(rich):
    """Whichever comes first: the other is an upgrade for the difference, or a downgrade."""
    assert chosen(rich, ["pro", "enterprise"]).count("start") == 1
    assert has(rich) == D(1000 - 199)
    assert Subscription.objects.get(user=rich).plan.code == "enterprise"
    assert books.faults() == []


def test_a_month_is_renewed_once(rich):
    choose(rich, "pro")
    with clock.fixed(START_MS + MONTH_MS + 1):
        found = in_threads(lambda _: renewals.renew(rich.pk), THREADS)
    assert sorted(found) == ["not due"] * (THREADS - 1) + ["renewed"]
    assert has(rich) == D(1000 - 2 * 29)
    assert subscriptions.of(rich).payments == 2
