"""Tokens of programs: forged ones open nothing, a copied one ends its family, keys are rotated."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.core.management import call_command
from django.db import connection

from accounts.core.jwt_keys import new_key
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


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


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
