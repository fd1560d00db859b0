"""Signing in by a mailed code and a forgotten password over REST, and hashes of other systems."""

from __future__ import annotations

import bcrypt
import pytest

from accounts.models import User
from accounts.tests.mails import code_to, forget_pauses, mails_to, wrong

pytestmark = pytest.mark.django_db

PASSWORD = "a long and quiet passphrase"


def post(api, address, **body):
    return api().post(f"/api/auth/{address}", body)


def error(answer):
    return answer.json()["error"]["code"]


def test_a_mailed_code_signs_in_once(api, alice):
    token = post(api, "login/code", email="Alice@Example.com").data["token"]
    code = code_to(alice.email)
    assert error(post(api, "verify-otp", token=token, code=wrong(code))) == "code_refused"
    done = post(api, "verify-otp", token=token, code=code.replace("-", ""))
    assert sorted(done.data) == ["access", "refresh"]
    assert error(post(api, "verify-otp", token=token, code=code)) == "step_ended"
    token = post(api, "login/code", email=alice.email)
    assert token.status_code == 429
    forget_pauses()
    token = post(api, "login/code", email=alice.email).data["token"]
    assert error(post(api, "verify-otp", token=token, code=code)) == "code_refused"


@pytest.mark.parametrize("address", ["login/code", "forgot-password"])
def test_the_answer_does_not_tell_who_has_an_account(api, alice, make_user, address):
    closed = make_user("closed", is_active=False)
    answers = [
        post(api, address, email=one) for one in (alice.email, "no@example.com", closed.email)
    ]
    assert [one.status_code for one in answers] == [202] * 3
    assert len({tuple({**one.data, "token": ""}.items()) for one in map(_flat, answers)}) == 1
    assert "There is no account" in mails_to("no@example.com")[0]


def _flat(answer):
    answer.data = {name: str(value) for name, value in answer.data.items()}
    return answer


def test_another_code_for_signing_in_comes_after_a_pause(api, alice):
    token = post(api, "login/code", email=alice.email).data["token"]
    first = code_to(alice.email)
    assert error(post(api, "resend-otp", token=token)) == "throttled"
    forget_pauses()
    assert post(api, "resend-otp", token=token).status_code == 202
    assert code_to(alice.email) != first
    assert "access" in post(api, "verify-otp", token=token, code=code_to(alice.email)).data


def test_a_forgotten_password(api, alice, password, client):
    tokens = post(api, "login", email=alice.email, password=password).data
    client.force_login(alice)
    token = post(api, "forgot-password", email=alice.email).data["token"]
    code = code_to(alice.email)
    asked = {"token": token, "code": code, "password": PASSWORD}
    assert error(post(api, "reset-password", **asked | {"code": wrong(code)})) == "code_refused"
    weak = post(api, "reset-password", **asked | {"password": "short"})
    assert (weak.status_code, weak.json()["error"]["errors"][0]["path"]) == (400, "password")
    assert post(api, "reset-password", **asked).status_code == 204
    assert error(post(api, "reset-password", **asked)) == "step_ended"
    assert client.get("/settings/").status_code == 302
    assert post(api, "refresh", refresh=tokens["refresh"]).status_code == 401
    assert post(api, "login", email=alice.email, password=password).status_code == 401
    assert post(api, "login", email=alice.email, password=PASSWORD).status_code == 200
    assert "was signed out" in mails_to(alice.email)[-1]


def test_no_password_is_reset_without_an_account_or_a_code(api, alice):
    token = post(api, "forgot-password", email="no@example.com").data["token"]
    guesses = [
        post(api, "reset-password", token=token, code="1234-5678", password=PASSWORD) for _ in "123"
    ]
    assert [error(one) for one in guesses] == ["code_refused", "code_refused", "step_ended"]
    sign_in = post(api, "login/code", email=alice.email).data["token"]
    crossed = {"token": sign_in, "code": code_to(alice.email), "password": PASSWORD}
    assert error(post(api, "reset-password", **crossed)) == "step_ended"
    assert alice.check_password("correct horse battery staple")


BCRYPT = "accounts.services.hashers.PlainBcrypt"
ARGON = "django.contrib.auth.hashers.Argon2PasswordHasher"


@pytest.mark.parametrize("given", ["correct horse", "x" * 72, "ü" * 100], ids=len)
def test_a_hash_of_another_system_lets_in_and_becomes_argon2(api, settings, given):
    settings.PASSWORD_HASHERS = [ARGON, BCRYPT]
    made = bcrypt.hashpw(given.encode()[:72], bcrypt.gensalt(4)).decode()
    user = User.objects.create(email="eva@example.com", password=f"bcrypt${made}")
    assert post(api, "login", email=user.email, password=f"!{given}").status_code == 401
    assert post(api, "login", email=user.email, password=given).status_code == 200
    user.refresh_from_db()
    assert user.password.startswith("argon2$argon2id$")
    assert post(api, "login", email=user.email, password=given).status_code == 200


def test_new_passwords_are_kept_by_argon2():
    from cryptobot import settings as real

    assert real.PASSWORD_HASHERS[0] == ARGON
    assert BCRYPT in real.PASSWORD_HASHERS
