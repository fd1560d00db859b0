"""Signing up, and the other ways in, as somebody without JavaScript walks them."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator

from accounts.models import User
from accounts.tests.factors import app_code, code_of, give_app, give_recovery_codes
from accounts.tests.mails import code_to, forget_pauses, mails_to, wrong

pytestmark = pytest.mark.django_db

DORA = "dora@example.com"
PASSWORD = "a long and quiet passphrase"
# Words of the package's own pages and mails; none of them may show.
FOREIGN = ("allauth", "example.com.", "Menu:", "django")


def ours(page):
    assert "gate" in page.text or "shell" in page.text
    assert not any(word in page.text for word in FOREIGN[2:]), page.text[:500]
    return page


def follow(client, address, **fields):
    answer = client.post(address, fields, follow=True)
    return ours(answer)


def test_a_newcomer_walks_to_the_dashboard(client):
    assert "/sign-up/" in ours(client.get("/sign-in/")).text
    page = follow(client, "/sign-up/", email="Dora@Example.com", next="/settings/")
    assert page.redirect_chain[-1][0].startswith("/sign-up/code/")
    assert DORA in page.text
    page = follow(client, "/sign-up/code/", code=code_to(DORA).replace("-", " "))
    assert page.redirect_chain[-1][0] == "/sign-up/complete/"
    assert client.get("/settings/").status_code == 302
    page = follow(client, "/sign-up/complete/", name="Dora", password="short")
    assert (page.status_code, "too short" in page.text) == (400, True)
    fields = {"name": "Dora", "password": PASSWORD, "phone": "+4366412345678"}
    page = follow(client, "/sign-up/complete/", **fields)
    assert (page.status_code, page.redirect_chain[-1][0]) == (200, "/settings/")
    dora = User.objects.get(email=DORA)
    assert dora.check_password(PASSWORD) and not dora.registration_open
    assert client.get("/sign-up/code/").headers["Location"] == "/"
    assert client.get("/sign-up/complete/").headers["Location"] == "/"


def test_a_known_address_looks_like_an_unknown_one(client, alice):
    known = re.sub(r"alice|dora", "", follow(client, "/sign-up/", email=alice.email).text)
    client.cookies.clear()
    unknown = re.sub(r"alice|dora", "", follow(client, "/sign-up/", email=DORA).text)
    strip = re.compile(r'csrf[^>]*value="[^"]+"|X-CSRFToken": "[^"]+"')
    assert strip.sub("", known) == strip.sub("", unknown)
    assert "There is one" in mails_to(alice.email)[0]


def test_three_wrong_codes_lead_back(client):
    follow(client, "/sign-up/", email=DORA)
    code = code_to(DORA)
    statuses = [client.post("/sign-up/code/", {"code": wrong(code)}).status_code for _ in "123"]
    assert statuses == [400, 400, 302]
    assert client.post("/sign-up/code/", {"code": code}).headers["Location"] == "/sign-in/"


def test_another_code_comes_after_a_pause(client):
    follow(client, "/sign-up/", email=DORA)
    first = code_to(DORA)
    page = follow(client, "/sign-up/code/", action="resend")
    assert "Wait half a minute" in page.text
    forget_pauses()
    follow(client, "/sign-up/code/", action="resend")
    assert code_to(DORA) != first
    page = follow(client, "/sign-up/code/", code=code_to(DORA))
    assert page.redirect_chain[-1][0] == "/sign-up/complete/"


@pytest.mark.parametrize("email", ["dor\u0430@example.com", "x", "", "d" * 300 + "@example.com"])
def test_an_address_that_is_none_is_named(client, email):
    page = client.post("/sign-up/", {"email": email})
    assert page.status_code == 400 and "field-error" in page.text
    assert User.objects.count() == 0


def test_a_mailed_code_signs_in(client, alice):
    page = follow(client, "/sign-in/code/", email=alice.email)
    assert page.redirect_chain[-1][0].startswith("/sign-in/code/confirm/")
    page = follow(client, "/sign-in/code/confirm/", code=code_to(alice.email), next="/settings/")
    assert page.redirect_chain[-1][0] == "/settings/"


def test_an_unknown_address_gets_a_mail_and_the_same_page(client):
    page = follow(client, "/sign-in/code/", email=DORA)
    assert page.redirect_chain[-1][0].startswith("/sign-in/code/confirm/")
    assert "There is no account" in mails_to(DORA)[0]
    assert client.post("/sign-in/code/confirm/", {"code": "1234-5678"}).status_code == 400


def test_a_closed_account_stays_closed(client, make_user):
    closed = make_user("closed", is_active=False)
    follow(client, "/sign-in/code/", email=closed.email)
    assert "There is no account" in mails_to(closed.email)[0]


def test_a_forgotten_password(client, alice, password, api):
    old = api(alice)
    other = client.__class__()
    other.force_login(alice)
    page = follow(client, "/forgot-password/", email=alice.email)
    assert page.redirect_chain[-1][0] == "/forgot-password/code/"
    page = follow(client, "/forgot-password/code/", code=code_to(alice.email))
    assert page.redirect_chain[-1][0] == "/forgot-password/new/"
    page = follow(client, "/forgot-password/new/", password1="short", password2="short")
    assert page.status_code == 400
    page = follow(client, "/forgot-password/new/", password1=PASSWORD, password2=PASSWORD)
    assert "signed out" in page.text
    assert old.get("/api/auth/me").status_code == 401
    assert other.get("/settings/").status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert "A new password was chosen" in mails_to(alice.email)[-1]


def test_an_app_is_set_up_and_asked_for(client, alice, password):
    client.post("/sign-in/", {"email": alice.email, "password": password})
    assert "Only your password" in ours(client.get("/settings/second-factor/")).text
    asked = client.get("/settings/second-factor/app/")
    assert asked.headers["Location"].startswith("/settings/again/")
    assert ours(client.get(asked.headers["Location"])).status_code == 200
    page = client.post(asked.headers["Location"], {"password": password}, follow=True)
    secret = re.search(r'id="totp-secret">(\w+)<', ours(page).text)[1]
    code = code_of(secret)
    page = follow(client, "/settings/second-factor/app/", code=code)
    assert page.redirect_chain[-1][0] == "/settings/second-factor/recovery-codes/"
    assert len(re.findall(r"^(?:.*>)?\d{8}$", page.text, re.MULTILINE)) == 10
    client.post("/sign-out/")
    page = follow(client, "/sign-in/", email=alice.email, password=password, next="/settings/")
    assert page.redirect_chain[-1][0].startswith("/sign-in/second-factor/")
    assert client.get("/settings/").status_code == 302


def second_step(client, user, password):
    return follow(client, "/sign-in/", email=user.email, password=password, next="/settings/")


def test_the_second_step_takes_app_or_recovery_code_once(client, alice, password):
    give_app(alice)
    [recovery, *_] = give_recovery_codes(alice)
    for code in (app_code(alice), recovery):
        second_step(client, alice, password)
        page = follow(client, "/sign-in/second-factor/", code=code)
        assert page.redirect_chain[-1][0] == "/settings/"
        client.post("/sign-out/")
        second_step(client, alice, password)
        assert client.post("/sign-in/second-factor/", {"code": code}).status_code == 400
        client.get("/sign-up/")


def test_who_runs_the_place_sets_up_a_factor_first(client, admin, make_user, api, password):
    Authenticator.objects.all().delete()
    client.force_login(admin)
    for address in ("/admin/", "/", "/settings/", "/admin/accounts/user/"):
        assert client.get(address).headers["Location"] == "/settings/second-factor/"
    assert client.get("/settings/second-factor/").status_code == 200
    assert client.get("/api/auth/me").json()["error"]["code"] == "mfa_required"
    body = {"email": admin.email, "password": password}
    refused = api().post("/api/auth/login", body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "mfa_required")
    give_app(admin)
    assert client.get("/admin/").status_code == 200


def test_an_exchange_needs_a_factor_and_the_page_leads_there(client, alice):
    client.force_login(alice)
    page = client.get("/exchanges/new/")
    assert page.status_code == 403
    assert 'href="/settings/second-factor/"' in page.text
    give_app(alice)
    assert client.get("/exchanges/new/").status_code == 200


SIGNED_IN = [
    "", "app/", "app/remove/", "recovery-codes/", "recovery-codes/new/", "passkeys/",
    "passkeys/new/",
]  # fmt: skip


@pytest.mark.parametrize("address", SIGNED_IN)
def test_every_page_of_factors_is_ours(client, alice, password, address):
    if address != "app/":
        give_app(alice)
        give_recovery_codes(alice)
    client.post("/sign-in/", {"email": alice.email, "password": password})
    if address != "app/":
        client.post("/sign-in/second-factor/", {"code": app_code(alice)})
    client.post("/settings/again/", {"password": password})
    assert ours(client.get(f"/settings/second-factor/{address}")).status_code == 200
