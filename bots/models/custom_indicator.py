"""A formula that a user keeps by name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower


class CustomIndicatorQuerySet(models.QuerySet["CustomIndicator"]):
    def owned_by(self, user: Any) -> CustomIndicatorQuerySet:
        """The one place that says whose formulas these are."""
        return self.filter(owner=user)


class CustomIndicator(models.Model):
    """Strategies carry the expression itself, so nothing points here and any row may go."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="custom_indicators"
    )
    name = models.CharField(max_length=60)
    expression = models.CharField(max_length=2000)
    description = models.CharField(max_length=500, blank=True)
    # Counts changes: an update names the version it was made from, so that none is overwritten.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomIndicatorQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(F("owner"), Lower("name"), name="custom_indicator_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="custom_indicator_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
