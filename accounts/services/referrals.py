"""Who invited whom: each user has a code to give on, and is invited by one user or by nobody."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.crypto import get_random_string

from accounts.models import User
from foundation.lib.registry import Registry

CODE_CHARS = 8
COOKIE, COOKIE_AGE_S = "referral", 30 * 24 * 3600
EARNED_IN = "USDT"
# What a user has earned by those whom they invited, in EARNED_IN. An app that pays commissions adds
# how much it paid; accounts stands below it and asks.
EARNINGS: Registry[Callable[[User], Decimal]] = Registry("referral earning")
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
    clean = code.strip().upper()
    if not clean.isascii() or not clean.isalnum():
        return None
    return User.objects.filter(referral_code=clean, is_active=True).first()


def earned(user: User) -> Decimal:
    """In EARNED_IN, over every app that pays for referrals."""
    return sum((paid(user) for paid in EARNINGS.values()), Decimal(0))
