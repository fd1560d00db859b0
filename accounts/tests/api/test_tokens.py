"""Tokens of programs: forged ones open nothing, a copied one ends its family, keys are rotated."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import call_command
from django.db import connection

from accounts.core.jwt_keys import SigningKey, new_key
from accounts.models import AuditLog, Notification, NotificationChannel, SignIn, User
from accounts.services import jwt_keys, tokens
from foundation.lib import clock

pytestmark = pytest.mark.django_db
ME = "/api/auth/me"
SPENT = {"code": "token_refused", "message": "Sign in again."}


def bearer(api: Any, token: str) -> Any:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def opens(api: Any, token: str) -> bool:
    return bool(bearer(api, token).get(ME).status_code == 200)


def refreshed(api: Any, token: str) -> Any:
    return api().post("/api/auth/refresh", {"refresh": token})


# Forged tokens ---------------------------------------------------------------------------------


def part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(head: Any, body: Any, key: SigningKey) -> str:
    """Signed properly, whatever it says: what our own key would make of these parts."""
    text = f"{part(head)}.{part(body)}"
    signature = key.private.sign(text.encode(), PKCS1v15(), SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_secret(head: Any, body: Any, secret: bytes) -> str:
    text = f"{part(head)}.{part(body)}"
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def forged(made: tokens.Tokens) -> dict[str, str]:
    """Name -> a token that must open nothing. `key` is our own, `other` somebody else's."""
    key, other = jwt_keys.signing_key(), new_key()
    head, body = jwt.get_unverified_header(made.access), claims(made.access)
    now = int(clock.now().timestamp())
    first, second, signature = made.access.split(".")
    pem = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    twice = json.dumps(body)[:-1] + ', "sub": "1"}'
    kid = head["kid"]

    def ours(**changes: Any) -> str:
        return signed(head, {k: v for k, v in (body | changes).items() if v is not None}, key)

    return {
        "alg none": f"{part(head | {'alg': 'none'})}.{second}.",
        "alg None, with the signature": f"{part(head | {'alg': 'None'})}.{second}.{signature}",
        "HS256 with the public key as PEM": by_secret(head | {"alg": "HS256"}, body, pem),
        "HS256 with the public key as DER": by_secret(head | {"alg": "HS256"}, body, der),
        "another algorithm of the same key": signed(head | {"alg": "RS512"}, body, key),
        "wrong kid": signed(head | {"kid": other.kid}, body, other),
        "our kid, another key": signed(head, body, other),
        "no kid": signed({k: v for k, v in head.items() if k != "kid"}, body, key),
        "kid is a path": signed(head | {"kid": f"../../jwt_keys/{kid}"}, body, other),
        "kid is a query": signed(head | {"kid": f"{kid}' OR '1'='1"}, body, other),
        "kid is a list": signed(head | {"kid": [kid]}, body, key),
        "jku": signed(head | {"jku": "https://evil.example/jwks.json"}, body, other),
        "jku, signed by us": signed(head | {"jku": "https://evil.example"}, body, key),
        "jwk in the header": signed(head | {"jwk": other.jwk(), "kid": other.kid}, body, other),
        "crit": signed(head | {"crit": ["b64"], "b64": False}, body, key),
        "expired": ours(exp=now - 1),
        "not yet": ours(nbf=now + 60),
        "made in the future": ours(iat=now + 600),
        "never expires": ours(exp=None),
        "exp is text": ours(exp="tomorrow"),
        "exp is endless": signed(head, json.dumps(body).replace(str(body["exp"]), "1e999"), key),
        "wrong audience": ours(aud="elsewhere"),
        "no audience": ours(aud=None),
        "other service's issuer": ours(iss="https://other.example"),
        "refresh as access": made.refresh,
        "refresh that says it is access": ours(token_type="sliding"),
        "no type": ours(token_type=None),
        "empty signature": f"{first}.{second}.",
        "signature of another": f"{first}.{second}.{made.refresh.split('.')[2]}",
        "duplicate claims": signed(head, twice, key),
        "duplicate header": signed(json.dumps(head)[:-1] + ', "alg": "RS256"}', body, key),
        "body is a list": signed(head, [body], key),
        "another user": ours(sub="999999"),
        "a user as number": ours(sub=1),
        "no user": ours(sub=None),
        "another sign-in": ours(sid=2**40),
        "sign-in out of range": ours(sid=2**80),
        "sign-in is text": ours(sid="1"),
        "four parts": f"{made.access}.x",
        "not ASCII": "é.é.é",
        "garbage": "a.b.c",
    }


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_a_forged_token_opens_nothing(api: Any, alice: User) -> None:
    made = tokens.issue(user=alice)
    assert opens(api, made.access)
    found = forged(made)
    assert len(found) >= 12
    answers = {}
    for name, token in found.items():
        answer = bearer(api, token).get(ME)
        answers[name] = answer.status_code
        assert answer.json()["error"]["code"] == "not_authenticated"
    assert answers == dict.fromkeys(answers, 401)


def test_an_access_token_and_a_forged_one_refresh_nothing(api: Any, alice: User) -> None:
    made = tokens.issue(user=alice)
    key, body = jwt_keys.signing_key(), claims(made.refresh)
    head = jwt.get_unverified_header(made.refresh)
    for token in (
        made.access,
        signed(head, body, new_key()),
        signed(head, body | {"aud": "elsewhere"}, key),
        signed(head, body | {"sub": "999999"}, key),
        "a.b.c",
    ):
        assert refreshed(api, token).status_code == 401
    assert refreshed(api, made.refresh).status_code == 200


# Families --------------------------------------------------------------------------------------


@pytest.fixture
def channel(alice: User) -> NotificationChannel:
    return NotificationChannel.objects.create(
        owner=alice, name="mail", url="json://x", shown="x", kinds=["security"]
    )


def test_a_reused_refresh_token_ends_its_family(
    api: Any, alice: User, channel: NotificationChannel
) -> None:
    stolen, other = tokens.issue(user=alice), tokens.issue(user=alice)
    thief = refreshed(api, stolen.refresh).data
    thief = refreshed(api, thief["refresh"]).data
    assert opens(api, thief["access"])
    answer = refreshed(api, stolen.refresh)  # the owner, with the one that was copied
    assert answer.status_code == 401
    assert {k: answer.json()["error"][k] for k in SPENT} == SPENT
    for token in (thief["access"], stolen.access):
        assert not opens(api, token)
    assert refreshed(api, thief["refresh"]).status_code == 401
    assert opens(api, other.access)  # another sign-in of the same user
    told = Notification.objects.get(channel=channel)
    assert (told.kind, told.title) == ("security", "A token was used twice")
    assert AuditLog.objects.filter(action="token.reused", actor_id=alice.pk).count() == 1


def test_signing_out_ends_the_family(api: Any, alice: User, charlie: User) -> None:
    made = tokens.issue(user=alice)
    stranger = bearer(api, tokens.issue(user=charlie).access)
    assert stranger.post("/api/auth/logout", {"refresh": made.refresh}).status_code == 204
    assert opens(api, made.access)
    client = bearer(api, made.access)
    assert client.post("/api/auth/logout", {"refresh": made.refresh}).status_code == 204
    assert not opens(api, made.access)
    assert refreshed(api, made.refresh).status_code == 401


ENDINGS: dict[str, Callable[[User], Any]] = {
    "a new password": lambda user: (user.set_password("another long secret"), user.save()),
    "a suspension": lambda user: (setattr(user, "is_active", False), user.save()),
    "its deletion": lambda user: user.delete(),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_tokens_end_with(api: Any, alice: User, name: str) -> None:
    made = tokens.issue(user=alice)
    assert opens(api, made.access)
    ENDINGS[name](alice)
    assert not opens(api, made.access)
    assert refreshed(api, made.refresh).status_code == 401


def test_a_reopened_account_does_not_revive_its_tokens(api: Any, alice: User) -> None:
    made = tokens.issue(user=alice)
    for is_active in (False, True):
        alice.is_active = is_active
        alice.save()
    assert not opens(api, made.access)


def test_a_family_ends_in_the_end_however_often_it_is_refreshed(api: Any, alice: User) -> None:
    made = tokens.issue(user=alice)
    row = SignIn.objects.get()
    row.made_at -= tokens.FAMILY_AGE_MAX - timedelta(days=1)
    row.save()
    fresh = refreshed(api, made.refresh).data["refresh"]
    left = claims(fresh)["exp"] - clock.now().timestamp()
    assert 0 < left <= 86_400


def test_a_token_is_checked_by_two_queries(
    api: Any, alice: User, django_assert_num_queries: Any
) -> None:
    client = bearer(api, tokens.issue(user=alice).access)
    with django_assert_num_queries(2):  # the sign-in with its user, the preferences
        assert client.get(ME).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_uses_at_once_one_is_a_reuse(api: Any, alice: User) -> None:
    made = tokens.issue(user=alice)

    def use(_: int) -> int:
        try:
            return int(refreshed(api, made.refresh).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, range(2))) == [200, 401]
    assert SignIn.objects.get().ended_why == "reused token"


# Keys ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Any) -> Any:
    settings.JWT_PRIVATE_KEYS, settings.JWT_KEYS_FOLDER = "", tmp_path / "keys"
    return settings.JWT_KEYS_FOLDER


def rotate() -> str:
    told = io.StringIO()
    call_command("rotate_jwt_keys", stdout=told, stderr=io.StringIO())
    return told.getvalue()


def test_after_a_rotation_two_keys_are_good_and_after_another_the_first_is_not(
    api: Any, alice: User, folder: Any
) -> None:
    first = tokens.issue(user=alice).access
    assert "2 are good" in rotate()
    second = tokens.issue(user=alice).access
    kids = [jwt.get_unverified_header(one)["kid"] for one in (first, second)]
    assert len(set(kids)) == 2
    assert opens(api, first) and opens(api, second)
    published = api().get("/api/auth/jwks")
    assert [one["kid"] for one in published.data["keys"]] == kids[::-1]
    rotate()
    assert not opens(api, first) and opens(api, second)
    assert len(list(folder.iterdir())) == 2
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_what_is_published_checks_our_tokens_and_is_public_only(api: Any, alice: User) -> None:
    token = tokens.issue(user=alice).access
    for address in ("/api/auth/jwks", "/.well-known/jwks.json"):
        answer = api().get(address)
        assert "max-age" in answer.headers["Cache-Control"]
        keys = jwt.PyJWKSet.from_dict(answer.json())
        key = keys[jwt.get_unverified_header(token)["kid"]]
        read = jwt.decode(token, key, ["RS256"], audience="cryptobot-api", issuer="cryptobot")
        assert read["sub"] == str(alice.pk)
        for one in answer.json()["keys"]:
            assert sorted(one) == ["alg", "e", "kid", "kty", "n", "use"]


def test_keys_of_the_environment_are_told_not_kept(settings: Any, folder: Any) -> None:
    former = new_key()
    settings.JWT_PRIVATE_KEYS = former.written()
    told = rotate().strip()
    assert told.startswith("JWT_PRIVATE_KEYS=") and told.endswith(f",{former.written()}")
    settings.JWT_PRIVATE_KEYS = told.partition("=")[2]
    assert list(jwt_keys.ring())[1] == former.kid
    assert not folder.exists()
    assert former.written() not in repr(former)
