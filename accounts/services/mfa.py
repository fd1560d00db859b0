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
