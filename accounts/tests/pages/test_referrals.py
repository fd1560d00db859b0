"""The page of invitations, the link that is given on, and the profile's form."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditLog, User
from accounts.services import referrals
from accounts.tests.api.test_sign_up import DORA, complete, proved

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(alice):
    client = Client()
    client.force_login(alice)
    return client


def test_the_page_shows_link_and_people(page, alice, make_user):
    empty = page.get("/settings/referrals/").content.decode()
    assert "Nobody yet" in empty
    assert f"/r/{User.objects.get(pk=alice.pk).referral_code}" in empty
    dora = make_user("dora", referred_by=alice)
    make_user("erik<b>", referred_by=dora)
    shown = page.get("/settings/referrals/?page=9").content.decode()
    assert "dora" in shown
    assert "e•••" in shown
    assert "erik" not in shown


def test_the_tree_shows_three_levels_and_the_newest_of_many(page, alice, make_user, bob):
    dora = make_user("dora", referred_by=alice)
    make_user("gina", referred_by=alice)
    below = [make_user(f"h{i}", referred_by=dora) for i in range(12)]
    last = make_user("ida", referred_by=below[-1])
    make_user("fourth", referred_by=last)
    make_user("foreign", referred_by=bob)
    with CaptureQueriesContext(connection) as asked:
        answer = page.get("/settings/referrals/")
    first, second = answer.context["branches"]
    assert [(one.name, one.level, one.count) for one in (first, second)] == [
        ("gina", 1, 0), ("dora", 1, 12),
    ]  # fmt: skip
    assert ([one.name for one in second.below], second.left_out) == (["h•••"] * 10, 2)
    assert [(one.name, one.level, one.below) for one in second.below[0].below] == [("i•••", 3, [])]
    text = answer.content.decode()
    assert "and 2 more" in text and "f•••" not in text
    assert len(asked) < 14, "not one for each person"


def test_who_signs_up_after_the_link_was_invited_by_its_owner(api, alice, bob):
    client = api()
    opened = client.get(f"/r/{referrals.code_of(alice).lower()}")
    assert (opened.status_code, opened.headers["Location"]) == (302, "/sign-up/")
    client.get(f"/r/{referrals.code_of(bob)}")  # the first link counts
    assert client.cookies[referrals.COOKIE]["max-age"] == 30 * 24 * 3600
    assert complete(lambda: client, proved(lambda: client)).status_code == 200
    dora = User.objects.get(email=DORA)
    assert dora.referred_by == alice
    row = AuditLog.objects.get(action="referral.set")
    assert (row.target_id, row.read["after"]["referred_by"]) == (str(dora.pk), alice.pk)


def test_a_code_that_is_typed_goes_before_the_link(api, alice, bob):
    client = api()
    client.get(f"/r/{referrals.code_of(alice)}")
    complete(lambda: client, proved(lambda: client), referral_code=referrals.code_of(bob))
    assert User.objects.get(email=DORA).referred_by == bob


def test_a_link_of_nobody_does_not_stop_anybody(api, db):
    client = api()
    assert client.get("/r/NOBODYS1").headers["Location"] == "/sign-up/"
    assert client.get(f"/r/{'x' * 300}").status_code == 302
    assert complete(lambda: client, proved(lambda: client)).status_code == 200
    assert User.objects.get(email=DORA).referred_by is None


def test_the_profile_is_saved_or_says_what_is_wrong(page, alice):
    assert page.post("/settings/profile/", {"name": "Ada", "phone": "123"}).status_code == 400
    assert page.post("/settings/profile/", {"name": "Ada", "phone": ""}).status_code == 302
    alice.refresh_from_db()
    assert alice.name == "Ada"
