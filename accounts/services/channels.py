"""Channels of a user: added, changed, tried, chosen for kinds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.core import channel_urls
from accounts.core.notifications import DEFAULT_KINDS, KINDS, TEST
from accounts.models import Notification, NotificationChannel, User
from accounts.services import preferences
from accounts.services.notifications import SEND
from foundation.edge.throttles import count
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, FieldFault, TooMany
from foundation.lib.queue import enqueue

CHANNELS_MAX = 20
NAME_CHARS_MAX = 60
TESTS_A_MINUTE = 5
WAITING = "Your last test of this channel is still on its way."
TEST_TITLE = "A test from Cryptobot"
TEST_BODY = "Notifications arrive here."


def create(
    *, owner: User, name: str, url: str, kinds: Iterable[str] = DEFAULT_KINDS
) -> NotificationChannel:
    """A new channel. Its address is never shown again, but for where it leads."""
    name, url, kinds = name.strip(), channel_urls.native(url), list(kinds)
    if faults := [*_name_faults(name), *_url_faults(url), *_kind_faults(kinds)]:
        raise BadInput("The channel has a fault.", faults)
    with transaction.atomic():
        # One at a time for each user: of two at once neither may overlook the other.
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        mine = NotificationChannel.objects.owned_by(owner)
        if mine.count() >= CHANNELS_MAX:
            raise Conflict(f"You have {CHANNELS_MAX} channels, which is the most. Remove one.")
        if mine.filter(name=name).exists():
            raise _taken()
        return NotificationChannel.objects.create(
            owner=owner, name=name, url=url, shown=channel_urls.hidden(url), kinds=_in_order(kinds)
        )


def update(
    *,
    channel: NotificationChannel,
    name: str | None = None,
    url: str | None = None,
    kinds: Iterable[str] | None = None,
) -> NotificationChannel:
    """Change what is given. A new address begins without the failures of the old one."""
    changes: dict[str, Any] = {}
    faults: list[FieldFault] = []
    if name is not None:
        changes["name"] = name.strip()
        faults += _name_faults(changes["name"])
    if url is not None:
        url = channel_urls.native(url)
        faults += _url_faults(url)
        changes |= {"url": url, "shown": channel_urls.hidden(url)}
        changes |= {"failures": 0, "fault": "", "next_at": None}
    if kinds is not None:
        kinds = list(kinds)
        faults += _kind_faults(kinds)
        changes["kinds"] = _in_order(kinds)
    if faults:
        raise BadInput("The channel has a fault.", faults)
    for key, value in changes.items():
        setattr(channel, key, value)
    try:
        with transaction.atomic():
            channel.save(update_fields=list(changes))
    except IntegrityError:
        raise _taken() from None
    return channel


def delete(*, channel: NotificationChannel) -> None:
    """What still waits for it is dropped with it."""
    channel.delete()


@transaction.atomic
def choose(
    *,
    owner: User,
    channels_of: Mapping[str, Collection[int]] | None = None,
    digest_hour: int | None = None,
) -> None:
    """Which channels each kind goes to; a kind that is not given stays as it is."""
    if digest_hour is not None:
        preferences.change(user=owner, digest_hour=digest_hour)
    mine = list(NotificationChannel.objects.owned_by(owner).select_for_update().order_by("pk"))
    known = {channel.pk for channel in mine}
    faults = []
    for kind, ids in (channels_of or {}).items():
        if kind not in KINDS:
            faults.append(FieldFault(kind, f"must be one of {', '.join(KINDS)}"))
        faults += [FieldFault(kind, f"there is no channel {pk}") for pk in sorted(set(ids) - known)]
    if faults:
        raise BadInput("The preferences have a fault.", faults)
    for channel in mine:
        chosen = set(channel.kinds)
        for kind, ids in (channels_of or {}).items():
            chosen = chosen | {kind} if channel.pk in ids else chosen - {kind}
        channel.kinds = _in_order(chosen)
    NotificationChannel.objects.bulk_update(mine, ["kinds"])


@transaction.atomic
def test(*, channel: NotificationChannel) -> Notification:
    """Send a test at once; the row says what became of it as soon as that is known."""
    if count("notification-test", str(channel.owner_id), TESTS_A_MINUTE).is_spent:
        raise TooMany(f"At most {TESTS_A_MINUTE} tests a minute; wait a moment.")
    NotificationChannel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    if channel.notifications.filter(kind=TEST, state=Notification.State.PENDING).exists():
        raise Conflict(WAITING)
    row = Notification.objects.create(
        channel=channel,
        kind=TEST,
        key=f"test-{clock.now_ms()}",
        title=TEST_TITLE,
        body=TEST_BODY,
    )
    enqueue(SEND, queue="batch")
    return row


def _name_faults(name: str) -> list[FieldFault]:
    if 1 <= len(name) <= NAME_CHARS_MAX and name.isprintable():
        return []
    return [FieldFault("name", f"must have 1 to {NAME_CHARS_MAX} printable characters")]


def _url_faults(url: str) -> list[FieldFault]:
    fault = channel_urls.fault_of(url, private_too=settings.NOTIFY_PRIVATE_ADDRESSES)
    return [FieldFault("url", fault)] if fault else []


def _kind_faults(kinds: list[str]) -> list[FieldFault]:
    if set(kinds) <= set(KINDS):
        return []
    return [FieldFault("kinds", f"must be of {', '.join(KINDS)}")]


def _in_order(kinds: Collection[str]) -> list[str]:
    return [kind for kind in KINDS if kind in kinds]


def _taken() -> BadInput:
    return BadInput("The channel has a fault.", [FieldFault("name", "you have one of this name")])
