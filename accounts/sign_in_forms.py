"""Parsing only: what the pages of signing up and in accept. allauth's views are given these."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    ConfirmPasswordResetCodeForm,
    ReauthenticateForm,
)
from allauth.account.internal import flows
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core import context
from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.core.contacts import PHONE_HELP
from accounts.forms import new_password_field
from accounts.services import codes, registration, sign_in
from accounts.services.brake import TooManyTries
from accounts.services.factor_forms import code_field
from foundation.lib.errors import BadInput


def email_field() -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    return forms.EmailField(label="Email", max_length=254, widget=widget)


def password_field() -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label="Password", strip=False, max_length=1000, widget=widget)


class SignInForm(forms.Form):
    email = email_field()
    password = password_field()

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.request = request

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            user = get_adapter().authenticate(self.request, **cleaned)
        except TooManyTries as refusal:
            raise forms.ValidationError(refusal.message, code="throttled") from None
        if user is None:
            raise forms.ValidationError(sign_in.REFUSED)
        self.user = user
        return cleaned

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        login = Login(user=self.user, email=self.user.email, redirect_url=redirect_url)
        answer: HttpResponseBase = flows.login.perform_password_login(
            request, self.cleaned_data, login
        )
        return answer


class SignUpForm(forms.Form):
    email = email_field()
    by_passkey = False

    def clean_email(self) -> str:
        try:
            return registration.clean_address(self.cleaned_data["email"])
        except BadInput as fault:
            raise forms.ValidationError(fault.message) from None

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponseBase]:
        target = get_next_redirect_url(request)
        return None, registration.begin(request, self.cleaned_data["email"], target)


class CompleteForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=registration.NAME_CHARS_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password = new_password_field("Password", "Eight characters or more; a sentence is best.")
    phone = forms.CharField(
        label="Telephone",
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=f"If you like. It {PHONE_HELP}.",
    )
    referral_code = forms.CharField(
        label="Referral code", required=False, max_length=20, help_text="If somebody gave you one."
    )


class _Code:
    """A try at a mailed code, with the brake before it."""

    def clean_code(self) -> str:
        try:
            attempt = codes.attempt(context.request)
        except TooManyTries as refusal:
            raise forms.ValidationError(refusal.message, code="throttled") from None
        code: str = super().clean_code()  # type: ignore[misc] # of the form beside it
        attempt.succeeded()
        return code


class EmailCodeForm(_Code, ConfirmEmailVerificationCodeForm):
    code = code_field()


class SignInCodeForm(_Code, ConfirmLoginCodeForm):
    code = code_field()


class ResetCodeForm(_Code, ConfirmPasswordResetCodeForm):
    code = code_field()


class AgainForm(ReauthenticateForm):
    password = password_field()

    def clean_password(self) -> str:
        try:
            password: str = super().clean_password()
        except TooManyTries as refusal:
            raise forms.ValidationError(refusal.message, code="throttled") from None
        return password
