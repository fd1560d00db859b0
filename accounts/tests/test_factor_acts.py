"""Signing in by its steps, and second factors: what is listed, what ends, what is written down."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin as django_admin
from django.test import Client

from accounts.models import AuditLog, SignIn, User
from accounts.services import system_settings, tokens
from accounts.tests.factors import app_code, code_of, give_app, give_recovery_codes
from accounts.tests.mails import code_to
from foundation.edge.admin_base import AnyAdmin

pytestmark = pytest.mark.django_db


def post(client: Any, address: str, **body: Any) -> Any:
    return client.post(f"/api/auth/{address}", body, format="json")


def told(user: User) -> list[tuple[str, Any]]:
    """Acts of this user, the oldest first, with what they say."""
    rows = AuditLog.objects.filter(actor_id=user.pk).order_by("id")
    return [(row.action, row.read["after"]) for row in rows]


def factor_acts(user: User) -> list[tuple[str, str]]:
    """What a request changed of this user's factors, the oldest first."""
    rows = AuditLog.objects.filter(action="mfa.changed", target_id=user.pk).exclude(ip="")
    said = [row.read["after"] for row in rows.order_by("id")]
    return [(one["what"], one["factor"]) for one in said]


def test_a_program_s_steps_are_no_browser(api: Any, alice: User, password: str) -> None:
    give_app(alice)
    token = post(api(), "login", email=alice.email, password=password).data["token"]
    assert not SignIn.objects.exists(), "half a sign-in is none"
    done = post(api(), "mfa/authenticate", token=token, code=app_code(alice))
    assert done.status_code == 200
    (row,) = SignIn.objects.all()
    assert (row.user, row.kind, row.ip) == (alice, "program", "127.0.0.1")
    assert [act for act, _ in told(alice)] == ["sign_in"]


def test_factors_over_rest_are_written_down(api: Any, alice: User, password: str) -> None:
    client = api(alice)
    token = post(client, "mfa/reauthenticate", password=password).data["token"]
    began = post(client, "mfa/totp", token=token).data
    body = {"token": began["token"], "code": code_of(began["secret"])}
    codes = client.put("/api/auth/mfa/totp", body).data["recovery_codes"]
    step = post(api(), "login", email=alice.email, password=password).data["token"]
    assert post(api(), "mfa/authenticate", token=step, code=codes[0]).status_code == 200
    assert post(client, "mfa/recovery-codes", token=began["token"]).status_code == 200
    assert post(client, "mfa/totp/remove", token=began["token"]).status_code == 204
    assert factor_acts(alice) == [
        ("added", "totp"),
        ("added", "recovery_codes"),
        ("used", "recovery_codes"),
        ("removed", "recovery_codes"),
        ("added", "recovery_codes"),
        ("removed", "totp"),
        ("removed", "recovery_codes"),
    ]
    assert not AuditLog.objects.filter(body__contains=codes[0]).exists()


def test_a_recovery_code_on_the_page_is_written_down(
    client: Client, alice: User, password: str
) -> None:
    give_app(alice)
    code = give_recovery_codes(alice)[0]
    client.post("/sign-in/", {"email": alice.email, "password": password})
    assert client.post("/sign-in/second-factor/", {"code": code}).status_code == 302
    assert factor_acts(alice) == [("used", "recovery_codes")]
    row = AuditLog.objects.filter(action="mfa.changed").latest("id")
    assert (row.ip, row.actor_id, row.target_id) == ("127.0.0.1", alice.pk, str(alice.pk))
    assert SignIn.objects.get().kind == "page"


def test_a_forgotten_password_ends_what_the_old_one_opened(
    client: Client, api: Any, alice: User
) -> None:
    client.force_login(alice)
    program = tokens.issue(user=alice)
    token = post(api(), "forgot-password", email=alice.email).data["token"]
    body = {"token": token, "code": code_to(alice.email), "password": "a long and quiet passphrase"}
    assert post(api(), "reset-password", **body).status_code < 300
    assert client.get("/settings/").status_code == 302
    assert post(api(), "refresh", refresh=program.refresh).status_code == 401
    assert {row.ended_why for row in SignIn.objects.all()} == {"new password"}
    assert told(alice)[-1][0] == "password.reset"


def test_guesses_at_codes_name_whose_they_are(api: Any, alice: User, password: str) -> None:
    give_app(alice)
    for _ in range(7):
        step = post(api(), "login", email=alice.email, password=password).data["token"]
        post(api(), "mfa/authenticate", token=step, code="x")
    row = AuditLog.objects.get(action="sign_in.held")
    assert row.read["target"] == f"user {alice.pk}"


def test_staff_who_lost_their_factor_hold_no_tokens(api: Any, make_user: Any) -> None:
    dora = make_user("dora", role="support", is_staff=True)
    client, made = api(dora), tokens.issue(user=dora)
    assert client.get("/api/admin/stats").status_code == 200
    Authenticator.objects.filter(user=dora).delete()
    for answer in (
        client.get("/api/admin/stats"),
        client.get("/api/auth/me"),
        post(api(), "refresh", refresh=made.refresh),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "mfa_required")


def test_closed_sign_up_lets_nobody_new_in(
    client: Client, api: Any, alice: User, password: str, monkeypatch: Any
) -> None:
    usual = {**system_settings.everything(), "sign_up_open": False}
    monkeypatch.setattr(system_settings, "_kept", usual)
    answer = post(api(), "register", email="dora@example.com")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "sign_up_closed")
    assert "Sign-up is closed" in client.get("/sign-up/").text
    client.post("/sign-up/", {"email": "dora@example.com"})
    assert not User.objects.filter(email="dora@example.com").exists()
    assert post(api(), "login", email=alice.email, password=password).status_code == 200


def test_letting_somebody_in_anew_is_written_down(client: Client, admin: User, alice: User) -> None:
    give_app(alice)
    row = Authenticator.objects.get(user=alice)
    client.force_login(admin)
    address = f"/admin/mfa/authenticator/{row.pk}/"
    assert row.data["secret"] not in client.get(f"{address}change/").text
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.filter(user=alice).exists()
    acts = [(act, say["what"]) for act, say in told(admin) if act != "sign_in"]
    assert acts == [("admin.changed", "deleted"), ("mfa.changed", "removed")]


def test_every_page_of_the_admin_tells() -> None:
    silent = {
        model for model, shown in django_admin.site._registry.items()
        if not isinstance(shown, AnyAdmin)
    }  # fmt: skip
    assert silent == {User}, "whose page tells of itself"
