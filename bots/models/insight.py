"""What each followed market was like, hour by hour."""

from __future__ import annotations

from django.db import models

from exchanges.models import Market


class MarketInsight(models.Model):
    """The figures of one market in one hour; made anew within the hour, they replace themselves.

    hour_ms: start of the hour by our clock, UTC. candles_until_ms: close of the newest hourly
    candle that was read (a replayed market has a time of its own); null without candles.
    figures: key of bots.core.insight.FIGURES -> number or null. closes: the last week, thinned.
    buy_at, sell_at: the venues of the spread between venues.
    """

    # CASCADE: made from the market's candles, and can be made again.
    market = models.ForeignKey(
        Market, on_delete=models.CASCADE, related_name="insights", db_index=False
    )
    hour_ms = models.BigIntegerField()
    made_at = models.DateTimeField()
    candles_until_ms = models.BigIntegerField(null=True)
    candle_count = models.IntegerField()
    figures = models.JSONField()
    closes = models.JSONField()
    buy_at = models.CharField(max_length=32, blank=True)
    sell_at = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["-hour_ms", "market_id"]
        constraints = [
            # Also the index of every question: one market's hours in the order of time.
            models.UniqueConstraint(fields=["market", "hour_ms"], name="market_insight_unique"),
        ]
        indexes = [models.Index(fields=["hour_ms"], name="market_insight_by_age")]

    def __str__(self) -> str:
        return f"{self.market} at {self.hour_ms}"
