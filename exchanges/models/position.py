"""Positions: one row from the first entry until flat; a closed one is a trade."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from exchanges.models.order import SPOT_WALLET
from foundation.lib.amount_field import amount_field
from foundation.lib.decimals import quantize


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
    the fees of both sides, without funding. Times are open times of the candles in which the fills
    happened, or the moments of the fills.

    Contracts: margin is what an isolated position has locked (its ledger account says the same).
    The position is looked at again when the mark reaches watch_price, from above for a long, from
    below for a short: the margin call or the liquidation, whichever is nearer. funding: paid until
    now, negative: received.
    """

    class Side(models.TextChoices):
        LONG = "long", "Long"
        SHORT = "short", "Short"

    class MarginMode(models.TextChoices):
        ISOLATED = "isolated", "Isolated"
        CROSS = "cross", "Cross"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="positions"
    )
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    wallet = models.CharField(max_length=40, default=SPOT_WALLET)
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
    margin_mode = models.CharField(max_length=8, blank=True, default="", choices=MarginMode.choices)
    leverage = models.PositiveSmallIntegerField(default=1)
    margin = amount_field(default=0)
    liquidation_price = amount_field(null=True, blank=True)
    watch_price = amount_field(null=True, blank=True)
    is_warned = models.BooleanField(default=False)
    funding = amount_field(default=0)
    funded_until_ms = models.BigIntegerField(default=0)
    opened_at_ms = models.BigIntegerField()
    closed_at_ms = models.BigIntegerField(null=True, blank=True)
    exit_reason = models.CharField(max_length=24, blank=True)

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="position_of_owner"),
            models.Index(fields=["wallet", "-id"], name="position_of_wallet"),
            models.Index(
                fields=["venue", "symbol", "side", "watch_price"],
                include=["owner"],
                name="position_watched",
                condition=Q(watch_price__isnull=False),
            ),
            models.Index(
                fields=["owner", "wallet"],
                name="position_open_of_owner",
                condition=Q(closed_at_ms__isnull=True),
            ),
            models.Index(
                fields=["owner", "closed_at_ms"],
                name="position_closed_of_owner",
                condition=Q(closed_at_ms__isnull=False),
            ),
            models.Index(fields=["venue"], name="position_warned", condition=Q(is_warned=True)),
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
            models.CheckConstraint(
                condition=Q(closed_at_ms__isnull=True) | Q(watch_price__isnull=True, margin=0),
                name="position_closed_locks_nothing",
            ),
            models.CheckConstraint(
                condition=Q(margin__gte=0, leverage__gte=1, leverage__lte=125),
                name="position_margin_possible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol}"

    @property
    def cost_held(self) -> Decimal:
        """Of what is still held, in quote, without fees."""
        if self.quantity == self.entry_quantity:
            return Decimal(self.entry_quote)
        return quantize(self.quantity * self.entry_price)

    @property
    def exit_price(self) -> Decimal | None:
        sold = self.entry_quantity - self.quantity
        return self.exit_quote / sold if sold else None
