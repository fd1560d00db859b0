"""Limits of risk, what they refused, and the switch that closes everything."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchanges.core.risk_gate import Limits
from exchanges.core.symbols import SYMBOL_CHARS_MAX
from foundation.lib.amount_field import amount_field

AMOUNTS = ("exposure_coin", "leverage", "daily_loss", "daily_loss_fraction", "position")


class RiskLimits(models.Model):
    """Limits of one user, or of everybody (owner null); empty fields: none."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="risk_limits"
    )
    exposure_coin = amount_field(
        null=True, blank=True, help_text="Most of one coin, in USDT; long and short added up."
    )
    leverage = amount_field(
        null=True, blank=True, help_text="Most of everything at risk over equity."
    )
    daily_loss = amount_field(null=True, blank=True, help_text="In USDT, a UTC day.")
    daily_loss_fraction = amount_field(
        null=True, blank=True, help_text="Of the equity at the day's beginning: 0.05 is 5 %."
    )
    position = amount_field(null=True, blank=True, help_text="Most of one position, in USDT.")
    orders_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="Opening orders within sixty minutes."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "risk limits"
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], nulls_distinct=False, name="risk_limits_one_of_each"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gt": 0}),
                    name=f"risk_{name}_above_zero",
                )
                for name in (*AMOUNTS, "orders_hour")
            ),
            models.CheckConstraint(
                condition=Q(daily_loss_fraction__isnull=True) | Q(daily_loss_fraction__lte=1),
                name="risk_daily_loss_is_a_fraction",
            ),
        ]

    def __str__(self) -> str:
        return f"limits of {self.owner}" if self.owner_id else "limits of everybody"

    def limits(self) -> Limits:
        amounts = {name: getattr(self, name) for name in AMOUNTS}
        return Limits(**amounts, orders_hour=self.orders_hour)


class RefusalQuerySet(models.QuerySet["RiskRefusal"]):
    def owned_by(self, user: Any) -> RefusalQuerySet:
        """The one place that says whose these are."""
        return self.filter(owner=user)


class RiskRefusal(models.Model):
    """An order that was not let through, and why. Append only; old ones are cleared away.

    wallet: whose order it was: "spot", "futures", "bot:12"; "account:3" by hand at an exchange.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="risk_refusals"
    )
    at = models.DateTimeField(db_default=Now(), editable=False)
    wallet = models.CharField(max_length=40)
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=SYMBOL_CHARS_MAX)
    side = models.CharField(max_length=4)
    rule = models.CharField(max_length=24)
    value = models.CharField(max_length=60)
    limit = models.CharField(max_length=60)
    words = models.CharField(max_length=300)

    objects = RefusalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="risk_refusal_of_owner"),
            models.Index(fields=["at"], name="risk_refusal_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.symbol}: {self.words}"


class KillSwitch(models.Model):
    """From started_at on nothing of this user's opens, until it is lifted. Everything is closed.

    left: what was still open at checked_at, in words; flat_at: when nothing was any more;
    alarmed_at: when it had taken too long.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="kill_switches"
    )
    started_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    flat_at = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    left = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "kill switches"
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(lifted_at__isnull=True), name="kill_switch_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"kill switch of {self.owner_id} since {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_flat(self) -> bool:
        return self.flat_at is not None
