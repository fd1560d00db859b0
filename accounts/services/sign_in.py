"""Signing in and out: by page session for people, by JWT for programs."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.models import User
from accounts.services import mfa
from accounts.services.brake import Attempt
from foundation.lib.errors import AppError, BadInput, FieldFault

# Longer ones are refused unread: hashing a megabyte is work that a stranger should not order.
PASSWORD_CHARS_MAX = 256


REFUSED = "Email or password is wrong."


class SignInRefused(AppError):
    """One answer for every reason: unknown address, wrong password, closed account."""

    code, status = "sign_in_refused", 401


class TokenRefused(AppError):
    """The refresh token is forged, expired, used before, or from before a change of password."""

    code, status = "token_refused", 401


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str


def verify(*, email: str, password: str, origin: str) -> User:
    """The user with this address and password; SignInRefused or TooManyTries if not.

    origin: where the try comes from (`throttles.client_ip(request)`).
    """
    attempt = Attempt.count(email, origin)
    # The hash is computed for unknown addresses too, so that time tells nothing.
    user = authenticate(None, email=email.strip(), password=password[:PASSWORD_CHARS_MAX])
    if not isinstance(user, User) or len(password) > PASSWORD_CHARS_MAX:
        raise SignInRefused(REFUSED)
    attempt.succeeded()
    return user


def check_password_length(password: str) -> None:
    if len(password) > PASSWORD_CHARS_MAX:
        raise ValidationError(f"must have at most {PASSWORD_CHARS_MAX} characters")


def close_session(request: HttpRequest) -> None:
    """Sign out on a page; the session's row is deleted."""
    logout(request)


def tokens_for(user: User) -> Tokens:
    """For a program whose user has passed every step: access, and a refresh good for one use."""
    mfa.require_of_staff(user)
    refresh = RefreshToken.for_user(user)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))


@transaction.atomic
def refresh_tokens(*, refresh: str) -> Tokens:
    """New tokens for a refresh token, which is spent by it. Of two uses at once one wins."""
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type] # its stubs want a Token, it takes text
        user = JWTAuthentication().get_user(token)  # open account, present password
    except (TokenError, AuthenticationFailed) as error:
        raise TokenRefused("Sign in again.") from error
    if not isinstance(user, User) or not _spend(token):
        raise TokenRefused("Sign in again.")
    return tokens_for(user)


def revoke(*, refresh: str, user: User) -> None:
    """Sign a program out. A token that is no longer good is already signed out."""
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type] # its stubs want a Token, it takes text
    except TokenError:
        return
    if str(token.payload.get("user_id")) == str(user.pk):
        _spend(token)


def change_password(
    *, user: User, current: str, new: str, origin: str, request: HttpRequest | None = None
) -> None:
    """Every other session and token of the user ends; `request`'s own session goes on."""
    attempt = Attempt.count(user.email, origin)
    if not user.check_password(current[:PASSWORD_CHARS_MAX]):
        fault = FieldFault("current_password", "is wrong")
        raise BadInput("The current password is wrong.", [fault])
    attempt.succeeded()
    try:
        check_password_length(new)
        validate_password(new, user)
    except ValidationError as error:
        faults = [FieldFault("new_password", message) for message in error.messages]
        raise BadInput(error.messages[0], faults) from error
    user.set_password(new)
    user.save(update_fields=["password"])
    if request is not None and hasattr(request, "session"):
        update_session_auth_hash(request, user)


def _spend(token: RefreshToken) -> bool:
    """Blacklist a token; False if it was already. The unique row decides between two at once."""
    row = OutstandingToken.objects.filter(jti=token.payload["jti"]).first()
    if row is None:
        return False
    _, is_new = BlacklistedToken.objects.get_or_create(token=row)
    return is_new
