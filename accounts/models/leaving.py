"""Taking one's data along, and having the account deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.lib import clock


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def owned_by(self, user: Any) -> DataExportQuerySet:
        """The one place that says whose exports these are."""
        return self.filter(owner=user)

    def active(self) -> DataExportQuerySet:
        return self.filter(status__in=DataExport.ACTIVE)

    def deserted(self, now: datetime) -> DataExportQuerySet:
        """Said to be written by a worker that has not been heard of since its lease."""
        return self.filter(status=DataExport.Status.RUNNING, lease_until__lt=now)


class DataExport(models.Model):
    """One file with everything that its owner has here.

    progress: 0 to 1. file_name: in the exports folder, "" before it is there and once it is gone.
    claim: of the worker that writes it, until lease_until unless it reports again.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being written"
        COMPLETED = "completed", "Ready"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Expired"

    ACTIVE = (Status.QUEUED, Status.RUNNING)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="data_exports"
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=80, blank=True)
    progress = models.FloatField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    file_name = models.CharField(max_length=80, blank=True, editable=False)
    size_bytes = models.BigIntegerField(default=0)
    row_count = models.BigIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["owner", "-id"], name="export_of_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(status__in=["queued", "running"]),
                name="export_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "completed", "failed", "expired"]),
                name="export_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | (~Q(file_name="") & Q(expires_at__isnull=False)),
                name="export_completed_has_a_file",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""), name="export_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE


class AccountDeletionQuerySet(models.QuerySet["AccountDeletion"]):
    def owned_by(self, user: Any) -> AccountDeletionQuerySet:
        """The one place that says whose deletions these are."""
        return self.filter(owner=user)

    def open(self) -> AccountDeletionQuerySet:
        return self.filter(cancelled_at__isnull=True, finished_at__isnull=True)


class AccountDeletion(models.Model):
    """An account that its owner wants gone. It is cancelled before it starts, or it ends.

    due_at: when it starts. told_at: the mail at the request was sent. words: what is still in the
    way, a sentence a line. lease_until: a worker is at it. step: the last one that is done.
    farewell_to: where the last mail goes; "" once it went.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deletions"
    )
    requested_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField(blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=80, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    farewell_to = models.CharField(max_length=254, blank=True, editable=False)

    objects = AccountDeletionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="deletion_open",
                condition=Q(cancelled_at__isnull=True, finished_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(cancelled_at__isnull=True, finished_at__isnull=True),
                name="deletion_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(started_at__isnull=True),
                name="deletion_cancelled_before_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(started_at__isnull=False),
                name="deletion_ends_once_it_started",
            ),
        ]

    def __str__(self) -> str:
        return f"deletion of user {self.owner_id}"
