"""Second factors over REST, by allauth's flows: used at signing in, set up and removed.

Inside `steps.step`. What changes a factor needs a step that `again` has made fresh.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.internal.flows.reauthentication import (
    get_reauthentication_flows,
    raise_if_reauthentication_required,
)
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.flows import activate_totp, deactivate_totp
from allauth.mfa.webauthn.internal import auth as webauthn
from allauth.mfa.webauthn.internal import flows as passkeys
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpRequest

from accounts.models import User
from accounts.services import factor_forms
from accounts.services.brake import TooManyTries
from accounts.services.codes import CodeRefused
from accounts.services.steps import NotFresh, StepEnded, passed
from foundation.lib.errors import BadInput, Conflict, FieldFault, NotFound

T = Authenticator.Type


def _check(form: Form) -> None:
    """CodeRefused, TooManyTries or BadInput for a form of allauth's that is not valid."""
    if form.is_valid():
        return
    found = [(path, fault) for path, some in form.errors.as_data().items() for fault in some]
    words = [FieldFault(path, " ".join(fault.messages)) for path, fault in found]
    kinds = {fault.code for _, fault in found}
    if "throttled" in kinds:
        raise TooManyTries(words[0].message)
    if "incorrect_code" in kinds:
        raise CodeRefused(words[0].message, words)
    raise BadInput(words[0].message, words)


def _stage(request: HttpRequest) -> Any:
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or stage.login.user is None:
        raise StepEnded("This step has ended. Start again.")
    return stage


def pass_code(request: HttpRequest, code: str) -> None:
    """The second step of signing in, by a code of the app or a recovery code."""
    stage = _stage(request)
    form = factor_forms.FactorForm({"code": code}, user=stage.login.user)
    _check(form)
    form.save()
    passed(stage.exit())


def begin_passkey_step(request: HttpRequest) -> dict[str, Any]:
    """What the second step asks of the device: WebAuthn's request options."""
    return dict(webauthn.begin_authentication(_stage(request).login.user))


def pass_passkey(request: HttpRequest, credential: Any) -> None:
    stage = _stage(request)
    form = factor_forms.FactorPasskeyForm({"credential": credential}, user=stage.login.user)
    _check(form)
    form.save()
    passed(stage.exit())


def begin_passkey_sign_in() -> dict[str, Any]:
    return dict(webauthn.begin_authentication())


def sign_in_by_passkey(request: HttpRequest, credential: Any) -> None:
    """A passkey that asked for a PIN or a finger stands for password and second factor."""
    form = factor_forms.PasskeySignInForm({"credential": credential})
    _check(form)
    authenticator = form.cleaned_data["credential"]
    login = Login(user=authenticator.user)
    passed(passkeys.perform_passwordless_login(request, authenticator, login))


def again(request: HttpRequest, user: User, *, password: str = "", code: str = "") -> None:
    """Make the step fresh: the password, or a code of a second factor."""
    if password and get_adapter().reauthenticate(user, password):
        flows.reauthentication.reauthenticate_by_password(request)
    elif code:
        form = factor_forms.FactorAgainForm({"code": code}, user=user)
        _check(form)
        form.save()
    elif password or get_reauthentication_flows(user):
        raise NotFresh("The password is wrong." if password else "Send the password or a code.")


def state(user: User) -> dict[str, Any]:
    """What the user has set up."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = [row.wrap().get_unused_codes() for row in rows if row.type == T.RECOVERY_CODES]
    return {
        "totp": any(row.type == T.TOTP for row in rows),
        "passkeys": [passkey(row) for row in rows if row.type == T.WEBAUTHN],
        "recovery_codes_left": sum(len(some) for some in codes),
    }


def passkey(row: Authenticator) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.wrap().name,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
    }


def begin_totp(request: HttpRequest, user: User) -> tuple[str, str]:
    """(secret, otpauth address) of an app that is not set up before its first code."""
    raise_if_reauthentication_required(request, app="allauth.mfa")
    if Authenticator.objects.filter(user=user, type=T.TOTP).exists():
        raise Conflict("An authenticator app is set up already. Remove it first.")
    secret = totp.get_totp_secret(regenerate=True)
    return secret, get_mfa_adapter().build_totp_url(user, secret)


def set_up_totp(request: HttpRequest, user: User, code: str) -> list[str]:
    """The app's first code sets it up. Recovery codes, if these are the first."""
    raise_if_reauthentication_required(request, app="allauth.mfa")
    form = factor_forms.ActivateTotpForm({"code": code}, user=user)
    _check(form)
    try:
        with transaction.atomic():
            _, codes = activate_totp(request, form)
    except IntegrityError:
        raise Conflict("An authenticator app is set up already. Remove it first.") from None
    return codes.wrap().get_unused_codes() if codes else []


def remove_totp(request: HttpRequest, user: User) -> None:
    row = Authenticator.objects.filter(user=user, type=T.TOTP).first()
    if row is None:
        raise NotFound("No authenticator app is set up.")
    _check_removable(row)
    deactivate_totp(request, row)


def new_recovery_codes(request: HttpRequest, user: User) -> list[str]:
    """Ten; the former ones are void. Conflict without another factor."""
    raise_if_reauthentication_required(request, app="allauth.mfa")
    if not Authenticator.objects.filter(user=user).exclude(type=T.RECOVERY_CODES).exists():
        raise Conflict("Set up an authenticator app or a passkey first.")
    codes: list[str] = generate_recovery_codes(request).wrap().get_unused_codes()
    return codes


def begin_passkey(request: HttpRequest, user: User, passwordless: bool) -> dict[str, Any]:
    """What setting up asks of the device: WebAuthn's creation options."""
    return dict(passkeys.begin_registration(request, user, passwordless))


def add_passkey(
    request: HttpRequest, user: User, name: str, credential: Any
) -> tuple[Authenticator, list[str]]:
    """The passkey, and recovery codes if these are the first."""
    raise_if_reauthentication_required(request, app="allauth.mfa")
    form = factor_forms.AddPasskeyForm({"name": name, "credential": credential}, user=user)
    _check(form)
    row, codes = passkeys.add_authenticator(
        request, name=form.cleaned_data["name"], credential=form.cleaned_data["credential"]
    )
    return row, codes.wrap().get_unused_codes() if codes else []


def remove_passkey(request: HttpRequest, user: User, passkey_id: int) -> None:
    row = Authenticator.objects.filter(user=user, type=T.WEBAUTHN, pk=passkey_id).first()
    if row is None:
        raise NotFound("There is no such passkey.")
    _check_removable(row)
    passkeys.remove_authenticator(request, row)


def _check_removable(row: Authenticator) -> None:
    adapter = get_mfa_adapter()
    if not adapter.can_delete_authenticator(row):
        raise Conflict(str(adapter.error_messages["cannot_delete_authenticator"]))
