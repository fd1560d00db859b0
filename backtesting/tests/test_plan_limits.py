"""A plan's limit of backtests a day."""

from __future__ import annotations

import pytest

from accounts.models import Plan
from accounts.services import plans
from accounts.services.plans import PlanLimit
from backtesting.models import Backtest
from backtesting.services import backtests
from backtesting.tests.conftest import VENUE
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_a_day(settings, db):
    settings.DEFAULT_PLAN = "free"
    Plan.objects.filter(code="free").update(backtests_per_day=2)


@pytest.fixture
def ask(alice, store_walk, spec):
    store_walk(count=600)
    return lambda **changes: backtests.ask(owner=alice, venue=VENUE, **{"spec": spec, **changes})


def test_the_third_is_refused_and_deleting_gives_none_back(ask, alice):
    for cash in (100, 200):
        ask(cash=cash)
    Backtest.objects.all().delete()
    with pytest.raises(PlanLimit, match="allows 2 backtests a day; 2 are used"):
        ask(cash=300)
    assert Backtest.objects.count() == 0


def test_a_stored_answer_and_a_refused_question_count_nothing(ask, alice):
    first, _ = ask()
    backtests.run(backtest_id=first.pk)
    assert ask() == (first, True)
    with pytest.raises(BadInput):
        ask(cash=-1)
    assert plans.used_today(alice, plans.BACKTESTS) == 1


def test_a_search_counts_as_well(alice, alice_api, store_walk, spec):
    store_walk(count=600)
    body = {
        "spec": spec, "venue": VENUE, "objectives": ["sharpe"],
        "parameters": ["fast.period=2:4:1"],
    }  # fmt: skip
    answer = alice_api.post("/api/optimizations", body)
    assert answer.status_code in (200, 201, 202), answer.json()
    assert plans.used_today(alice, plans.BACKTESTS) == 1
