"""Signing in by JWT, and what a token may still do afterwards."""

import json

import pytest

from accounts.models import User

pytestmark = pytest.mark.django_db


def login(client, email="alice@example.com", password="correct horse battery staple"):
    return client.post("/api/auth/login", {"email": email, "password": password})


def bearer(api, token):
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def test_sign_in_gives_tokens_that_work(api, alice):
    answer = login(api(), email="Alice@Example.com")
    assert answer.status_code == 200
    assert sorted(answer.data) == ["access", "refresh"]
    me = bearer(api, answer.data["access"]).get("/api/auth/me").data
    assert (me["id"], me["email"], me["role"]) == (alice.pk, "alice@example.com", "trader")
    assert me["preferences"] == {
        "theme": "system", "timeframe": "1h", "venue": "", "currency": "USDT",
        "language": "en", "time_zone": "", "paper_first": True,
    }  # fmt: skip
    assert "password" not in json.dumps(me, default=str)


WRONG = [
    ("alice@example.com", "not her password"),
    ("nobody@example.com", "correct horse battery staple"),
    ("closed@example.com", "correct horse battery staple"),
    ("not-an-address", "x"),
    ("аlice@example.com", "correct horse battery staple"),  # noqa: RUF001 - a Cyrillic a, on purpose
]


@pytest.mark.parametrize(("email", "password"), WRONG)
def test_every_wrong_sign_in_gets_the_same_answer(api, alice, make_user, email, password):
    make_user("closed", is_active=False)
    answer = login(api(), email, password)
    assert answer.status_code == 401
    error = answer.json()["error"]
    del error["request_id"]
    assert error == {
        "code": "sign_in_refused",
        "message": "Email or password is wrong.",
        "errors": [],
    }


BAD_BODIES = [
    ({}, ["email", "password"]),
    ({"email": "a@b.example"}, ["password"]),
    ({"email": "a" * 300, "password": "x" * 1_000_000}, ["email", "password"]),
    ({"email": ["a@b.example"], "password": {"$ne": 1}}, ["email", "password"]),
    ({"email": "a@b.example", "password": "x\x00y"}, None),
]


@pytest.mark.parametrize(("body", "paths"), BAD_BODIES)
def test_a_malformed_sign_in_names_the_fields(api, db, body, paths):
    answer = api().post("/api/auth/login", body)
    assert answer.status_code == 400
    if paths is not None:
        assert sorted(fault["path"] for fault in answer.json()["error"]["errors"]) == paths


def test_a_refresh_token_is_good_once(api, alice):
    refresh = login(api()).data["refresh"]
    first = api().post("/api/auth/refresh", {"refresh": refresh})
    assert first.status_code == 200
    assert bearer(api, first.data["access"]).get("/api/auth/me").status_code == 200
    second = api().post("/api/auth/refresh", {"refresh": refresh})
    assert (second.status_code, second.json()["error"]["code"]) == (401, "token_refused")


def test_sign_out_ends_the_refresh_token(api, alice):
    tokens = login(api()).data
    client = bearer(api, tokens["access"])
    assert client.post("/api/auth/logout", {"refresh": tokens["refresh"]}).status_code == 204
    again = bearer(api, login(api()).data["access"])
    assert again.post("/api/auth/logout", {"refresh": tokens["refresh"]}).status_code == 204
    assert api().post("/api/auth/refresh", {"refresh": tokens["refresh"]}).status_code == 401


def test_nobody_signs_another_out(api, alice, charlie_api):
    refresh = login(api()).data["refresh"]
    assert charlie_api.post("/api/auth/logout", {"refresh": refresh}).status_code == 204
    assert api().post("/api/auth/refresh", {"refresh": refresh}).status_code == 200


def test_a_new_password_ends_tokens_and_other_sessions(api, alice, client, password):
    tokens = login(api()).data
    client.force_login(alice)
    new = {"current_password": password, "new_password": "another long passphrase"}
    changed = bearer(api, tokens["access"]).put("/api/auth/change-password", new)
    assert changed.status_code == 204
    assert bearer(api, tokens["access"]).get("/api/auth/me").status_code == 401
    assert api().post("/api/auth/refresh", {"refresh": tokens["refresh"]}).status_code == 401
    assert client.get("/api/auth/me").status_code == 401
    assert login(api()).status_code == 401
    assert login(api(), password="another long passphrase").status_code == 200


NEW_PASSWORDS = [
    ("wrong", "another long passphrase", "current_password"),
    (None, "short", "new_password"),
    (None, "12345678901234", "new_password"),
    (None, "alice@example.com", "new_password"),
    (None, "x" * 300, "new_password"),
]


@pytest.mark.parametrize(("current", "new", "path"), NEW_PASSWORDS)
def test_a_bad_new_password_says_why(alice_api, password, current, new, path):
    body = {"current_password": current or password, "new_password": new}
    answer = alice_api.put("/api/auth/change-password", body)
    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json()["error"]["errors"]} == {path}


def test_preferences_change_only_what_is_given(alice_api):
    assert alice_api.put("/api/auth/preferences", {"theme": "dark"}).status_code == 200
    answer = alice_api.put("/api/auth/preferences", {"time_zone": "Europe/Vienna"})
    assert answer.data == {
        "theme": "dark", "timeframe": "1h", "venue": "", "currency": "USDT",
        "language": "en", "time_zone": "Europe/Vienna", "paper_first": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"theme": "pink"},
        {"timeframe": "7m"},
        {"time_zone": "../etc/passwd"},
        {"theme": None},
        {"venue": "nowhere"},
        {"currency": "XYZ"},
        {"currency": ""},
        {"language": "de"},
        {"venue": "x" * 33},
    ],
)
def test_a_preference_that_does_not_exist_is_refused(alice_api, change):
    answer = alice_api.put("/api/auth/preferences", change)
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["error"]["errors"]] == list(change)


def test_nobody_makes_himself_admin(alice_api, alice):
    alice_api.put("/api/auth/preferences", {"role": "admin", "is_staff": True, "user": 1})
    alice.refresh_from_db()
    assert (alice.role, alice.is_staff, User.objects.count()) == ("trader", False, 1)


def test_a_session_needs_the_csrf_token_to_change_anything(alice):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.get("/api/auth/me").status_code == 200
    refused = client.put("/api/auth/preferences", {"theme": "dark"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
