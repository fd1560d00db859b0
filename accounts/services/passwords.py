"""Forgotten passwords: a code to the address, then a new password; everything else ends."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.internal import flows
from allauth.core import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import User
from accounts.services import codes
from accounts.services.registration import clean_address
from accounts.services.steps import TOO_SOON, StepEnded, TooManyCodes
from foundation.lib.errors import BadInput, FieldFault


def forget(request: HttpRequest, email: str) -> None:
    """Mail a code; to an address without an account, a mail that says so. Inside a step."""
    email = clean_address(email)
    if not ratelimit.consume(request, action="reset_password", key=email):
        raise TooManyCodes(TOO_SOON)
    form = ResetPasswordForm({"email": email})
    assert form.is_valid(), "the address was checked"
    form.save(request)


def reset(request: HttpRequest, code: str, password: str) -> None:
    """A new password for whoever has the code. Sessions and tokens of the old one end.

    The code stays good while the password is refused, so that a weak one can be mended.
    """
    process = codes.confirm_reset(request, code)
    user = process.user
    if not isinstance(user, User) or not user.is_active:
        raise StepEnded(codes.ENDED)
    try:
        get_adapter().clean_password(password, user)
    except ValidationError as error:
        faults = [FieldFault("password", message) for message in error.messages]
        raise BadInput(error.messages[0], faults) from error
    flows.password_reset.reset_password(user, password)
    process.finish()
