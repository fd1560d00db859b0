"""Stored candles: sealed spans as column chunks, the newest span as rows."""

from __future__ import annotations

from django.db import models

from exchanges.models.market import Market


class CandleSeries(models.Model):
    """All candles of one market and timeframe: the row that every writer locks first."""

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="candle_series")
    timeframe = models.CharField(max_length=4)
    first_open_ms = models.BigIntegerField(null=True)
    last_open_ms = models.BigIntegerField(null=True)
    candle_count = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["market", "timeframe"]
        verbose_name_plural = "candle series"
        constraints = [
            models.UniqueConstraint(fields=["market", "timeframe"], name="candle_series_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.market} {self.timeframe}"


class CandleChunk(models.Model):
    """One span of candles in the bytes of core.candle_chunks; never partly read, never edited."""

    series = models.ForeignKey(CandleSeries, on_delete=models.CASCADE, related_name="chunks")
    start_ms = models.BigIntegerField()
    candle_count = models.IntegerField()
    columns = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "start_ms"], name="candle_chunk_unique"),
        ]


class Candle(models.Model):
    """One closed candle whose span is still being filled; sealed into a chunk afterwards."""

    series = models.ForeignKey(CandleSeries, on_delete=models.CASCADE, related_name="open_candles")
    open_time_ms = models.BigIntegerField()
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    volume = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "open_time_ms"], name="candle_unique"),
        ]
