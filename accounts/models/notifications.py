"""What users are told outside the site: their channels, and an outbox of messages."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django_cryptography.fields import encrypt

from foundation.lib import clock


class ChannelQuerySet(models.QuerySet["NotificationChannel"]):
    def owned_by(self, user: Any) -> ChannelQuerySet:
        """The one place that says whose channels these are."""
        return self.filter(owner=user)


class ChannelManager(models.Manager["NotificationChannel"]):
    """Rows without their address: only the one who sends reads that column."""

    def get_queryset(self) -> ChannelQuerySet:
        return ChannelQuerySet(self.model, using=self._db).defer("url")

    def owned_by(self, user: Any) -> ChannelQuerySet:
        return self.get_queryset().owned_by(user)


class NotificationChannel(models.Model):
    """One address of a user, in the form of apprise, and the kinds that go there.

    shown: the address without its secret parts. busy_until: a worker is sending; another may take
    over after it. failures: tries in a row that failed, the next one is at next_at; fault: why, in
    words. window_ms, window_count: the minute that is counted, and messages sent in it.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_channels"
    )
    name = models.CharField(max_length=60)
    # An address opens a mailbox or a chat. Left out of dumps: it is decrypted there.
    url = encrypt(models.TextField(editable=False, serialize=False))
    shown = models.CharField(max_length=200)
    kinds = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    failures = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    window_ms = models.BigIntegerField(default=0)
    window_count = models.PositiveIntegerField(default=0)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ChannelManager] = ChannelManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="channel_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="channel_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.shown})"


class Notification(models.Model):
    """One message for one channel: written with what it tells of, sent afterwards.

    key: names what it tells of; the same is told to a channel once. words: why it was given up.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"

    channel = models.ForeignKey(
        NotificationChannel,
        on_delete=models.CASCADE,
        related_name="notifications",
        db_index=False,  # the constraint's index begins with it
    )
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["channel", "id"], name="notification_waits", condition=Q(state="pending")
            ),
            models.Index(fields=["ended_at"], name="notification_ended"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["channel", "key"], name="notification_told_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sent", "failed"]), name="notification_state"
            ),
        ]

    def __str__(self) -> str:
        return self.title
