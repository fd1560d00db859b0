"""Reading who is here, for staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import ApiKey, AuditHead, AuditLog, SignIn, User
from accounts.selectors import api_keys
from foundation.lib import clock
from foundation.lib.errors import NotFound


def everybody() -> QuerySet[User]:
    return User.objects.order_by("-pk")


def get(user_id: int) -> User:
    row = everybody().filter(pk=user_id).first()
    if row is None:
        raise NotFound("There is nobody of that number.")
    return row


def acts() -> QuerySet[AuditLog]:
    """The audit log, the newest first."""
    return AuditLog.objects.select_related("actor").order_by("-pk")


def stats() -> dict[str, Any]:
    """People, sign-ins, API keys and acts, as they are now."""
    now = clock.now()
    by_role = dict(User.objects.values_list("role").annotate(Count("pk")).order_by("role"))
    running = SignIn.objects.filter(ended_at__isnull=True, expires_at__gt=now, user__is_active=True)
    head = AuditHead.objects.first()
    return {
        "users": sum(by_role.values()),
        "users_by_role": by_role,
        "users_suspended": User.objects.filter(is_active=False).count(),
        "users_new_week": User.objects.filter(date_joined__gt=now - timedelta(days=7)).count(),
        "users_active_day": User.objects.filter(
            sign_ins__last_used_at__gt=now - timedelta(days=1)
        ).distinct().count(),
        "sign_ins": running.count(),
        "api_keys": api_keys.live().count(),
        "api_keys_used_day": ApiKey.objects.filter(
            last_used_at__gt=now - timedelta(days=1)
        ).count(),
        "acts": head.number if head else 0,
        "acts_day": AuditLog.objects.filter(at__gt=now - timedelta(days=1)).count(),
        "at": now,
    }  # fmt: skip
