"""The page of plans."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from accounts.services import ledger, subscriptions
from foundation.lib import clock

pytestmark = pytest.mark.django_db
PAGE = "/settings/plan/"
CHANGE = f"{PAGE}change/"


@pytest.fixture
def page(client, alice, settings):
    settings.DEFAULT_PLAN = "free"
    ledger.grant_play_money(user=alice, asset="USDT", amount=D(500), key="in")
    client.force_login(alice)
    return client


def test_the_plans_stand_beside_each_other_with_what_is_used(page):
    text = page.get(PAGE).text
    for words in ("Free", "Pro", "Enterprise", "0 of 3 used", "0 of 20 used", "play money"):
        assert words in text
    assert (
        "Pays 29.00 USDT from your spot wallet now, for one month, and the same every month."
        in text
    )
    assert "See your plan" in page.get("/settings/").text


def test_the_amount_is_shown_before_it_is_paid(page, alice):
    assert page.post(CHANGE, {"plan": "pro", "due": "29.00"}).status_code == 302
    text = page.get(PAGE).text
    assert "Your plan is Pro. 29.00 USDT were paid." in text
    assert "Pays 170.00 USDT from your spot wallet now: the difference to Pro" in text
    assert "Pays nothing now. You keep Pro until" in text
    assert page.post(CHANGE, {"plan": "free", "due": "0"}).status_code == 302
    assert "then Free" in page.get(PAGE).text
    page.post(CHANGE, {"plan": "pro", "due": "0"})
    assert "You keep Pro." in page.get(PAGE).text


def test_what_is_refused_is_said_on_the_page(page, alice):
    dearer = page.post(CHANGE, {"plan": "pro", "due": "1.00"})
    assert dearer.status_code == 409
    assert "costs 29.00 USDT now, not 1.00" in dearer.text
    assert page.post(CHANGE, {"plan": "pro"}).status_code == 400
    ledger.post(
        key="out", kind="test",
        legs=[
            ledger.Leg(ledger.account_for(alice, "paper_wallet", "USDT"), D(-490)),
            ledger.Leg(ledger.house_account("paper_market", "USDT"), D(490)),
        ],
    )  # fmt: skip
    poor = page.post(CHANGE, {"plan": "pro", "due": "29.00"})
    assert poor.status_code == 400
    assert "29.00 USDT are needed; your spot wallet has 10.00 USDT free" in poor.text
    assert subscriptions.of(alice).plan.code == "free"


def test_grace_is_told(page, alice):
    row = subscriptions.locked(alice)
    subscriptions.begin(row, subscriptions.plans.plan_named("pro"), start=clock.from_ms(1))
    row.grace_until = clock.now()
    row.save()
    text = page.get(PAGE).text
    assert "Not paid." in text
    assert "Pay for Pro" in text
