"""What a bot decided, and on what."""

from __future__ import annotations

from django.db import models

from bots.models.bot import Bot, BotRun


class Decision(models.Model):
    """Committed together with its order, before the venue hears of it.

    decided_at_ms: open time of the candle whose close (or touch) decided. `inputs` holds what the
    strategy saw, so that the decision can be explained and replayed.
    """

    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="decisions")
    run = models.ForeignKey(BotRun, on_delete=models.PROTECT, related_name="decisions")
    decided_at_ms = models.BigIntegerField()
    leg = models.CharField(max_length=8)
    side = models.CharField(max_length=4)
    reason = models.CharField(max_length=24)
    client_order_id = models.CharField(max_length=36, unique=True)
    inputs = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["run", "id"], name="decision_of_run")]
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "decided_at_ms", "leg"], name="decision_once_per_candle_and_leg"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} ({self.reason})"
