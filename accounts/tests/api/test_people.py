"""auth/profile and referrals over REST."""

from decimal import Decimal

import pytest

from accounts.models import AuditLog, User
from accounts.services import referrals

pytestmark = pytest.mark.django_db


def paths_of(answer):
    return sorted({fault["path"] for fault in answer.json()["error"]["errors"]})


def test_a_profile_changes_by_what_is_given(alice_api, alice):
    assert alice_api.get("/api/auth/profile").json() == {
        "email": "alice@example.com",
        "name": "alice",
        "phone": "",
    }
    body = {"phone": "+43 (664) 123-45 678"}
    assert alice_api.put("/api/auth/profile", body).json()["phone"] == "+4366412345678"
    extra = {"email": "mallory@example.com", "role": "admin"}
    refused = alice_api.put("/api/auth/profile", {"name": "Mallory", **extra})
    assert {one["path"] for one in refused.json()["error"]["errors"]} == {"email", "role"}
    assert alice_api.put("/api/auth/profile", {"name": " Alice B. "}).status_code == 200
    alice.refresh_from_db()
    assert (alice.name, alice.phone) == ("Alice B.", "+4366412345678")
    assert (alice.email, alice.role) == ("alice@example.com", "trader")
    assert alice_api.put("/api/auth/profile", {"phone": ""}).json()["phone"] == ""
    alice_api.put("/api/auth/profile", {"phone": "", "name": "Alice B."})  # changes nothing
    acts = AuditLog.objects.filter(action="profile.changed").order_by("pk")
    assert [row.read["after"] for row in acts] == [
        {"fields": ["phone"]}, {"fields": ["name"]}, {"fields": ["phone"]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "a\x00b"}, []),  # the parser refuses the whole body
        ({"name": "a\u202eb"}, ["name"]),  # turns the text after it around
        ({"name": None, "phone": {}}, ["name", "phone"]),
        ({"phone": "0664 123"}, ["phone"]),
        ({"phone": "+0043664123"}, ["phone"]),
        ({"phone": "9" * 31}, ["phone"]),
        ({"phone": "+٤٣٦٦٤١٢٣٤٥٦"}, ["phone"]),
    ],
)
def test_a_faulty_profile_names_the_field(alice_api, alice, body, paths):
    answer = alice_api.put("/api/auth/profile", body)
    assert (answer.status_code, paths_of(answer)) == (400, paths)
    alice.refresh_from_db()
    assert (alice.name, alice.phone) == ("alice", "")


@pytest.fixture
def line(make_user, alice):
    """alice invited dora, she invited erik, he finn, he gina."""
    people = [alice]
    for name in ("dora", "erik", "finn", "gina"):
        people.append(make_user(name, referred_by=people[-1], factor=False))
    return people


def test_three_levels_are_counted_and_strangers_have_no_name(alice_api, alice, line):
    mine = alice_api.get("/api/referrals").json()
    assert mine["link"] == f"http://testserver/r/{mine['code']}"
    assert User.objects.get(referral_code=mine["code"]) == alice
    assert [row["people"] for row in mine["levels"]] == [1, 1, 1]
    assert (Decimal(mine["earned"]), mine["earned_in"]) == (0, "USDT")
    rows = alice_api.get("/api/referrals/tree").json()["results"]
    shown = [(row["level"], row["name"], row["invited_by"]) for row in rows]
    ids = [person.pk for person in line]
    assert shown == [(1, "dora", ids[0]), (2, "e•••", ids[1]), (3, "f•••", ids[2])]
    assert "@" not in str(rows)


def test_a_stranger_sees_none_of_it(charlie_api, line):
    assert charlie_api.get("/api/referrals/tree").json()["results"] == []
    assert {row["people"] for row in charlie_api.get("/api/referrals").json()["levels"]} == {0}


def test_what_other_apps_paid_is_summed(alice_api, alice, monkeypatch):
    paid = {"one": lambda user: Decimal("1.1"), "two": lambda user: Decimal("0.25")}
    monkeypatch.setattr(referrals, "EARNINGS", paid)
    assert Decimal(alice_api.get("/api/referrals").json()["earned"]) == Decimal("1.35")
