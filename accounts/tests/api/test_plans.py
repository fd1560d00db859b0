"""auth/plan, auth/plans, auth/plan/change."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.core.cache import cache

from accounts.services import ledger, subscriptions
from foundation.lib import clock

pytestmark = pytest.mark.django_db
NOON_MS = 1_732_622_400_000


@pytest.fixture(autouse=True)
def _free(settings):
    settings.DEFAULT_PLAN = "free"


@pytest.fixture
def rich(alice):
    ledger.grant_play_money(user=alice, asset="USDT", amount=D(1000), key="in")
    return alice


def test_my_plan_with_what_is_used(alice_api):
    body = alice_api.get("/api/auth/plan").json()
    assert body["plan"]["code"] == "free"
    assert body["plan"]["running_bots"] == 3
    assert body["used"] == {"running_bots": 0, "backtests_per_day": 0}
    assert (body["period_end"], body["next_plan"], body["asset"]) == (None, None, "USDT")


def test_each_plan_with_what_choosing_it_costs(rich, alice_api):
    with clock.fixed(NOON_MS):
        subscriptions.change(user=rich, code="pro")
    with clock.fixed(NOON_MS + 15 * 86_400_000):
        rows = subscriptions.quotes(rich)
        assert [(row.plan.code, row.how, row.due) for row in rows] == [
            ("free", "downgrade", 0), ("pro", "current", 0), ("enterprise", "upgrade", D(85)),
        ]  # fmt: skip
    rows = alice_api.get("/api/auth/plans").json()
    assert [row["plan"]["code"] for row in rows] == ["free", "pro", "enterprise"]
    assert {"plan", "how", "due", "at"} == set(rows[0])


def test_choosing_another(rich, alice_api):
    answer = alice_api.post("/api/auth/plan/change", {"plan": "pro", "due": "29.00"})
    assert answer.status_code == 200
    assert (answer.json()["plan"]["code"], answer.json()["paid"]) == ("pro", "29.00")
    again = alice_api.post("/api/auth/plan/change", {"plan": "pro"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "plan"),
        ({"plan": "gold"}, "plan"),
        ({"plan": "a b"}, "plan"),
        ({"plan": "x" * 100}, "plan"),
        ({"plan": "pro", "due": "-1"}, "due"),
        ({"plan": "pro", "due": "NaN"}, "due"),
        ({"plan": "pro", "due": "1e99"}, "due"),
    ],
)
def test_a_fault_names_its_field(rich, alice_api, body, path):
    answer = alice_api.post("/api/auth/plan/change", body)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["error"]["errors"]] == [path]


def test_without_money_nothing_is_changed(alice_api):
    answer = alice_api.post("/api/auth/plan/change", {"plan": "pro"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "insufficient_funds")
    assert alice_api.get("/api/auth/plan").json()["plan"]["code"] == "free"


def test_requests_a_minute_are_those_of_the_plan(alice, alice_api, settings):
    settings.API_RATES = {"anonymous": 1, "user": 0}
    assert alice_api.get("/api/auth/plan").headers["X-RateLimit-Limit"] == "60"
    cache.clear()
    subscriptions.give(user=alice, code="pro")
    assert alice_api.get("/api/auth/plan").headers["X-RateLimit-Limit"] == "300"


def test_nobody_writes_a_plan_into_a_profile(alice, alice_api):
    alice_api.put("/api/auth/preferences", {"theme": "dark", "plan": "pro", "subscription": 1})
    assert subscriptions.of(alice).plan.code == "free"
