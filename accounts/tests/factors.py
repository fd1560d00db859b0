"""Second factors for tests: an authenticator app in a row, and the codes that it shows."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.test import Client


def give_app(user: Any) -> str:
    """An authenticator app; its secret."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def give_recovery_codes(user: Any) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def code_of(secret: str) -> str:
    """What the app shows now."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, _now())))


def app_code(user: Any) -> str:
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return code_of(decrypt(row.data["secret"]))


def browser_of_admin(make_user: Any, password: str) -> Any:
    """Where an admin has just signed in by password and app; `.user` is the admin."""
    client: Any = Client(raise_request_exception=False)
    client.user = make_user("boss", role="admin", is_staff=True, is_superuser=True)
    client.post("/sign-in/", {"email": client.user.email, "password": password})
    client.post("/sign-in/second-factor/", {"code": app_code(client.user)})
    assert client.session["_auth_user_id"] == str(client.user.pk)
    return client


def wrong_code(secret: str) -> str:
    """One that no accepted step shows."""
    near = {totp.hotp_value(secret, _now() + step) for step in (-2, -1, 0, 1, 2)}
    return str(totp.format_hotp_value(next(n for n in range(10) if n not in near)))


def _now() -> int:
    *_, middle, _ = totp.yield_hotp_counters_from_time()
    return int(middle)
