"""Signing up: an address, the code that proves it, then name and password."""

from __future__ import annotations

from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginStageController
from allauth.account.utils import setup_user_email
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.core import contacts
from accounts.models import User
from accounts.services import audit, referrals, system_settings
from accounts.services.stages import REGISTRATION_KEY
from accounts.services.steps import StepEnded
from foundation.lib.errors import AppError, BadInput, FieldFault
from foundation.lib.steady import at_least

NAME_CHARS_MAX = contacts.NAME_CHARS_MAX
BEGIN_S_MIN = 0.15  # making an account takes some 15 ms longer than finding that there is one
FAULTY = "The registration has a fault."


class SignUpClosed(AppError):
    """An admin has closed it by the setting sign_up_open; who has an account signs in as ever."""

    code, status = "sign_up_closed", 403


def is_open() -> bool:
    return bool(system_settings.read("sign_up_open"))


def require_open() -> None:
    if not is_open():
        raise SignUpClosed("Nobody new can sign up at present.")


def begin(request: HttpRequest, email: str, redirect_url: str | None = None) -> HttpResponseBase:
    """Mail a code to the address; to one that has an account already, a mail that says so.

    Both look alike to whoever asks, and take as long. Nobody can use the account before
    `complete`. redirect_url: the page of this site to go to then.
    """
    require_open()
    email = clean_address(email)
    with at_least(BEGIN_S_MIN):
        return _begin(request, email, redirect_url)


def _begin(request: HttpRequest, email: str, redirect_url: str | None) -> HttpResponseBase:
    user = User.objects.filter(email=email).first() or _open(email)
    if not user.registration_open:
        return cast(HttpResponseBase, flows.signup.prevent_enumeration(request, email=email))
    if not EmailAddress.objects.filter(user=user).exists():
        setup_user_email(request, user, [EmailAddress(email=email)])
    answer = flows.signup.complete_signup(request, user=user, redirect_url=redirect_url)
    return cast(HttpResponseBase, answer)


def clean_address(email: str, path: str = "email") -> str:
    """In lower case; BadInput that names the fault."""
    email = email.strip().lower()
    try:
        validate_email(email)
        fault = contacts.email_fault(email)
    except ValidationError:
        fault = contacts.email_fault(email) or "is not an email address"
    if not fault and len(email) > contacts.EMAIL_CHARS_MAX:
        fault = f"must have at most {contacts.EMAIL_CHARS_MAX} characters"
    if fault:
        raise BadInput(f"The address {fault}.", [FieldFault(path, fault)])
    return email


def _open(email: str) -> User:
    """A new account that is not finished. Of two at once one makes it, both go on with it."""
    try:
        with transaction.atomic():
            return User.objects.create_user(email, registration_open=True)
    except IntegrityError:
        return User.objects.get(email=email)


def complete(
    request: HttpRequest, *, name: str, password: str, phone: str = "", referral_code: str = ""
) -> HttpResponseBase:
    """Finish the account and go on with signing in; every fault is told at once."""
    stage = LoginStageController.enter(request, REGISTRATION_KEY)
    if stage is None or not stage.login.user:
        raise StepEnded("This registration has ended. Start again.")
    user = stage.login.user
    assert isinstance(user, User)
    found: list[FieldFault] = []
    try:
        user.name = contacts.clean_name(name)
    except ValueError as fault:
        found.append(FieldFault("name", str(fault)))
    try:
        user.phone = contacts.clean_phone(phone)
    except ValueError as fault:
        found.append(FieldFault("phone", str(fault)))
    referrer = referrals.user_of(referral_code) if referral_code.strip() else _linked(request, user)
    if referral_code.strip() and (referrer is None or referrer == user):
        found.append(FieldFault("referral_code", "is nobody's; leave it out if you have none"))
    found += _password_faults(password, user)
    if found:
        raise BadInput(FAULTY, found)
    _close(user, password, referrer)
    return cast(HttpResponseBase, stage.exit())


def _linked(request: HttpRequest, user: User) -> User | None:
    """Whose link brought this browser here; one that leads to nobody is no fault of the person."""
    code = request.COOKIES.get(referrals.COOKIE, "")
    referrer = referrals.user_of(code) if code else None
    return None if referrer == user else referrer


def _password_faults(password: str, user: User) -> list[FieldFault]:
    try:
        get_adapter().clean_password(password, user)
    except ValidationError as error:
        return [FieldFault("password", message) for message in error.messages]
    return []


@transaction.atomic
def _close(user: User, password: str, referrer: User | None) -> None:
    """Once: of two who finish the same registration, the second finds it finished."""
    still_open = User.objects.select_for_update().filter(pk=user.pk, registration_open=True)
    if not still_open.exists():
        raise StepEnded("This registration is finished. Sign in.")
    user.set_password(password)
    user.registration_open, user.referred_by = False, referrer
    user.save(update_fields=["name", "phone", "password", "registration_open", "referred_by"])
    if referrer:
        audit.record(user, "referral.set", user, after={"referred_by": referrer.pk})
