"""What bots act on besides candles and signals."""

from __future__ import annotations

from typing import Any

from django.db import models

from bots.models.bot import BotRun


class BotEvent(models.Model):
    """A fill of the bot that is copied, or an answer of the bot's script. The row is the durable
    thing: a close reads rows, and notes on them that it was given them.

    key: the same one is the same event of this run. due_ms: in the market's time, from when on a
    close may act on it. event: as the kind's trader reads it, with "id" and "time_ms". taken_ms:
    time of the close that was given it; null: it waits.
    """

    # No index of its own: both others begin with the run.
    run = models.ForeignKey(BotRun, on_delete=models.CASCADE, related_name="events", db_index=False)
    key = models.CharField(max_length=120)
    due_ms = models.BigIntegerField()
    event = models.JSONField()
    taken_ms = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["due_ms", "pk"]
        indexes = [models.Index(fields=["run", "due_ms"], name="bot_event_in_order")]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="bot_event_once")]

    def __str__(self) -> str:
        return f"{self.key} for run {self.run_id}"

    def told(self) -> dict[str, Any]:
        """The event as a trader hears it."""
        return {**self.event, "id": self.key, "time_ms": self.due_ms}
