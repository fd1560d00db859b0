"""Signing in and up in steps for programs, over REST: one signed token ties the steps together.

django-allauth's flows keep their state in a session. A program gets one of its own, in the cache,
that no cookie names: the token does. It holds no rights; who passes the last step gets JWTs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from allauth.account.internal.constants import LoginStageKey
from allauth.account.internal.stagekit import unstash_login
from allauth.core.exceptions import ImmediateHttpResponse, RateLimited, ReauthenticationRequired
from allauth.mfa.internal.constants import LoginStageKey as MfaStageKey
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.cache import SessionStore
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from accounts.services import tokens
from accounts.services.stages import REGISTRATION_KEY
from accounts.services.tokens import Tokens
from foundation.lib.errors import AppError

STEP_S = 15 * 60
SALT = "accounts.step"
VERIFY, FACTOR, COMPLETE = "verify_otp", "mfa", "complete_registration"
# allauth's stage -> what the program has to do next.
NEXT = {
    LoginStageKey.VERIFY_EMAIL.value: VERIFY,
    LoginStageKey.LOGIN_BY_CODE.value: VERIFY,
    MfaStageKey.MFA_AUTHENTICATE.value: FACTOR,
    REGISTRATION_KEY: COMPLETE,
}


class StepEnded(AppError):
    """The token is forged, too old, spent, or of another step."""

    code = "step_ended"


class NotFresh(AppError):
    """What guards the account changes only just after its owner has shown again who he is."""

    code, status = "reauthentication_required", 403


class TooManyCodes(AppError):
    """A code was sent a moment ago, or many have been: wait."""

    code, status = "throttled", 429


@dataclass(frozen=True, slots=True)
class Pending:
    """Not signed in yet. next: the step to take with the token; methods: ways to take it."""

    token: str
    next: str
    methods: tuple[str, ...] = ()
    expires_in_s: int = STEP_S


@contextmanager
def step(request: HttpRequest, token: str = "", user: User | None = None) -> Iterator[None]:
    """Inside, the request has the session of the token, or a new one; afterwards its own again."""
    before = request.session, request.user
    request.session = _session_of(token, user)
    request.user = user or AnonymousUser()
    try:
        yield
    except ImmediateHttpResponse as answered:
        passed(answered.response)
        raise
    except RateLimited:
        raise TooManyCodes(TOO_SOON) from None
    except ReauthenticationRequired:
        raise NotFresh("Show again that it is you: POST auth/mfa/reauthenticate.") from None
    finally:
        if request.session.modified and not request.session.is_empty():
            request.session.save()
        request.session, request.user = before
        # Signing in asks for a new CSRF cookie; a program has none.
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


TOO_SOON = "A code was sent a moment ago. Wait half a minute, then ask for another."


def _session_of(token: str, user: User | None) -> SessionStore:
    if not token:
        session = SessionStore()
        session["step_user"] = user.pk if user else None
        session.set_expiry(STEP_S)
        return session
    try:
        key = signing.loads(token, salt=SALT, max_age=STEP_S)
    except signing.BadSignature:
        raise StepEnded("This step has ended. Start again.") from None
    session = SessionStore(key)
    if session.get("step_user", 0) != (user.pk if user else None):
        raise StepEnded("This step has ended. Start again.")
    return session


def passed(response: HttpResponseBase | None) -> None:
    """allauth answers a page; of its answers only the refusal to send a mail concerns us."""
    if response is not None and response.status_code == TooManyCodes.status:
        raise TooManyCodes(TOO_SOON)


def token_of(request: HttpRequest) -> str:
    """For the next call; inside a step."""
    request.session.save()
    return signing.dumps(request.session.session_key, salt=SALT)


def pending_key(request: HttpRequest) -> str:
    """allauth's name of the stage that the login stands at; "" outside a login."""
    login = unstash_login(request, peek=True)
    return str(login.state.get("stages", {}).get("current", "")) if login else ""


def outcome(request: HttpRequest) -> Tokens | Pending:
    """What the caller is told after a step: tokens at the end, else the next step."""
    if isinstance(request.user, User):
        made = tokens.issue(user=request.user, request=request)
        request.session.flush()
        return made
    after = NEXT.get(pending_key(request))
    if after is None:
        raise StepEnded("This account cannot be used. Write to support.")
    return Pending(token_of(request), after, _methods(request) if after == FACTOR else ())


def _methods(request: HttpRequest) -> tuple[str, ...]:
    login = unstash_login(request, peek=True)
    assert login is not None
    factors = Authenticator.objects.filter(user=login.user)
    return tuple(sorted(factors.values_list("type", flat=True).distinct()))
