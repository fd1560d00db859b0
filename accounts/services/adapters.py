"""What django-allauth asks of this project: its rules, its brake, its mails, its look."""

from __future__ import annotations

import logging
import smtplib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from typing_extensions import override

from accounts.core import contacts
from accounts.models import User
from accounts.services import (
    audit,
    mfa,
    play_money,
    preferences,
    registration,
    sign_in,
    sign_ins,
)
from foundation.edge.throttles import client_address, client_ip
from foundation.lib.errors import TryLater

log = logging.getLogger(__name__)
REGISTRATION_STAGE = "accounts.services.stages.CompleteRegistration"
WRONG_CODE = "The code is wrong."
START_AGAIN = "Too many wrong codes. Start again."


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": sign_in.REFUSED,
        "incorrect_password": "The password is wrong.",
        "incorrect_code": WRONG_CODE,
        "too_many_login_attempts": START_AGAIN,
        "rate_limited": "A code was sent a moment ago. Wait half a minute, then ask for another.",
    }

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        if request.path.startswith("/api/"):
            registration.require_open()  # a program is told by an error, not by a page
        return registration.is_open()

    @override
    def clean_email(self, email: str) -> str:
        if fault := contacts.email_fault(email):
            raise ValidationError(f"The address {fault}.")
        return email

    @override
    def clean_password(self, password: str, user: Any = None) -> str:
        sign_in.check_password_length(password)
        return str(super().clean_password(password, user))

    @override
    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    @override
    def add_message(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        if not request.path.startswith("/api/"):  # programs read answers
            super().add_message(request, *args, **options)

    @override
    def is_ajax(self, request: HttpRequest) -> bool:
        return False  # programs speak to the REST interface

    @override
    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Every way in by password, with the one brake before it."""
        try:
            return sign_in.verify(
                email=credentials["email"],
                password=credentials["password"],
                origin=client_ip(request),
            )
        except sign_in.SignInRefused:
            return None

    @override
    def reauthenticate(self, user: Any, password: str) -> bool:
        return bool(self.authenticate(self.request, email=user.email, password=password) == user)

    @override
    def set_password(self, user: Any, password: str) -> None:
        """Of whoever forgot the old one: whatever that had opened ends."""
        with transaction.atomic():
            super().set_password(user, password)
            sign_ins.end_all(user=user, why="new password")
            audit.record(user, "password.reset", user, request=self.request)

    @override
    def pre_login(self, request: HttpRequest, user: Any, **hooks: Any) -> HttpResponse | None:
        if not user.registration_open:
            _hold_address_proved(user)
        answer: HttpResponse | None = super().pre_login(request, user, **hooks)
        return answer

    @override
    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), REGISTRATION_STAGE]

    @override
    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        play_money.welcome(user)

    @override
    def format_email_subject(self, subject: str) -> str:
        return f"Cryptobot: {subject}"

    @override
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Its times are written in the zone that its reader has chosen, not in the asker's."""
        reader = User.objects.select_related("preferences").filter(email=email.lower()).first()
        zone = preferences.of(reader).zone
        try:
            with timezone.override(zone):
                super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException) as fault:
            # Not its text: a server's refusal may repeat the mail, and with it the code.
            log.error("mail %s was not taken: %s", template_prefix, type(fault).__name__)
            raise TryLater("The mail could not be sent. Try again in a minute.") from None


def _hold_address_proved(user: User) -> None:
    """Who has finished registering has proved the address; whom an admin made needs not."""
    address, _ = EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    if not address.verified:
        address.verified = address.primary = True
        address.save(update_fields=["verified", "primary"])


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
        "cannot_delete_authenticator": "Staff need a second factor. Set up another one first.",
    }

    @override
    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    @override
    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    @override
    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Staff add another factor before they remove their last one."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=mfa.FACTORS)
        return not mfa.is_staff(authenticator.user) or others.exclude(pk=authenticator.pk).exists()

    @override
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.MFA_KEYS])


class SocialAdapter(DefaultSocialAccountAdapter):
    @override
    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        user = super().populate_user(request, sociallogin, data)
        words = (data.get("first_name"), data.get("last_name"))
        user.name = " ".join(word for word in words if word)[:100]
        return user
