"""Reading channels and what was sent through them. None of these reads an address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.core.notifications import KINDS, TEST
from accounts.models import Notification, NotificationChannel, Preferences, User
from foundation.lib.errors import NotFound

ID_MAX = 2**63 - 1
DIGEST_LATE = timedelta(hours=3)  # one that could not be written until then is left out


def owned(owner: Any) -> QuerySet[NotificationChannel]:
    return NotificationChannel.objects.owned_by(owner).order_by("pk")


def get_owned(owner: Any, channel_id: int) -> NotificationChannel:
    """One of the user's channels; NotFound for strangers as for nobody."""
    found = owned(owner).filter(pk=channel_id).first() if 0 < channel_id <= ID_MAX else None
    if found is None:
        raise NotFound("There is no such channel.")
    return found


def messages(owner: Any) -> QuerySet[Notification]:
    """The user's outbox, newest first."""
    mine = NotificationChannel.objects.owned_by(owner).values("pk")
    rows = Notification.objects.filter(channel__in=mine).order_by("-pk")
    return rows.select_related("channel").defer("channel__url")


def channels_of(owner: Any) -> dict[str, list[int]]:
    """kind -> ids of the channels that it goes to."""
    mine = list(owned(owner).values_list("pk", "kinds"))
    return {kind: [pk for pk, kinds in mine if kind in kinds] for kind in KINDS}


def digests_due(now: datetime) -> list[tuple[User, datetime]]:
    """(user, hour) of each digest that is due and wanted, the hour in the user's zone; asked for
    again, it is due again."""
    wanted = NotificationChannel.objects.filter(kinds__contains=["digest"]).values("owner")
    users = User.objects.filter(is_active=True, pk__in=wanted).select_related("preferences")
    hours = [(user, _last_hour(user, now)) for user in users.order_by("pk")]
    return [(user, hour) for user, hour in hours if now - hour.astimezone(UTC) < DIGEST_LATE]


def _last_hour(user: User, now: datetime) -> datetime:
    """When the user's digest was to come last."""
    chosen = getattr(user, "preferences", None) or Preferences()
    local = now.astimezone(chosen.zone)
    hour = local.replace(hour=chosen.digest_hour, minute=0, second=0, microsecond=0)
    return hour if hour <= local else hour - timedelta(days=1)


def last_tests(owner: Any) -> dict[int, Notification]:
    """Channel's id -> its newest test."""
    rows = messages(owner).filter(kind=TEST).order_by("channel_id", "-pk").distinct("channel_id")
    return {row.channel_id: row for row in rows}
