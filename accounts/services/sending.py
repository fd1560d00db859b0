"""The outbox on its way: one worker a channel, in order, tried again, given up with words.

A row is sent, then marked. A crash between the two sends it again under the same key, which
webhooks (`key`) and mails (`X-Notification-Key`) carry.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.core.signing import BadSignature
from django.db.models import F, Q, QuerySet
from django_cryptography.utils.crypto import InvalidToken

from accounts.core import notifications as core
from accounts.core.notifications import TEST, Message, Waiting
from accounts.models import Notification, NotificationChannel
from accounts.services import apprise_calls
from accounts.services.apprise_calls import Outcome
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.queue import enqueue

CHANNELS_AT_ONCE = 1000
ROWS_AT_ONCE = 5000
# Claimed anew with each message. Another worker takes over when this one was killed.
BUSY_S = 60
KEPT_DAYS = 30
UNREADABLE = "The address was kept under a former SECRET_KEY and cannot be read; enter it again."
TOO_OLD = "It could not be sent for a day."
State = Notification.State
assert apprise_calls.START_S_MAX + apprise_calls.MESSAGE_S_MAX < BUSY_S
ChannelRows = QuerySet[NotificationChannel]
NotificationRows = QuerySet[Notification]


def start_due() -> int:
    """Enqueue a sender for each channel with something to send. Safe to run at any time."""
    found = list(_due().values_list("pk", flat=True)[:CHANNELS_AT_ONCE])
    for pk in found:
        enqueue("accounts.send_to_channel", queue="batch", channel_id=pk)
    return len(found)


def _due(pk: int | None = None) -> ChannelRows:
    now, start = clock.now(), clock.now_ms() - core.WINDOW_MS
    rows = NotificationChannel.objects.filter(
        Q(busy_until__isnull=True) | Q(busy_until__lte=now),
        Q(next_at__isnull=True) | Q(next_at__lte=now) | Q(notifications__kind=TEST),
        Q(window_count__lt=core.MESSAGES_A_MINUTE)
        | Q(window_ms__lte=start)
        | Q(notifications__kind=TEST),
        notifications__state=State.PENDING,
        owner__is_active=True,
    )
    return (rows if pk is None else rows.filter(pk=pk)).order_by("pk").distinct()


def send(channel_id: int) -> int:
    """Send what waits for a channel, as far as its minute allows; returns rows that were sent.

    Nothing if another worker is at it: the row count of the claim decides.
    """
    if not _due(channel_id).exists() or not _claim(channel_id):
        return 0
    try:
        return _send_claimed(NotificationChannel.objects.get(pk=channel_id))
    except NotificationChannel.DoesNotExist:  # deleted meanwhile, with its rows
        return 0
    finally:
        NotificationChannel.objects.filter(pk=channel_id).update(busy_until=None)


def _claim(channel_id: int) -> bool:
    now = clock.now()
    free = Q(busy_until__isnull=True) | Q(busy_until__lte=now)
    rows = NotificationChannel.objects.filter(free, pk=channel_id)
    return rows.update(busy_until=_busy_until()) == 1


def _busy_until() -> datetime:
    return clock.now() + timedelta(seconds=BUSY_S)


def _send_claimed(channel: NotificationChannel) -> int:
    _give_up_old(channel)
    url = _url(channel)
    if url is None:
        _give_up(channel, channel.notifications.filter(state=State.PENDING), UNREADABLE)
        return 0
    sent = 0
    for message, outcome in apprise_calls.send(url, _plan(channel)):
        if outcome.is_sent:
            sent += _note_sent(channel, message)
        else:
            _note_failure(channel, message, outcome)
    return sent


def _plan(channel: NotificationChannel) -> list[Message]:
    columns = ("pk", "key", "kind", "title", "body")
    rows = channel.notifications.filter(state=State.PENDING).order_by("pk")[:ROWS_AT_ONCE]
    waiting = [Waiting(*row) for row in rows.values_list(*columns)]
    now = clock.now()
    if channel.next_at is not None and channel.next_at > now:
        waiting = [one for one in waiting if one.kind == TEST]
    *_, room = core.room_left(channel.window_ms, channel.window_count, clock.now_ms())
    return core.plan(waiting, room=room, together=channel.failures > 0)


def _url(channel: NotificationChannel) -> str | None:
    try:
        kept = NotificationChannel._base_manager.filter(pk=channel.pk)
        return str(kept.values_list("url", flat=True).get())
    except (BadSignature, InvalidToken):
        return None


def _note_sent(channel: NotificationChannel, message: Message) -> int:
    now_ms = clock.now_ms()
    start, count, _ = core.room_left(channel.window_ms, channel.window_count, now_ms)
    channel.window_ms, channel.window_count = start, count + 1
    channel.failures, channel.fault, channel.next_at = 0, "", None
    channel.last_sent_at, channel.busy_until = clock.from_ms(now_ms), _busy_until()
    channel.save(
        update_fields=[
            "window_ms", "window_count", "failures", "fault", "next_at", "last_sent_at",
            "busy_until",
        ]
    )  # fmt: skip
    rows = Notification.objects.filter(pk__in=message.ids)
    done = rows.update(state=State.SENT, attempts=F("attempts") + 1, words="", ended_at=clock.now())
    _show(channel)
    return done


def _note_failure(channel: NotificationChannel, message: Message, outcome: Outcome) -> None:
    channel.failures, channel.fault = channel.failures + 1, outcome.words
    chance = random.random()  # noqa: S311 - spreads tries, guards nothing
    wait = timedelta(seconds=core.delay_s(channel.failures, chance))
    channel.next_at = clock.now() + wait
    channel.save(update_fields=["failures", "fault", "next_at"])
    rows = Notification.objects.filter(pk__in=message.ids)
    rows.update(attempts=F("attempts") + 1, words=outcome.words)
    is_over = Q(kind=TEST) | Q(attempts__gte=core.ATTEMPTS_MAX)
    _give_up(channel, rows if outcome.is_final else rows.filter(is_over), outcome.words)


def _give_up_old(channel: NotificationChannel) -> None:
    oldest = clock.now() - timedelta(milliseconds=core.AGE_MS_MAX)
    old = channel.notifications.filter(state=State.PENDING, created_at__lt=oldest)
    _give_up(channel, old, TOO_OLD)


def _give_up(channel: NotificationChannel, rows: NotificationRows, words: str) -> None:
    if rows.update(state=State.FAILED, words=words, ended_at=clock.now()):
        channel.fault = words
        channel.save(update_fields=["fault"])
        _show(channel)


def _show(channel: NotificationChannel) -> None:
    publish.to_user(channel.owner_id, "notifications", {"channel": channel.pk})


def tidy() -> int:
    """Remove rows that ended long ago."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    removed, _ = Notification.objects.filter(ended_at__lt=before).delete()
    return removed
