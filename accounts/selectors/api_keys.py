"""Reading API keys. None of these reads a secret."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import ApiKey, User
from foundation.lib import clock


def owned(owner: User) -> QuerySet[ApiKey]:
    """What a user sees: the newest first, expired ones too, revoked ones no more."""
    return ApiKey.objects.filter(owner=owner, revoked_at__isnull=True).order_by("-pk")


def live() -> QuerySet[ApiKey]:
    """Those that open something now."""
    not_expired = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    return ApiKey.objects.filter(not_expired, revoked_at__isnull=True, owner__is_active=True)
