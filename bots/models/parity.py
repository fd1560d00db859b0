"""How far a run does live what its backtest does."""

from __future__ import annotations

from django.db import models

from bots.models.bot import BotRun


class BotParity(models.Model):
    """The newest comparison of one run. score: a fraction, null where nothing was to be compared.

    gaps: [{"cause", "time_ms", "words", "cost"}], the newest ones; causes: how many of each.
    until_ms: last candle compared. words: why it could not be done.
    """

    run = models.OneToOneField(BotRun, on_delete=models.CASCADE, related_name="parity")
    score = models.FloatField(null=True, blank=True)
    expected = models.PositiveIntegerField(default=0)
    live = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    causes = models.JSONField(default=dict, blank=True)
    gaps = models.JSONField(default=list, blank=True)
    until_ms = models.BigIntegerField(default=0)
    words = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "bot parities"

    def __str__(self) -> str:
        return f"parity of run {self.run_id}"
