"""Who invited whom: each user has a code to give on, and is invited by one user or by nobody."""

from __future__ import annotations

from django.utils.crypto import get_random_string

from accounts.models import User

CODE_CHARS = 8
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what is easily mistaken


def code_of(user: User) -> str:
    """The user's own code; made when it is first asked for."""
    if not user.referral_code:
        fresh = get_random_string(CODE_CHARS, ALPHABET)
        User.objects.filter(pk=user.pk, referral_code=None).update(referral_code=fresh)
        user.refresh_from_db(fields=["referral_code"])
    assert user.referral_code is not None
    return user.referral_code


def user_of(code: str) -> User | None:
    """Who gives on this code, in upper or lower case; None: nobody."""
    return User.objects.filter(referral_code=code.strip().upper(), is_active=True).first()
