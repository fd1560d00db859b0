"""The form of preferences, and pages that follow what was chosen wherever it was chosen."""

import re
from datetime import UTC, datetime

import pytest
from allauth.core import context
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Preferences
from accounts.services import preferences
from accounts.services.adapters import AccountAdapter
from accounts.tests.mails import mails_to
from foundation.lib import clock, moments

pytestmark = pytest.mark.django_db
PAGE = "/settings/"


@pytest.fixture
def page(alice):
    client = Client()
    client.force_login(alice)
    return client


def test_the_form_keeps_every_preference(page, alice):
    given = {"theme": "dark", "time_zone": "Europe/Vienna", "timeframe": "15m",
             "venue": "", "currency": "USDC", "language": "en"}  # fmt: skip
    assert page.post(PAGE, given).status_code == 302
    kept = Preferences.objects.get(user=alice)
    assert {name: getattr(kept, name) for name in given} == given
    form = page.get(PAGE).context["form"]
    assert {name: form[name].value() for name in given} == given


@pytest.mark.parametrize(
    "given",
    [{"venue": "nowhere"}, {"currency": "DOGE"}, {"language": "xx"}, {"timeframe": "7m"},
     {"time_zone": "Mars/Base"}, {"timeframe": ""}],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused_at_its_field(page, alice, given):
    answer = page.post(PAGE, {"theme": "dark", **given})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == list(given)
    assert not Preferences.objects.filter(user=alice).exists()


def test_a_choice_made_by_a_program_is_seen_in_every_browser(page, alice, alice_api):
    page.cookies["tz"], page.cookies["theme"] = "America/New_York", "light"
    shown = page.get(PAGE).content.decode()
    assert 'data-time-zone="America/New_York"' in shown and 'data-theme="light"' in shown
    chosen = {"time_zone": "Asia/Tokyo", "theme": "dark"}
    assert alice_api.put("/api/auth/preferences", chosen).status_code == 200
    shown = page.get(PAGE).content.decode()
    assert 'data-time-zone="Asia/Tokyo"' in shown and 'data-theme="dark"' in shown
    alice_api.put("/api/auth/preferences", {"time_zone": ""})
    assert 'data-time-zone="America/New_York"' in page.get(PAGE).content.decode()


def test_preferences_cost_a_page_no_query(page, alice):
    preferences.change(user=alice, theme="dark")
    page.get("/settings/referrals/")  # makes the code
    with CaptureQueriesContext(connection) as asked:
        page.get("/settings/referrals/")
    theirs = [one["sql"] for one in asked if "accounts_preferences" in one["sql"]]
    assert len(theirs) == 1 and "JOIN" in theirs[0]


def test_programs_learn_what_may_be_chosen(alice_api):
    answer = alice_api.get("/api/auth/preferences").json()
    assert answer["possible"]["language"] == ["en"]
    assert answer["possible"]["currency"][0] == answer["currency"] == "USDT"


def test_a_mail_has_the_times_of_its_readers_zone(alice, rf):
    preferences.change(user=alice, time_zone="Asia/Tokyo")
    with context.request_context(rf.get("/")), timezone.override("America/New_York"):  # the asker's
        AccountAdapter().send_notification_mail("account/email/password_changed", alice)
    assert re.search(r"When: .* JST\n", mails_to(alice.email)[-1]), mails_to(alice.email)


def test_a_moment_in_a_sentence_is_one_of_its_readers_zone():
    ms = clock.to_ms(datetime(2026, 3, 4, 20, 30, tzinfo=UTC))
    assert moments.told(ms) == "2026-03-04 20:30 UTC"
    with timezone.override("Asia/Tokyo"):
        assert moments.told(ms) == "2026-03-05 05:30 JST"
