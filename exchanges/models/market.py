"""What can be traded, where, and in which steps."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models

from exchanges.core.leverage import tiers_from_json
from exchanges.core.market import MarketRules
from foundation.lib.amount_field import amount_field


class Market(models.Model):
    """One symbol on one venue. A step or minimum that is null is not known: nothing is rounded."""

    class Kind(models.TextChoices):
        SPOT = "spot", "Spot"
        SWAP = "swap", "Perpetual swap"
        FUTURE = "future", "Future"

    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    base = models.CharField(max_length=20)
    quote = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SPOT)
    price_step = amount_field(null=True, blank=True)
    amount_step = amount_field(null=True, blank=True)
    amount_min = amount_field(null=True, blank=True)
    notional_min = amount_field(null=True, blank=True)
    fee_maker = amount_field(default=Decimal("0.0002"))
    fee_taker = amount_field(default=Decimal("0.0004"))
    feed_symbol = models.CharField(
        max_length=70,
        blank=True,
        help_text="Whose prices this market follows; empty: its own.",
    )
    leverage_tiers = models.JSONField(
        null=True,
        blank=True,
        help_text='Rising ["notional cap", "maintenance rate", "maximum leverage"]; empty: usual.',
    )
    funding_rate = amount_field(
        default=Decimal("0.0001"), help_text="Paid by longs to shorts every eight hours."
    )
    is_active = models.BooleanField(default=True)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["venue", "symbol"]
        constraints = [
            models.UniqueConstraint(fields=["venue", "symbol"], name="market_unique_venue_symbol"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} on {self.venue}"

    @property
    def price_symbol(self) -> str:
        """The symbol under which the feed tells this market's prices."""
        return self.feed_symbol or self.symbol

    @property
    def is_contract(self) -> bool:
        return self.kind != self.Kind.SPOT

    def clean(self) -> None:
        """ValidationError of the admin's form where tiers are no tiers."""
        try:
            tiers_from_json(self.leverage_tiers)
        except ValueError as fault:
            raise ValidationError({"leverage_tiers": str(fault)}) from fault

    def rules(self) -> MarketRules:
        """Steps, minimums and fees as the cores take them."""
        return MarketRules(
            price_step=self.price_step,
            amount_step=self.amount_step,
            amount_min=self.amount_min,
            notional_min=self.notional_min,
            fee_maker=self.fee_maker,
            fee_taker=self.fee_taker,
            tiers=tiers_from_json(self.leverage_tiers),
        )
