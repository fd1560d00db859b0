"""Closes at which a run could open nothing, as it happened."""

from __future__ import annotations

from django.db import models

from bots.models.bot import BotRun


class BotHold(models.Model):
    """Kept for as long as the run: without them its replay would open what the pause prevented.

    from_ms, until_ms: open times of the first and the last of these candles. why: "paused", "late",
    "stale" or "refused", of bots.core.blocks. Of a rule bot of a batch only closes that wanted an
    entry are noted.
    """

    # No index of its own: the constraint's begins with the run.
    run = models.ForeignKey(BotRun, on_delete=models.CASCADE, related_name="holds", db_index=False)
    from_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField()
    why = models.CharField(max_length=20)

    class Meta:
        ordering = ["from_ms"]
        constraints = [
            models.UniqueConstraint(fields=["run", "from_ms"], name="bot_hold_once"),
            models.CheckConstraint(
                condition=models.Q(until_ms__gte=models.F("from_ms")), name="bot_hold_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.why} from {self.from_ms} to {self.until_ms}"
