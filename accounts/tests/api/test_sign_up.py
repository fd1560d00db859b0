"""Signing up over REST: address, code, name and password; and everything that must not work."""

from __future__ import annotations

import pytest
from django.core import mail

from accounts.models import User
from accounts.services import referrals, steps
from accounts.tests.mails import code_to, forget_pauses, mails_to, wrong

pytestmark = pytest.mark.django_db

DORA = "dora@example.com"
PASSWORD = "a long and quiet passphrase"


def post(api, address, **body):
    return api().post(f"/api/auth/{address}", body)


def register(api, email=DORA):
    answer = post(api, "register", email=email)
    assert answer.status_code == 202, answer.data
    return answer.data["token"]


def proved(api, email=DORA):
    """The token of an address whose code was right."""
    token = register(api, email)
    answer = post(api, "verify-otp", token=token, code=code_to(email))
    assert (answer.status_code, answer.data["next"]) == (202, "complete_registration")
    return answer.data["token"]


def complete(api, token, **body):
    fields = {"token": token, "name": "Dora", "password": PASSWORD, **body}
    return post(api, "complete-registration", **fields)


def code_of(answer):
    return answer.json()["error"]["code"]


def paths_of(answer):
    return sorted(fault["path"] for fault in answer.json()["error"]["errors"])


def test_an_account_in_three_steps(api, alice):
    code = referrals.code_of(alice)
    done = complete(api, proved(api), phone="+43 664 123 456 78", referral_code=code.lower())
    assert done.status_code == 200, done.data
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {done.data['access']}")
    assert client.get("/api/auth/me").data["name"] == "Dora"
    dora = User.objects.get(email=DORA)
    assert (dora.phone, dora.referred_by, dora.registration_open) == (
        "+4366412345678",
        alice,
        False,
    )
    assert dora.check_password(PASSWORD)
    signed_in = post(api, "login", email="Dora@Example.com", password=PASSWORD)
    assert sorted(signed_in.data) == ["access", "refresh"]


def test_a_known_address_is_told_apart_by_its_owner_only(api, alice):
    unknown = post(api, "register", email=DORA)
    known = post(api, "register", email=alice.email)
    assert unknown.status_code == known.status_code
    assert {**unknown.data, "token": ""} == {**known.data, "token": ""}
    assert abs(len(unknown.data["token"]) - len(known.data["token"])) <= 2
    assert "There is one\nalready" in mails_to(alice.email)[0]
    guesses = [post(api, "verify-otp", token=known.data["token"], code="1234-5678") for _ in "123"]
    assert [code_of(one) for one in guesses] == ["code_refused", "code_refused", "step_ended"]
    assert User.objects.count() == 2 and alice.has_usable_password()


def test_nobody_uses_an_account_before_it_is_complete(api, client):
    token = register(api)
    assert code_of(complete(api, token)) == "step_ended"
    assert post(api, "login", email=DORA, password=PASSWORD).status_code == 401
    token = post(api, "verify-otp", token=token, code=code_to(DORA)).data["token"]
    for address in ("me", "sessions"):
        client_of_token = api()
        client_of_token.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        assert client_of_token.get(f"/api/auth/{address}").status_code in (401, 404)


def test_whoever_left_off_begins_again(api):
    register(api)
    first = code_to(DORA)
    forget_pauses()
    token = register(api)
    assert code_of(post(api, "verify-otp", token=token, code=first)) == "code_refused"
    answer = post(api, "verify-otp", token=token, code=code_to(DORA))
    assert complete(api, answer.data["token"]).status_code == 200
    assert User.objects.filter(email=DORA).count() == 1


def test_a_code_opens_one_step_once(api):
    token, code = register(api), code_to(DORA)
    assert post(api, "verify-otp", token=token, code=code).status_code == 202
    assert code_of(post(api, "verify-otp", token=token, code=code)) == "step_ended"


def test_three_wrong_codes_end_it(api):
    token, code = register(api), code_to(DORA)
    answers = [post(api, "verify-otp", token=token, code=wrong(code)) for _ in range(3)]
    assert [code_of(one) for one in answers] == ["code_refused", "code_refused", "step_ended"]
    assert code_of(post(api, "verify-otp", token=token, code=code)) == "step_ended"


def test_a_code_of_another_address_is_worth_nothing(api):
    mine, hers = register(api, "mine@example.com"), register(api)
    assert code_of(post(api, "verify-otp", token=hers, code=code_to("mine@example.com"))) == (
        "code_refused"
    )
    assert post(api, "verify-otp", token=mine, code=code_to("mine@example.com")).status_code == 202


def test_another_code_after_a_pause(api):
    token, first = register(api), code_to(DORA)
    assert post(api, "resend-otp", token=token).status_code == 429
    assert code_to(DORA) == first
    forget_pauses()
    assert post(api, "resend-otp", token=token).status_code == 202
    assert code_to(DORA) != first
    assert code_of(post(api, "verify-otp", token=token, code=first)) == "code_refused"
    assert post(api, "verify-otp", token=token, code=code_to(DORA)).status_code == 202


def test_a_pause_does_not_void_the_code_that_was_sent(api):
    token = register(api)
    post(api, "resend-otp", token=token)
    assert post(api, "verify-otp", token=token, code=code_to(DORA)).status_code == 202


def test_a_code_ends(api, monkeypatch):
    token, code = register(api), code_to(DORA)
    monkeypatch.setattr(
        "allauth.account.app_settings.AppSettings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT", -1
    )
    assert code_of(post(api, "verify-otp", token=token, code=code)) == "step_ended"


@pytest.mark.parametrize("token", ["", "x", "x:y:z", "a" * 200])
def test_a_forged_token_opens_nothing(api, token):
    answer = post(api, "verify-otp", token=token, code="1234-5678")
    assert answer.status_code == 400


def test_a_token_ends(api, monkeypatch):
    token, code = register(api), code_to(DORA)
    monkeypatch.setattr(steps, "STEP_S", -1)
    assert code_of(post(api, "verify-otp", token=token, code=code)) == "step_ended"


ADDRESSES = {
    "cyrillic a": "dor\u0430@example.com",
    "cyrillic domain": "dora@ex\u0430mple.com",
    "fullwidth": "\uff44ora@example.com",
    "dotless i": "dora@exampl\u0131.com",
    "two": "dora@example.com,eve@example.com",
    "newline": "dora@example.com\nBcc: eve@example.com",
    "no at": "dora",
    "long": f"{'d' * 300}@example.com",
    "list": ["dora@example.com"],
    "object": {"$ne": 1},
    "nothing": None,
}


@pytest.mark.parametrize("address", ["register", "login/code", "forgot-password"])
@pytest.mark.parametrize("email", ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_that_is_none_is_named(api, address, email):
    answer = post(api, address, email=email)
    assert (answer.status_code, paths_of(answer)) == (400, ["email"])
    assert mail.outbox == [] and User.objects.count() == 0


def test_a_null_character_is_refused(api):
    assert post(api, "register", email="dora\x00@example.com").status_code == 400
    assert complete(api, "x", password="null\x00null").status_code == 400
    assert mail.outbox == []


FAULTY = [
    ({"name": " "}, ["name"]),
    ({"name": "x" * 101}, ["name"]),
    ({"password": "short"}, ["password"]),
    ({"password": "12345678901234"}, ["password"]),
    ({"password": DORA}, ["password"]),
    ({"password": "x" * 1_000_000}, ["password"]),
    ({"phone": "0664 123"}, ["phone"]),
    ({"phone": "+43 call me"}, ["phone"]),
    ({"referral_code": "NOBODYS1"}, ["referral_code"]),
    ({"name": "", "password": "", "phone": "x" * 99}, ["name", "password", "phone"]),
]


def test_every_fault_of_the_last_step_is_named_and_may_be_mended(api):
    token = proved(api)
    for body, paths in FAULTY:
        answer = complete(api, token, **body)
        assert (answer.status_code, sorted(set(paths_of(answer)))) == (400, paths), body
    assert complete(api, token).status_code == 200
    assert code_of(complete(api, token)) == "step_ended"


def test_nobody_signs_up_as_more_than_a_trader(api):
    extra = {"role": "admin", "is_staff": True, "is_superuser": True, "referred_by": 1, "plan": "x"}
    token = proved(api)
    refused = complete(api, token, **extra)
    assert {one["path"] for one in refused.json()["error"]["errors"]} == set(extra)
    assert complete(api, token).status_code == 200
    dora = User.objects.get(email=DORA)
    assert (dora.role, dora.is_staff, dora.is_superuser) == ("trader", False, False)
    assert dora.referred_by is None


def test_a_mail_server_that_is_away_is_told(api, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = post(api, "register", email=DORA)
    assert (answer.status_code, code_of(answer)) == (503, "try_later")
