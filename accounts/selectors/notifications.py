"""Reading channels and what was sent through them. None of these reads an address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from accounts.core.notifications import KINDS, TEST
from accounts.models import Notification, NotificationChannel, User
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
    """(user, hour) of each digest that is due and wanted; asked for again, it is due again."""
    hours = {}
    for back in range(int(DIGEST_LATE.total_seconds() // 3600)):
        slot = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)
        hours[slot.hour] = slot
    wanted = NotificationChannel.objects.filter(kinds__contains=["digest"]).values("owner")
    users = User.objects.filter(is_active=True, pk__in=wanted)
    users = users.alias(hour=Coalesce("preferences__digest_hour", 7)).filter(hour__in=list(hours))
    rows = users.annotate(digest_hour=Coalesce("preferences__digest_hour", 7)).order_by("pk")
    return [(user, hours[user.digest_hour]) for user in rows]


def last_tests(owner: Any) -> dict[int, Notification]:
    """Channel's id -> its newest test."""
    rows = messages(owner).filter(kind=TEST).order_by("channel_id", "-pk").distinct("channel_id")
    return {row.channel_id: row for row in rows}
