"""Signing in and out: by page session for people, by JWT for programs."""

from __future__ import annotations

from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.services import audit, sign_ins
from accounts.services.brake import Attempt
from foundation.lib.errors import AppError, BadInput, FieldFault

# Longer ones are refused unread: hashing a megabyte is work that a stranger should not order.
PASSWORD_CHARS_MAX = 256


REFUSED = "Email or password is wrong."


class SignInRefused(AppError):
    """One answer for every reason: unknown address, wrong password, closed account."""

    code, status = "sign_in_refused", 401


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
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        here = sign_ins.of_request(request) if request is not None else None
        sign_ins.end_all(user=user, why="new password", but=here)
        audit.record(user, "password.changed", user, request=request)
    if request is not None and hasattr(request, "session"):
        update_session_auth_hash(request, user)
