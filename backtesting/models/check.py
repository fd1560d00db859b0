"""One check of a backtest: what was asked, where it stands, what it found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from backtesting.models.backtest import Backtest

OVER = ("completed", "failed", "cancelled")


class CheckQuerySet(models.QuerySet["Check"]):
    def owned_by(self, user: Any) -> CheckQuerySet:
        """A backtest's checks belong to its owner."""
        return self.filter(owner=user)

    def active(self) -> CheckQuerySet:
        return self.filter(status__in=Backtest.ACTIVE)

    def deserted(self, now: datetime) -> CheckQuerySet:
        """Said to be running, but nobody has renewed the lease."""
        return self.filter(status=Backtest.Status.RUNNING, lease_until__lt=now)


class Check(models.Model):
    """Moves along the same states as a backtest. The same question has one row, and one answer."""

    Status = Backtest.Status

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="checks"
    )
    backtest = models.ForeignKey(Backtest, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=32)  # a key of `core.honesty.kinds.KINDS`
    settings = models.JSONField(default=dict)
    # --- Where it stands
    status = models.CharField(
        max_length=9, choices=Backtest.Status.choices, default=Backtest.Status.QUEUED
    )
    stage = models.CharField(max_length=64, default="waiting for a worker")
    progress = models.FloatField(default=0.0)
    cancel_requested = models.BooleanField(default=False)
    attempt = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)  # of the one worker that may store a result
    lease_until = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # --- What came out
    code_version = models.CharField(max_length=64, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["status", "lease_until"],
                name="check_active",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["backtest", "kind", "settings"], name="check_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", *OVER]), name="check_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="running", claim__isnull=False, lease_until__isnull=False)
                | (~Q(status="running") & Q(claim__isnull=True, lease_until__isnull=True)),
                name="check_claimed_while_running",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | Q(status__in=OVER, finished_at__isnull=False),
                name="check_finished_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(result__isnull=False),
                name="check_completed_has_result",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""), name="check_failed_says_why"
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=1), name="check_progress_fraction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of backtest {self.backtest_id}"

    @property
    def is_active(self) -> bool:
        return self.status in Backtest.ACTIVE
