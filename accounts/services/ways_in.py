"""The ways in besides passkeys: by password, by a mailed code, by Google. Inside `steps.step`."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.helpers import complete_social_login
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.services.registration import clean_address
from accounts.services.sign_in import REFUSED, SignInRefused
from accounts.services.steps import TOO_SOON, TooManyCodes, passed
from foundation.lib.errors import NotFound


def by_password(request: HttpRequest, email: str, password: str) -> None:
    """SignInRefused, the same for every reason; TooManyTries."""
    credentials = {"email": email, "password": password}
    user = get_adapter().authenticate(request, **credentials)
    if user is None:
        raise SignInRefused(REFUSED)
    login = Login(user=user, email=user.email)
    passed(flows.login.perform_password_login(request, credentials, login))


def by_code(request: HttpRequest, email: str) -> None:
    """Mail a code to the address; to one without an account, a mail that says so."""
    email = clean_address(email)
    if not ratelimit.consume(request, action="request_login_code", key=email):
        raise TooManyCodes(TOO_SOON)
    known = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
    flows.login_by_code.LoginCodeVerificationProcess.initiate(
        request=request, user=known[0] if known else None, email=email
    )


def has_google() -> bool:
    return bool(settings.SOCIALACCOUNT_PROVIDERS["google"]["APPS"])


def by_google(request: HttpRequest, id_token: str) -> None:
    """Signature, issuer, audience and age of the token are checked against Google's keys."""
    if not has_google():
        raise NotFound("Sign-in with Google is not set up here.")
    provider = get_social_adapter().get_provider(request, "google")
    token = {"id_token": id_token, "client_id": provider.app.client_id}
    try:
        login = provider.verify_token(request, token)
    except (ValidationError, KeyError, TypeError, ValueError) as fault:
        # The last three: a token without the parts that its reader expects.
        raise SignInRefused("Google does not vouch for this token.") from fault
    passed(complete_social_login(request, login))
