"""allauth's forms of second factors, with our brake before them; a TOTP code is good once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal.auth import parse_authentication_response
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


def code_once(form: Any, clean: Callable[[], str]) -> str:
    """What allauth's form makes of a code of the app, which is then used up, or a recovery code."""
    with braked(form.user):
        code = clean()
        if form.authenticator.type == Authenticator.Type.TOTP:
            use_once(form.user, code)
    return code


class FactorForm(AuthenticateForm):
    code = code_field()

    def clean_code(self) -> str:
        return code_once(self, super().clean_code)


class FactorAgainForm(ReauthenticateForm):
    code = code_field()

    def clean_code(self) -> str:
        return code_once(self, super().clean_code)


class ActivateTotpForm(ActivateTOTPForm):
    code = code_field()

    def clean_code(self) -> str:
        with braked(self.user):
            code: str = super().clean_code()
            use_once(self.user, code)
        return code


NO_PASSKEY = "The passkey's answer cannot be read, or is not for this request."


@contextmanager
def readable() -> Iterator[None]:
    """Whatever a stranger sends as a passkey's answer is a fault of the form, not of ours."""
    try:
        yield
    except (forms.ValidationError, TooManyTries):
        raise
    except Exception:  # the parsers of CBOR, COSE and base64 below raise whatever they like
        raise forms.ValidationError(NO_PASSKEY, code="incorrect_code") from None


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label="Name", required=False, max_length=60, help_text="As you call it, e.g. My phone."
    )

    def clean(self) -> dict[str, Any]:
        with readable():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class FactorPasskeyForm(AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        with readable():
            return super().clean_credential()


class PasskeyAgainForm(ReauthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        with readable():
            return super().clean_credential()


class PasskeySignInForm(LoginWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        with readable():
            given = parse_authentication_response(self.cleaned_data["credential"])
            # It stands for password and second factor: to hold it is not enough.
            if not given.response.authenticator_data.is_user_verified():
                raise forms.ValidationError(NO_PASSKEY, code="incorrect_code")
            return super().clean_credential()
