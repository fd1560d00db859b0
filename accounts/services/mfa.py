"""Who must have a second factor, and for what."""

from __future__ import annotations

from django.apps import apps

from accounts.models import User
from foundation.lib.errors import AppError

SET_UP_PATH = "/settings/second-factor/"
FACTORS = ("totp", "webauthn")  # recovery codes alone are none


class MfaRequired(AppError):
    """Set up a second factor, then do it again."""

    code, status = "mfa_required", 403
    help_path, help_words = SET_UP_PATH, "Set up a second factor"


def has_factor(user: User) -> bool:
    # By name: commands that answer at once run without allauth.
    rows = apps.get_model("mfa", "Authenticator").objects
    return bool(rows.filter(user_id=user.pk, type__in=FACTORS).exists())


def require(user: User, act: str) -> None:
    """MfaRequired for whoever has none. act: what it is asked for, e.g. "trading with money"."""
    if not has_factor(user):
        raise MfaRequired(f"Set up a second factor before {act}: Settings, Second factor.")


def is_staff(user: User) -> bool:
    """Whose account opens other people's: their role, or the admin's own mark."""
    return user.is_staff or user.is_superuser or user.role == User.Role.ADMIN


def staff_refusal() -> MfaRequired:
    return MfaRequired("An account with an admin's rights needs a second factor first.")


def require_of_staff(user: User) -> None:
    """MfaRequired for staff without one: they get no tokens."""
    if is_staff(user) and not has_factor(user):
        raise staff_refusal()
