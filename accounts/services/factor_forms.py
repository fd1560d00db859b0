"""allauth's forms of second factors, with our brake before them; a TOTP code is good once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache

from accounts.services.adapters import WRONG_CODE
from accounts.services.brake import Attempt, TooManyTries
from foundation.edge.throttles import client_ip

CODE_S = 120  # longer than any code is accepted, the tolerance of a step on both sides included
CODE_CHARS_MAX = 40


def code_field() -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "autofocus": True, "inputmode": "numeric"}
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(label="Code", max_length=CODE_CHARS_MAX, widget=widget)


@contextmanager
def braked(user: Any) -> Iterator[None]:
    """A try at a second factor. Its counter is its own: a known password does not reset it."""
    try:
        attempt = Attempt.count(f"mfa:{user.pk}", client_ip(context.request))
    except TooManyTries as refusal:
        raise forms.ValidationError(refusal.message, code="throttled") from None
    yield
    attempt.succeeded()


def use_once(user: Any, code: str) -> None:
    if not cache.add(f"totp-used:{user.pk}:{normalize_user_code(code)}", 1, CODE_S):
        raise forms.ValidationError(WRONG_CODE, code="incorrect_code")


class FactorForm(AuthenticateForm):
    code = code_field()

    def clean_code(self) -> str:
        with braked(self.user):
            code: str = super().clean_code()
            if self.authenticator.type == Authenticator.Type.TOTP:
                use_once(self.user, code)
        return code


class FactorAgainForm(ReauthenticateForm):
    code = code_field()

    def clean_code(self) -> str:
        with braked(self.user):
            code: str = super().clean_code()
            if self.authenticator.type == Authenticator.Type.TOTP:
                use_once(self.user, code)
        return code


class ActivateTotpForm(ActivateTOTPForm):
    code = code_field()

    def clean_code(self) -> str:
        with braked(self.user):
            code: str = super().clean_code()
            use_once(self.user, code)
        return code
