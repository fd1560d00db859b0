"""Notifications: what is written down to be sent, and to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.core.notifications import (
    BODY_CHARS_MAX,
    MESSAGES_A_MINUTE,
    TITLE_CHARS_MAX,
    Waiting,
    cut,
    summed,
)
from accounts.models import Notification, NotificationChannel
from foundation.lib.queue import enqueue
from foundation.lib.redact import redact_text

SEND = "accounts.send_notifications"


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. kind: of core.notifications.KINDS. key: the same news has the same key."""

    owner_id: int
    kind: str
    key: str
    title: str
    body: str


def tell(news: Iterable[News]) -> int:
    """Write what each owner's channels want of it into the outbox; returns how many rows.

    In the caller's transaction, so that neither happens without the other. One query where nobody
    wants it, two otherwise; a flood for one channel is summed up here already.
    """
    told = list(news)
    if not told:
        return 0
    wanted = _channels({one.owner_id for one in told}, {one.kind for one in told})
    gathered: dict[tuple[int, str], list[News]] = defaultdict(list)
    for one in told:
        for channel_id in wanted.get((one.owner_id, one.kind), ()):
            gathered[channel_id, one.kind].append(one)
    rows = [row for (channel_id, _), some in gathered.items() for row in _rows(channel_id, some)]
    if rows:
        Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        enqueue(SEND, queue="batch")
    return len(rows)


def _channels(owners: set[int], kinds: set[str]) -> dict[tuple[int, str], list[int]]:
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    channels = NotificationChannel.objects.filter(
        owner_id__in=owners, kinds__overlap=sorted(kinds), owner__is_active=True
    )
    for pk, owner_id, chosen in channels.values_list("pk", "owner_id", "kinds"):
        for kind in chosen:
            found[owner_id, kind].append(pk)
    return found


def _rows(channel_id: int, news: list[News]) -> list[Notification]:
    if len(news) <= MESSAGES_A_MINUTE:
        return [_row(channel_id, one.kind, one.key, one.title, one.body) for one in news]
    waiting = [Waiting(i, one.key, one.kind, one.title, one.body) for i, one in enumerate(news)]
    one = summed(waiting)
    return [_row(channel_id, news[0].kind, f"many-{news[0].key}", one.title, one.body)]


def _row(channel_id: int, kind: str, key: str, title: str, body: str) -> Notification:
    return Notification(
        channel_id=channel_id,
        kind=kind,
        key=key[:120],
        title=cut(redact_text(title), TITLE_CHARS_MAX),
        body=cut(redact_text(body), BODY_CHARS_MAX),
    )
