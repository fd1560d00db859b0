"""A search of parameters: what was asked, where it stands; and each set that was tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.lib.amount_field import amount_field


class OptimizationQuerySet(models.QuerySet["Optimization"]):
    def owned_by(self, user: Any) -> OptimizationQuerySet:
        """The one place that says whose searches these are; views add nothing to it."""
        return self.filter(owner=user)

    def active(self) -> OptimizationQuerySet:
        return self.filter(status__in=Optimization.ACTIVE)


class Optimization(models.Model):
    """Keeps its own copy of the spec, as a backtest does. Any number of workers share it."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    ACTIVE = (Status.QUEUED, Status.RUNNING)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="optimizations"
    )
    strategy = models.ForeignKey(
        "bots.Strategy",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="optimizations",
    )
    # --- The runs, as a backtest keeps them
    name = models.CharField(max_length=200)
    spec = models.JSONField()
    spec_fingerprint = models.CharField(max_length=64)
    venue = models.CharField(max_length=32)
    symbols = models.JSONField()
    timeframe = models.CharField(max_length=8)
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    cash = amount_field()
    fee_rate = amount_field()
    slippage = amount_field()
    settings = models.JSONField(default=dict, blank=True)
    refuse_gaps = models.BooleanField(default=False)
    # --- The search
    space = models.JSONField()  # what Space.parse() reads
    objectives = models.JSONField()  # what parse_objectives() reads
    method = models.CharField(max_length=8)
    seed = models.BigIntegerField(default=0)
    early_stopping = models.BooleanField(default=False)
    total = models.PositiveIntegerField()  # trials asked for
    # --- Where it stands
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=64, default="waiting for a worker")
    handed = models.PositiveIntegerField(default=0)  # trials 0 to handed - 1 are rows
    done = models.PositiveIntegerField(default=0)  # of these, over
    best = models.JSONField(null=True, blank=True)  # the trial, as Trial.to_json() writes it
    improvements = models.JSONField(default=list, blank=True)  # [trials over, best score] pairs
    heard_at = models.DateTimeField()  # when a worker last showed a sign of life
    claim = models.UUIDField(null=True, blank=True)  # of the worker that judges the outcome
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # --- What came out
    verdict = models.JSONField(null=True, blank=True)  # `services.optimization_verdict`
    code_version = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    objects = OptimizationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="optimization_of_owner"),
            models.Index(
                fields=["heard_at"],
                name="optimization_active",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "completed", "failed", "cancelled"]),
                name="optimization_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"], finished_at__isnull=True)
                | Q(status__in=["completed", "failed", "cancelled"], finished_at__isnull=False),
                name="optimization_finished_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""), name="optimization_failed_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(verdict__isnull=False),
                name="optimization_completed_is_judged",
            ),
            models.CheckConstraint(
                condition=Q(handed__lte=F("total")) & Q(done__lte=F("handed")),
                name="optimization_counts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.total} trials"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def progress(self) -> float:
        return self.done / self.total if self.total else 0.0


class TrialQuerySet(models.QuerySet["Trial"]):
    def over(self) -> TrialQuerySet:
        return self.exclude(state=Trial.State.ASKED)

    def deserted(self, now: datetime) -> TrialQuerySet:
        """Handed to a worker that has not renewed its lease."""
        return self.filter(state=Trial.State.ASKED, lease_until__lt=now)


class Trial(models.Model):
    """One set of parameters. Over, it is never tried again: the row is all there is to know."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped early"
        FAILED = "failed", "Failed"

    optimization = models.ForeignKey(Optimization, on_delete=models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField()  # 0 is the first
    values = models.JSONField()  # name of the parameter -> number or word
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    score = models.FloatField(null=True, blank=True)  # of the first objective
    scores = models.JSONField(default=list, blank=True)  # of each objective
    first_score = models.FloatField(null=True, blank=True)  # on the first part of the candles
    trades = models.PositiveIntegerField(null=True, blank=True)
    metrics = models.JSONField(null=True, blank=True)
    notes = models.JSONField(default=dict, blank=True)  # the sampler's own
    error = models.TextField(blank=True)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(
                fields=["optimization", "lease_until"],
                name="trial_asked",
                condition=Q(state="asked"),
            ),
            models.Index(fields=["optimization", "score"], name="trial_by_score"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["optimization", "number"], name="trial_number_unique"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "finished", "stopped", "failed"]),
                name="trial_state_known",
            ),
            # An asked trial always has someone who must renew its lease: none can hang.
            models.CheckConstraint(
                condition=Q(state="asked", claim__isnull=False, lease_until__isnull=False)
                | (~Q(state="asked") & Q(claim__isnull=True, lease_until__isnull=True)),
                name="trial_claimed_while_asked",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="trial_failed_says_why"
            ),
        ]
