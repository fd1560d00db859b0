"""A portfolio that was weighed: what was asked, where it stands, and what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class PortfolioOptimizationQuerySet(models.QuerySet["PortfolioOptimization"]):
    def owned_by(self, user: Any) -> PortfolioOptimizationQuerySet:
        """The one place that says whose these are."""
        return self.filter(owner=user)

    def active(self) -> PortfolioOptimizationQuerySet:
        return self.filter(status__in=PortfolioOptimization.ACTIVE)

    def deserted(self, before: datetime) -> PortfolioOptimizationQuerySet:
        """Said to be running for longer than any of them takes."""
        return self.filter(status=PortfolioOptimization.Status.RUNNING, started_at__lt=before)


class PortfolioOptimization(models.Model):
    """assets: [{"name", "symbol"}] or [{"name", "backtest"}]; settings as the core reads them."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    ACTIVE = (Status.QUEUED, Status.RUNNING)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="portfolio_optimizations"
    )
    name = models.CharField(max_length=200)
    venue = models.CharField(max_length=32, blank=True)
    assets = models.JSONField()
    settings = models.JSONField()
    start_ms = models.BigIntegerField(null=True, blank=True)
    end_ms = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    enqueued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = PortfolioOptimizationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="portfolio_of_owner"),
            models.Index(
                fields=["status"],
                name="portfolio_active",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "completed", "failed"]),
                name="portfolio_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(result__isnull=False),
                name="portfolio_completed_has_result",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(error=""), name="portfolio_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE
