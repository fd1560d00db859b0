"""Positions: one row from the first entry until flat; a closed one is a trade."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from exchanges.models.order import MAIN_WALLET
from foundation.lib.amount_field import amount_field


class PositionQuerySet(models.QuerySet["Position"]):
    def owned_by(self, user: Any) -> PositionQuerySet:
        """The one place that says whose positions these are; views add nothing to it."""
        return self.filter(owner=user)

    def open(self) -> PositionQuerySet:
        return self.filter(closed_at_ms__isnull=True)

    def closed(self) -> PositionQuerySet:
        return self.filter(closed_at_ms__isnull=False)


class Position(models.Model):
    """At most one open row per wallet and symbol; the next entry after flat opens a new one.

    quantity: still held; entry_quantity: taken on altogether, at entry_price on average.
    entry_quote, exit_quote: what the ledger moved for it, without fees.
    best_price: highest price since entry that the trailing stop knows of. realised_pnl is net of
    the fees of both sides. Times are open times of the candles in which the fills happened.
    """

    class Side(models.TextChoices):
        LONG = "long", "Long"
        SHORT = "short", "Short"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="positions"
    )
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    wallet = models.CharField(max_length=40, default=MAIN_WALLET)
    side = models.CharField(max_length=5, choices=Side.choices)
    quantity = amount_field(default=0)
    entry_quantity = amount_field(default=0)
    entry_price = amount_field()
    entry_quote = amount_field(default=0)
    exit_quote = amount_field(default=0)
    fees = amount_field(default=0)
    realised_pnl = amount_field(default=0)
    stop_price = amount_field(null=True, blank=True)
    take_profit_price = amount_field(null=True, blank=True)
    trailing_stop = amount_field(null=True, blank=True)
    best_price = amount_field(null=True, blank=True)
    opened_at_ms = models.BigIntegerField()
    closed_at_ms = models.BigIntegerField(null=True, blank=True)
    exit_reason = models.CharField(max_length=24, blank=True)

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="position_of_owner"),
            models.Index(fields=["wallet", "-id"], name="position_of_wallet"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "venue", "symbol", "owner"],
                name="position_one_open_per_wallet_and_symbol",
                condition=Q(closed_at_ms__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(side__in=["long", "short"]), name="position_side_known"
            ),
            models.CheckConstraint(
                condition=Q(closed_at_ms__isnull=True, quantity__gte=0)
                | Q(closed_at_ms__isnull=False, quantity=0),
                name="position_closed_means_flat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol}"

    @property
    def exit_price(self) -> Decimal | None:
        sold = self.entry_quantity - self.quantity
        return self.exit_quote / sold if sold else None
