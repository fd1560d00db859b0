"""Trades and curves of a backtest. Trades are rows: sorted and paged by the database."""

from __future__ import annotations

from typing import Any

from django.db import models

from backtesting.models.backtest import Backtest
from backtesting.models.fills import unpack


class BacktestTrade(models.Model):
    """One round trip. Doubles, not decimals: exactly what the simulation computed."""

    class Side(models.TextChoices):
        LONG = "long", "Long"
        SHORT = "short", "Short"

    backtest = models.ForeignKey(Backtest, on_delete=models.CASCADE, related_name="trades")
    number = models.PositiveIntegerField()  # 1 is the first to close
    symbol = models.CharField(max_length=64)
    side = models.CharField(max_length=5, choices=Side.choices)
    entry_time_ms = models.BigIntegerField()
    entry_price = models.FloatField()
    exit_time_ms = models.BigIntegerField()
    exit_price = models.FloatField()
    quantity = models.FloatField()
    pnl = models.FloatField()
    fees = models.FloatField()
    funding = models.FloatField(db_default=0.0)
    return_fraction = models.FloatField()  # pnl / margin put up
    exit_reason = models.CharField(max_length=16)
    # Null where the run was stored before they were computed.
    mae = models.FloatField(null=True)
    mfe = models.FloatField(null=True)
    # By `backtesting.models.fills`; null where the trade is one entry and one exit.
    fills_packed = models.BinaryField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["backtest", "number"], name="backtest_trade_number_unique"
            ),
        ]

    @property
    def fills(self) -> list[dict[str, Any]] | None:
        """Each fill of a trade of several (`unpack`), else None."""
        return None if self.fills_packed is None else unpack(self.fills_packed, self.side)


class BacktestCurves(models.Model):
    """One value per candle close, packed by `backtesting.models.columns`."""

    backtest = models.OneToOneField(
        Backtest, on_delete=models.CASCADE, primary_key=True, related_name="curves"
    )
    points = models.PositiveIntegerField()
    open_time_ms = models.BinaryField()
    equity = models.BinaryField()
    exposure = models.BinaryField()  # 1 while a position was open, else 0
    buy_and_hold = models.BinaryField()

    class Meta:
        verbose_name_plural = "backtest curves"
