"""What each user's paper money was worth, over time."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from foundation.lib.amount_field import amount_field


class SnapshotQuerySet(models.QuerySet["PortfolioSnapshot"]):
    def owned_by(self, user: Any) -> SnapshotQuerySet:
        """The one place that says whose snapshots these are; views add nothing to it."""
        return self.filter(owner=user)


class PortfolioSnapshot(models.Model):
    """Money and positions of one user in one asset. taken_at_ms: start of its slot, UTC."""

    # CASCADE: worth nothing without its user, and nothing else points here.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    asset = models.CharField(max_length=24)
    taken_at_ms = models.BigIntegerField()
    value = amount_field()
    # The newest ledger entry that the value knows of: money put in after it is no profit.
    after_entry = models.BigIntegerField(null=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at_ms"]
        constraints = [
            # Also the index of every question: one user's values in the order of time.
            models.UniqueConstraint(
                fields=["owner", "asset", "taken_at_ms"], name="portfolio_snapshot_unique"
            ),
        ]
        indexes = [models.Index(fields=["taken_at_ms"], name="portfolio_snapshot_by_age")]

    def __str__(self) -> str:
        return f"{self.value:f} {self.asset} of user {self.owner_id}"
