"""Tokens of programs: a short access token, and refresh tokens of which each is good once.

All that come of one sign-in are a family. A refresh token that comes a second time was copied by
somebody: nobody can tell which of the two is the owner, so the family ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db import transaction
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token
from typing_extensions import override

from accounts.core.jwt_keys import ALGORITHM
from accounts.models import SignIn, User
from accounts.selectors import sign_ins as selectors
from accounts.services import audit, jwt_keys, mfa, notifications, sign_ins
from accounts.services.notifications import News
from foundation.edge import publish, whereabouts
from foundation.lib import clock
from foundation.lib.errors import AppError

FAMILY_AGE_MAX = timedelta(days=90)  # then somebody signs in anew, however often it was refreshed
RULES: dict[str, Any] = dict(settings.SIMPLE_JWT)
REFRESH_AGE_MAX: timedelta = RULES["REFRESH_TOKEN_LIFETIME"]
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "jti", "sid", "token_type"]
HEADER = {"alg", "typ", "kid"}  # no jku, x5u, jwk or crit: keys come from nowhere but here
ID_MAX = 2**63


class TokenRefused(AppError):
    """The refresh token is forged, expired, used before, or from before a change of password."""

    code, status = "token_refused", 401


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str


class Backend(TokenBackend):
    """One algorithm, our own keys by `kid`, audience and issuer always, nothing said twice."""

    @override
    def encode(self, payload: dict[str, Any]) -> str:
        key = jwt_keys.signing_key()
        claims = payload | {"aud": self.audience, "iss": self.issuer}
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.kid})

    @override
    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims; TokenBackendError if anything is not exactly as `encode` makes it."""
        assert verify, "nobody reads a token unchecked"
        try:
            text = token.decode("ascii") if isinstance(token, bytes) else str(token)
            head, body, _ = text.split(".")
            kid = _header(head)["kid"]
            key = jwt_keys.ring()[kid]
            _object(body)
            return dict(
                jwt.decode(
                    text,
                    key.public,
                    algorithms=[ALGORITHM],
                    audience=self.audience,
                    issuer=self.issuer,
                    options={"require": REQUIRED},
                )
            )
        except (jwt.InvalidTokenError, ValueError, KeyError, TypeError, OverflowError) as error:
            raise TokenBackendError("Token is invalid") from error


def _header(text: str) -> dict[str, Any]:
    found = _object(text)
    if set(found) != HEADER or found["alg"] != ALGORITHM or not isinstance(found["kid"], str):
        raise ValueError("not a header of ours")
    return found


def _object(text: str) -> dict[str, Any]:
    """The JSON object of a part; ValueError if it is none or names something twice."""
    raw = jwt.utils.base64url_decode(text)
    found = json.loads(raw, object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


class OfFamily(Token):
    """sub: the user. sid: the sign-in it comes of."""

    _token_backend = Backend(ALGORITHM, audience=RULES["AUDIENCE"], issuer=RULES["ISSUER"])

    @classmethod
    def read(cls, text: Any) -> Any:
        """The token of its text; TokenError if it is not one of ours, of this type, and good."""
        return cls(text)

    @classmethod
    def of(cls, row: SignIn) -> Any:
        token = cls()
        token["sub"], token["sid"] = str(row.user_id), row.pk
        return token


class Access(OfFamily):
    token_type, lifetime = "access", RULES["ACCESS_TOKEN_LIFETIME"]


class Refresh(OfFamily):
    token_type, lifetime = "refresh", REFRESH_AGE_MAX


def issue(*, user: User, request: Any = None) -> Tokens:
    """For a program whose user has passed every step of signing in: a new family.

    MfaRequired for staff without a second factor.
    """
    mfa.require_of_staff(user)
    with transaction.atomic():
        row = sign_ins.begin(
            user=user, kind=SignIn.Kind.PROGRAM, lifetime=REFRESH_AGE_MAX, request=request
        )
        return _next(row)


def refresh(*, refresh: str) -> Tokens:
    """New tokens for a refresh token, which is spent by it; TokenRefused for any other."""
    try:
        token = Refresh.read(refresh)
    except TokenError as error:
        raise TokenRefused("Sign in again.") from error
    tokens = _turn(token)
    if tokens is None:
        raise TokenRefused("Sign in again.")
    return tokens


def revoke(*, refresh: str, user: User) -> None:
    """Sign a program out: its whole family. A token that is no longer good is out already."""
    try:
        row = family_of(Refresh.read(refresh))
    except TokenError:
        return
    if row is not None and row.user_id == user.pk and row.ended_at is None:
        with transaction.atomic():
            sign_ins.end_rows(SignIn.objects.filter(pk=row.pk), why="signed out")
            audit.record(user, "sign_out", user, before={"id": row.pk})


def family_of(token: Any, *, for_update: bool = False) -> SignIn | None:
    """The sign-in that a token comes of, with its user; None if they do not belong together."""
    number, owner = token["sid"], token["sub"]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < ID_MAX:
        return None
    rows = SignIn.objects.select_related("user").filter(pk=number, kind=SignIn.Kind.PROGRAM)
    row = (rows.select_for_update(of=("self",)) if for_update else rows).first()
    return row if row is not None and str(row.user_id) == owner else None


@transaction.atomic
def _turn(token: Any) -> Tokens | None:
    """Of two uses at once the row's lock lets one be first; the other finds the token used."""
    row = family_of(token, for_update=True)
    if row is None or not selectors.is_open(row):
        return None
    if row.current_jti != token["jti"]:
        _end_reused(row)
        return None
    mfa.require_of_staff(row.user)
    return _next(row)


def _next(row: SignIn) -> Tokens:
    now, where = clock.now(), whereabouts.of()
    token = Refresh.of(row)
    end = min(now + REFRESH_AGE_MAX, row.made_at + FAMILY_AGE_MAX)
    token["exp"] = int(end.timestamp())
    row.current_jti, row.last_used_at, row.expires_at = token["jti"], now, end
    if where.ip:
        row.ip, row.user_agent = where.ip, where.user_agent
    row.save(update_fields=["current_jti", "last_used_at", "expires_at", "ip", "user_agent"])
    return Tokens(access=str(Access.of(row)), refresh=str(token))


def _end_reused(row: SignIn) -> None:
    sign_ins.end_rows(SignIn.objects.filter(pk=row.pk), why="reused token")
    where = whereabouts.of()
    words = (
        "A refresh token of a program that you signed in came a second time, from "
        f"{where.ip or 'an unknown address'}. Somebody may have copied it, so that sign-in was "
        "ended. If it was not you, change your password."
    )
    news = News(row.user_id, "security", f"reused-{row.pk}", "A token was used twice", words)
    notifications.tell([news])
    publish.to_user(row.user_id, "notifications", {"kind": "security", "words": words})
    audit.record(row.user, "token.reused", row.user, before={"id": row.pk})
