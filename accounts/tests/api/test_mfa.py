"""Second factors over REST: set up, the second step of signing in, and what must not work."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator

from accounts.services import brake, tokens
from accounts.tests.factors import app_code, code_of, give_app, give_recovery_codes, wrong_code
from accounts.tests.mails import mails_to
from accounts.tests.passkeys import Passkey

pytestmark = pytest.mark.django_db


def post(client, address, **body):
    return client.post(f"/api/auth/{address}", body, format="json")


def error(answer):
    return answer.json()["error"]["code"]


def begin(api, user, password):
    """The token of the second step."""
    answer = post(api(), "login", email=user.email, password=password)
    assert (answer.status_code, answer.data["next"]) == (202, "mfa")
    return answer.data["token"]


def fresh(client, **shown):
    answer = post(client, "mfa/reauthenticate", **shown)
    assert answer.status_code == 200, answer.data
    return answer.data["token"]


def test_an_app_is_set_up_by_its_first_code(alice_api, api, alice, password):
    token = fresh(alice_api, password=password)
    began = post(alice_api, "mfa/totp", token=token).data
    assert began["url"].startswith("otpauth://totp/alice%40example.com?secret=")
    body = {"token": began["token"], "code": wrong_code(began["secret"])}
    assert error(alice_api.put("/api/auth/mfa/totp", body)) == "code_refused"
    assert not Authenticator.objects.exists()
    first = code_of(began["secret"])
    done = alice_api.put("/api/auth/mfa/totp", {"token": began["token"], "code": first})
    assert (done.status_code, len(done.data["recovery_codes"])) == (200, 10)
    row = Authenticator.objects.get(type="totp")
    assert began["secret"] not in str(row.data)
    assert alice_api.get("/api/auth/mfa").data == {
        "totp": True,
        "passkeys": [],
        "recovery_codes_left": 10,
    }
    step = begin(api, alice, password)
    assert error(post(api(), "mfa/authenticate", token=step, code=first)) == "code_refused"


def test_signing_in_takes_both(api, alice, password):
    secret = give_app(alice)
    began = post(api(), "login", email=alice.email, password=password)
    assert began.data["methods"] == ["totp"]
    assert "access" not in began.data
    done = post(api(), "mfa/authenticate", token=began.data["token"], code=code_of(secret))
    assert (done.status_code, sorted(done.data)) == (200, ["access", "refresh"])
    again = post(api(), "mfa/authenticate", token=began.data["token"], code=code_of(secret))
    assert error(again) == "step_ended"


def test_a_code_is_good_once_whatever_it_opened(api, alice, password):
    secret = give_app(alice)
    code = code_of(secret)
    assert post(api(), "mfa/authenticate", token=begin(api, alice, password), code=code).data
    token = begin(api, alice, password)
    for spelling in (code, f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}"):
        assert error(post(api(), "mfa/authenticate", token=token, code=spelling)) == "code_refused"


def test_a_recovery_code_is_good_once(api, alice, password):
    give_app(alice)
    code = give_recovery_codes(alice)[3]
    token = begin(api, alice, password)
    assert "access" in post(api(), "mfa/authenticate", token=token, code=code).data
    token = begin(api, alice, password)
    assert error(post(api(), "mfa/authenticate", token=token, code=code)) == "code_refused"


def test_who_knows_the_password_guesses_no_codes(api, alice, password):
    """Signing in anew by the password does not give the tries back."""
    secret = give_app(alice)
    answers = []
    for _ in range(brake.PAIR_TRIES_MAX + 2):
        token = begin(api, alice, password)
        answers.append(post(api(), "mfa/authenticate", token=token, code=wrong_code(secret)))
    tries = brake.PAIR_TRIES_MAX
    assert [error(one) for one in answers] == ["code_refused"] * tries + ["throttled"] * 2
    assert answers[-1].status_code == 429


def test_no_factor_changes_without_a_fresh_step(alice_api, alice, charlie, api, password):
    give_app(alice)
    stale = fresh(api(charlie), password=password)
    for token in ("x", stale):
        for address in ("mfa/totp/remove", "mfa/recovery-codes", "mfa/passkeys/options"):
            assert error(post(alice_api, address, token=token)) == "step_ended"
    assert error(post(alice_api, "mfa/reauthenticate", password="wrong")) == (
        "reauthentication_required"
    )
    assert error(post(alice_api, "mfa/reauthenticate")) == "reauthentication_required"
    assert Authenticator.objects.count() == 1


def test_freshness_ends(alice_api, alice, password, settings):
    give_app(alice)
    token = fresh(alice_api, password=password)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = -1
    assert error(post(alice_api, "mfa/totp/remove", token=token)) == "reauthentication_required"


def test_the_token_of_signing_in_changes_no_factor(alice_api, api, alice, password):
    give_app(alice)
    token = begin(api, alice, password)
    assert error(post(alice_api, "mfa/totp/remove", token=token)) == "step_ended"
    mine = fresh(alice_api, code=app_code(alice))
    assert error(post(api(), "mfa/authenticate", token=mine, code="123456")) == "step_ended"


def test_an_app_is_removed_and_its_owner_told(
    alice_api, alice, password, django_capture_on_commit_callbacks
):
    give_app(alice)
    give_recovery_codes(alice)
    _proved(alice)
    token = fresh(alice_api, password=password)
    with django_capture_on_commit_callbacks(execute=True):
        assert post(alice_api, "mfa/totp/remove", token=token).status_code == 204
    assert not Authenticator.objects.exists()
    assert "no longer asks" in mails_to(alice.email)[-1]
    assert post(alice_api, "mfa/totp/remove", token=token).status_code == 404
    assert post(alice_api, "mfa/recovery-codes", token=token).status_code == 409


def _proved(user):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def test_a_second_app_needs_the_first_one_gone(alice_api, alice, password):
    give_app(alice)
    token = fresh(alice_api, password=password)
    assert post(alice_api, "mfa/totp", token=token).status_code == 409


def test_new_recovery_codes_void_the_old(alice_api, api, alice, password):
    give_app(alice)
    old = give_recovery_codes(alice)
    token = fresh(alice_api, password=password)
    new = post(alice_api, "mfa/recovery-codes", token=token).data["recovery_codes"]
    assert len(new) == 10 and not set(new) & set(old)
    step = begin(api, alice, password)
    assert error(post(api(), "mfa/authenticate", token=step, code=old[0])) == "code_refused"
    assert "access" in post(api(), "mfa/authenticate", token=step, code=new[0]).data


def add_passkey(client, password, passkey, **body):
    token = fresh(client, password=password)
    began = post(client, "mfa/passkeys/options", token=token, passwordless=passkey.verifies).data
    answer = {"token": began["token"], "credential": passkey.create(began["options"])}
    return post(client, "mfa/passkeys", **answer, **body)


def test_a_passkey_is_the_second_step(alice_api, api, alice, password):
    passkey = Passkey(verifies=False)
    made = add_passkey(alice_api, password, passkey, name="My key")
    assert (made.status_code, made.data["name"]) == (201, "My key")
    assert len(made.data["recovery_codes"]) == 10
    token = begin(api, alice, password)
    began = post(api(), "mfa/options", token=token).data
    body = {"token": began["token"], "credential": passkey.get(began["options"])}
    done = post(api(), "mfa/authenticate", **body)
    assert sorted(done.data) == ["access", "refresh"]


def sign_in_by(api, passkey):
    began = post(api(), "passkey/options").data
    body = {"token": began["token"], "credential": passkey.get(began["options"])}
    return body, post(api(), "passkey", **body)


def test_a_passkey_that_asks_for_a_pin_signs_in_alone_and_once(alice_api, api, alice, password):
    passkey = Passkey()
    add_passkey(alice_api, password, passkey)
    body, done = sign_in_by(api, passkey)
    assert sorted(done.data) == ["access", "refresh"]
    assert tokens.Access.read(done.data["access"])["sub"] == str(alice.pk)
    assert error(post(api(), "passkey", **body)) == "step_ended"
    began = post(api(), "passkey/options").data
    replayed = {"token": began["token"], "credential": body["credential"]}
    assert error(post(api(), "passkey", **replayed)) == "code_refused"


def test_a_stolen_key_without_its_pin_is_not_enough(alice_api, api, password):
    passkey = Passkey(verifies=False)
    add_passkey(alice_api, password, passkey)
    assert error(sign_in_by(api, passkey)[1]) == "code_refused"


def test_a_passkey_of_another_site_or_user_opens_nothing(alice_api, api, alice, charlie, password):
    mine = Passkey()
    add_passkey(alice_api, password, mine)
    mine.origin = "https://evil.example"
    assert error(sign_in_by(api, mine)[1]) == "code_refused"
    stranger = Passkey()
    stranger.id, stranger.user_handle = mine.id, mine.user_handle
    assert error(sign_in_by(api, stranger)[1]) == "code_refused"
    mine.origin = "https://testserver"
    pk = Authenticator.objects.get(type="webauthn").pk
    hers = api(charlie)
    token = fresh(hers, password=password)
    assert post(hers, f"mfa/passkeys/{pk}/remove", token=token).status_code == 404


def test_a_passkey_is_removed(alice_api, password):
    made = add_passkey(alice_api, password, Passkey())
    token = fresh(alice_api, password=password)
    address = f"mfa/passkeys/{made.data['id']}/remove"
    assert post(alice_api, address, token=token).status_code == 204
    assert alice_api.get("/api/auth/mfa").data["passkeys"] == []


JUNK = [
    None, 1, "x", [], {}, {"id": 1}, {"response": 1}, {"response": {"userHandle": 1}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "!!"}},
    {"response": {"userHandle": "AA", "clientDataJSON": "e30", "authenticatorData": "AA",
                  "signature": "AA"}, "id": "AA", "rawId": "AA", "type": "public-key"},
    {"response": {"clientDataJSON": "e30", "attestationObject": "AA"}, "rawId": "AA", "id": "AA"},
]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=str)
def test_junk_for_a_passkey_is_the_senders_fault(alice_api, api, alice, password, junk):
    token = post(api(), "passkey/options").data["token"]
    assert post(api(), "passkey", token=token, credential=junk).status_code == 400
    mine = post(alice_api, "mfa/passkeys/options", token=fresh(alice_api, password=password))
    answer = post(alice_api, "mfa/passkeys", token=mine.data["token"], credential=junk)
    assert answer.status_code == 400
    assert not Authenticator.objects.exists()


def test_a_mailed_code_is_followed_by_the_second_step(api, alice):
    from accounts.tests.mails import code_to

    secret = give_app(alice)
    token = post(api(), "login/code", email=alice.email).data["token"]
    second = post(api(), "verify-otp", token=token, code=code_to(alice.email))
    assert (second.status_code, second.data["next"]) == (202, "mfa")
    done = post(api(), "mfa/authenticate", token=second.data["token"], code=code_of(secret))
    assert sorted(done.data) == ["access", "refresh"]
