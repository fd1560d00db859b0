"""Reading where users are signed in."""

from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from accounts.models import SignIn, User
from foundation.lib import clock


def stamp_of(user: User) -> str:
    """Differs after every change of password, and tells nothing of it."""
    return hashlib.sha256(f"stamp:{user.password}".encode()).hexdigest()


def open_of(user: User) -> QuerySet[SignIn]:
    """Those that open something now, the last used first."""
    return SignIn.objects.filter(
        user=user,
        ended_at__isnull=True,
        expires_at__gt=clock.now(),
        password_stamp=stamp_of(user),
    )


def is_open(row: SignIn) -> bool:
    """Whether it opens something now. row: with its user."""
    is_running = row.ended_at is None and row.expires_at > clock.now()
    return is_running and row.user.is_active and row.password_stamp == stamp_of(row.user)
