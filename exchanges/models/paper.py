"""What the paper venue keeps besides orders and positions."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from exchanges.core.leverage import LEVERAGE_USUAL
from exchanges.core.risk_parameters import PARAMETERS
from exchanges.models.position import Position
from foundation.lib.amount_field import amount_field


class MarginSetting(models.Model):
    """Leverage and margin mode that somebody chose for one contract; without a row the usual."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="margin_settings"
    )
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    leverage = models.PositiveSmallIntegerField(default=LEVERAGE_USUAL)
    margin_mode = models.CharField(
        max_length=8,
        choices=Position.MarginMode.choices,
        default=Position.MarginMode.ISOLATED,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "venue", "symbol"], name="margin_setting_unique"
            ),
            models.CheckConstraint(
                condition=Q(leverage__gte=1, leverage__lte=125), name="margin_setting_leverage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.leverage}x {self.margin_mode}"


class RiskParameter(models.Model):
    """A figure of the risk engine that an admin changed; core.risk_parameters has the usual."""

    name = models.CharField(max_length=40, primary_key=True)
    value = amount_field()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} = {self.value.normalize():f}"

    def clean(self) -> None:
        """ValidationError where there is no such figure, or not of this size."""
        known = PARAMETERS.get(self.name)
        if known is None:
            raise ValidationError({"name": f"must be one of {', '.join(PARAMETERS)}"})
        if self.value is not None and not known.least <= self.value <= known.most:
            raise ValidationError({"value": f"must be {known.least:f} to {known.most:f}"})


class FundingRate(models.Model):
    """One funding of one contract: the rate and the mark at which it was settled. Append only.

    Of the paper venue, which settles by it, and of real ones, which tell it afterwards and often
    without the mark.
    """

    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    time_ms = models.BigIntegerField()
    rate = amount_field()
    mark_price = amount_field(null=True, blank=True)

    class Meta:
        ordering = ["-time_ms"]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "symbol", "time_ms"], name="funding_rate_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.rate:f}"


class Liquidation(models.Model):
    """A position that was closed because its margin was used up. Append only.

    to_fund: what the insurance fund got (negative: paid). deleveraged: quantity that winners on the
    other side gave up at the bankruptcy price, because the fund was empty.
    """

    position = models.OneToOneField(Position, on_delete=models.PROTECT, related_name="liquidation")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="liquidations"
    )
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    side = models.CharField(max_length=5)
    quantity = amount_field()
    mark_price = amount_field()
    price = amount_field()
    bankruptcy_price = amount_field()
    fee = amount_field()
    to_fund = amount_field()
    deleveraged = amount_field(default=0)
    time_ms = models.BigIntegerField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["owner", "-id"], name="liquidation_of_owner")]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity.normalize():f} {self.symbol}"


class VenueClock(models.Model):
    """How far the paper venue has come on one price stream: where it goes on after a stop."""

    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    time_ms = models.BigIntegerField()
    price = amount_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "symbol"], name="venue_clock_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} at {self.time_ms}"


class CancelCountdown(models.Model):
    """When every working order of an owner on one contract is cancelled, unless they ask for later:
    what keeps a program that has died from leaving orders behind."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cancel_countdowns"
    )
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    due_at_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "venue", "symbol"], name="cancel_countdown_unique"
            ),
        ]
        indexes = [models.Index(fields=["venue", "due_at_ms"], name="cancel_countdown_due")]

    def __str__(self) -> str:
        return f"{self.symbol} until {self.due_at_ms}"
