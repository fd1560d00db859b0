"""What kept a bot from an order that it wanted."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from bots.models.bot import BotRun


class BotBlock(models.Model):
    """Written only where an entry or exit was wanted and did not happen: nothing a quiet candle.

    candle_ms: open time of the candle at whose close it was wanted. code: of
    bots.core.blocks.WORDS. words: what there is to say beyond the code's own words, else "".
    """

    # No index of its own: the constraint's begins with the run.
    run = models.ForeignKey(BotRun, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    candle_ms = models.BigIntegerField()
    code = models.CharField(max_length=20)
    words = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["candle_ms", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "candle_ms", "code"], name="bot_block_once"),
        ]
        indexes = [BrinIndex(fields=["made_at"], name="bot_block_by_age")]

    def __str__(self) -> str:
        return f"{self.code} at {self.candle_ms}"
