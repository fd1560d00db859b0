"""Codes that were mailed: the brake stands before them, each is good once."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.email_verification_by_code import EmailVerificationProcess
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
    PasswordResetVerificationProcess,
)
from allauth.account.internal.stagekit import unstash_login
from allauth.account.stages import EmailVerificationStage, LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse, RateLimited
from allauth.core.internal.cryptokit import compare_user_code
from django.http import HttpRequest

from accounts.services.brake import Attempt
from accounts.services.steps import TOO_SOON, StepEnded, TooManyCodes, passed
from foundation.edge.throttles import client_ip
from foundation.lib.errors import AppError, FieldFault

ENDED = "This code has ended. Start again."


class CodeRefused(AppError):
    """Wrong, or used before; a few more tries are left."""

    code = "code_refused"


def attempt(request: HttpRequest) -> Attempt:
    """Count a try at the code that this session waits for; TooManyTries if there were many."""
    login = unstash_login(request, peek=True)
    reset = request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY) or {}
    address = (login.email if login else "") or reset.get("email") or "nobody"
    return Attempt.count(f"code:{address}", client_ip(request))


def confirm(request: HttpRequest, code: str) -> None:
    """Take the step that a mailed code opens; inside `steps.step`."""
    stage, process = _pending(request)
    _check(request, process, code)
    if isinstance(process, EmailVerificationProcess):
        if process.finish() is None:
            raise StepEnded(ENDED)
        passed(stage.exit())
    else:
        passed(process.finish(None))


def confirm_reset(request: HttpRequest, code: str) -> PasswordResetVerificationProcess:
    """The process of a forgotten password, once its code is right."""
    process = PasswordResetVerificationProcess.resume(request)
    if process is None:
        raise StepEnded(ENDED)
    if not process.state.get("code_confirmed"):
        _check(request, process, code)
        process.confirm_code()
    return process


def send_again(request: HttpRequest) -> None:
    """Another code; the one before it is void. Refused within half a minute, or after five."""
    _, process = _pending(request)
    if not process.can_resend:
        raise StepEnded("As many codes were sent as there may be. Start again.")
    before = dict(process.state)
    try:
        if isinstance(process, LoginCodeVerificationProcess):
            address = str(process.state["email"]).lower()
            ratelimit.consume(
                request, action="request_login_code", key=address, raise_exception=True
            )
        process.resend()
    except (ImmediateHttpResponse, RateLimited):
        # A code that was made and not sent must not replace the one that was.
        process.state.clear()
        process.state.update(before)
        raise TooManyCodes(TOO_SOON) from None


def _check(request: HttpRequest, process: Any, code: str) -> None:
    counted = attempt(request)
    if compare_user_code(actual=code, expected=process.code):
        counted.succeeded()
        return
    if not process.record_invalid_attempt():
        raise StepEnded("Too many wrong codes. Start again.")
    raise CodeRefused("The code is wrong.", [FieldFault("code", "is wrong")])


def _pending(request: HttpRequest) -> tuple[Any, Any]:
    """(stage, process) of a login that waits for a mailed code."""
    stage = LoginStageController.enter(request, EmailVerificationStage.key)
    process: Any = EmailVerificationProcess.resume(request) if stage else None
    if stage is None:
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        process = LoginCodeVerificationProcess.resume(stage) if stage else None
    if process is None:
        raise StepEnded(ENDED)
    return stage, process
