"""A strategy: a spec with an owner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class StrategyQuerySet(models.QuerySet["Strategy"]):
    def owned_by(self, user: Any) -> StrategyQuerySet:
        """The one place that says whose strategies these are; views add nothing to it."""
        return self.filter(owner=user)

    def visible_to(self, user: Any) -> StrategyQuerySet:
        """Own ones, and what others made public: to read, clone and backtest, never to change."""
        return self.filter(Q(owner=user) | Q(visibility=Strategy.Visibility.PUBLIC))

    def public(self) -> StrategyQuerySet:
        return self.filter(visibility=Strategy.Visibility.PUBLIC)


class Strategy(models.Model):
    """`spec` is the truth, in canonical form; name, category and fingerprint are read from it."""

    class Visibility(models.TextChoices):
        PRIVATE = "private", "Private"
        PUBLIC = "public", "Public"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="strategies"
    )
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=32)
    description = models.TextField(blank=True)
    timeframe = models.CharField(max_length=8)
    spec = models.JSONField()
    fingerprint = models.CharField(max_length=64, db_index=True)
    visibility = models.CharField(
        max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    # Counts changes: an update names the version it was made from, so that none is overwritten.
    version = models.PositiveIntegerField(default=1)
    cloned_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="clones"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StrategyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "strategies"
        ordering = ["-updated_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="strategy_of_owner"),
            models.Index(
                fields=["-updated_at"], name="strategy_public", condition=Q(visibility="public")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(visibility__in=["private", "public"]),
                name="strategy_visibility_known",
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="strategy_version_from_one"),
        ]

    def __str__(self) -> str:
        return self.name
