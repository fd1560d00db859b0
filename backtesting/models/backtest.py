"""A backtest: what was asked, where it stands, and what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.lib.amount_field import amount_field
from foundation.lib.errors import Conflict

# An edge that is not listed does not exist. A run goes back to the queue when its worker died.
EDGES: dict[str, str] = {
    "queued": "running cancelled failed",
    "running": "completed failed cancelled queued",
}


def advance(status: str, new: str) -> str:
    """The new status, or Conflict where the table has no such edge."""
    if new not in EDGES.get(status, "").split():
        raise Conflict(f"a {status} backtest cannot become {new}")
    return new


class BacktestQuerySet(models.QuerySet["Backtest"]):
    def owned_by(self, user: Any) -> BacktestQuerySet:
        """The one place that says whose backtests these are; views add nothing to it."""
        return self.filter(owner=user)

    def active(self) -> BacktestQuerySet:
        return self.filter(status__in=Backtest.ACTIVE)

    def deserted(self, now: datetime) -> BacktestQuerySet:
        """Said to be running, but nobody has renewed the lease."""
        return self.filter(status=Backtest.Status.RUNNING, lease_until__lt=now)


class Backtest(models.Model):
    """Keeps its own copy of the spec: the strategy may change or go, the report stays true."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    ACTIVE = (Status.QUEUED, Status.RUNNING)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="backtests"
    )
    strategy = models.ForeignKey(
        "bots.Strategy",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="backtests",
    )
    # --- What was asked
    name = models.CharField(max_length=200)
    spec = models.JSONField()
    spec_fingerprint = models.CharField(max_length=64)
    venue = models.CharField(max_length=32)
    symbols = models.JSONField()
    timeframe = models.CharField(max_length=8)
    start_ms = models.BigIntegerField()  # open time of the first candle
    end_ms = models.BigIntegerField()  # open time of the last candle + its length
    candles = models.PositiveIntegerField(default=0)  # of all symbols together
    cash = amount_field()
    fee_rate = amount_field()
    slippage = amount_field()
    settings = models.JSONField(default=dict, blank=True)  # `services.settings.Settings`
    refuse_gaps = models.BooleanField(default=False, db_default=False)
    rerun_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reruns"
    )
    # --- Where it stands
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED)
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
    data_fingerprint = models.CharField(max_length=64, blank=True)
    data_parts = models.JSONField(default=dict, blank=True)  # core.data_parts: digests by range
    code_version = models.CharField(max_length=64, blank=True)
    environment = models.JSONField(default=dict, blank=True)  # markets' rules, library versions
    reproduction = models.JSONField(null=True, blank=True)  # a rerun against its original
    final_equity = models.FloatField(null=True, blank=True)
    metrics = models.JSONField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)
    skipped = models.JSONField(default=dict, blank=True)  # reason -> orders not placed
    error = models.TextField(blank=True)

    objects = BacktestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="backtest_of_owner"),
            models.Index(
                fields=["status", "lease_until"],
                name="backtest_active",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "completed", "failed", "cancelled"]),
                name="backtest_status_known",
            ),
            # A running backtest always has someone who must renew its lease: none can hang.
            models.CheckConstraint(
                condition=Q(status="running", claim__isnull=False, lease_until__isnull=False)
                | (~Q(status="running") & Q(claim__isnull=True, lease_until__isnull=True)),
                name="backtest_claimed_while_running",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | Q(status__in=["completed", "failed", "cancelled"], finished_at__isnull=False),
                name="backtest_finished_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed")
                | Q(metrics__isnull=False, final_equity__isnull=False),
                name="backtest_completed_has_result",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""), name="backtest_failed_says_why"
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=1), name="backtest_progress_fraction"
            ),
            models.CheckConstraint(condition=Q(cash__gt=0), name="backtest_cash_above_zero"),
            models.CheckConstraint(
                condition=Q(end_ms__gt=F("start_ms")), name="backtest_range_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} on {', '.join(self.symbols)}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE
