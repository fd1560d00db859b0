"""Orders sent to connected accounts: written before the venue hears of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchanges.core.symbols import SYMBOL_CHARS_MAX
from exchanges.models.credential import ExchangeCredential
from foundation.lib.amount_field import amount_field


class AccountOrderQuerySet(models.QuerySet["AccountOrder"]):
    def owned_by(self, user: Any) -> AccountOrderQuerySet:
        """The one place that says whose these are."""
        return self.filter(owner=user)

    def working(self) -> AccountOrderQuerySet:
        return self.filter(status__in=AccountOrder.WORKING)


class AccountOrder(models.Model):
    """One order. status "sending": its request may be out; it is asked about, never sent again.

    target_price: a stop's other leg; the venue lets only one of both trade.
    wallet: whose it is among the account's bots, "" by hand. closes: it sells what its bot holds,
    which no limit of the day may hold back. notional: in quote, as counted against the account's
    day. cancel_asked_at: taken back by us. cancel_through_halt: its owner wants the cancel
    sent although sending is stopped.
    """

    class Status(models.TextChoices):
        PENDING = "pending"  # written, not sent
        SENDING = "sending"  # perhaps sent
        OPEN = "open"
        PARTIALLY_FILLED = "partially_filled"
        FILLED = "filled"
        CANCELLED = "cancelled"
        EXPIRED = "expired"
        REJECTED = "rejected"  # by the venue
        DENIED = "denied"  # by us: a limit, the switch, the keys

    WORKING = (Status.PENDING, Status.SENDING, Status.OPEN, Status.PARTIALLY_FILLED)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="account_orders"
    )
    credential = models.ForeignKey(
        ExchangeCredential, models.CASCADE, related_name="account_orders"
    )
    wallet = models.CharField(max_length=40, blank=True, default="")
    closes = models.BooleanField(default=False)
    client_order_id = models.CharField(max_length=32)
    venue_order_id = models.CharField(max_length=64, blank=True)
    symbol = models.CharField(max_length=SYMBOL_CHARS_MAX)
    type = models.CharField(max_length=24)
    side = models.CharField(max_length=4)
    time_in_force = models.CharField(max_length=4, default="GTC")
    post_only = models.BooleanField(default=False)
    reduce_only = models.BooleanField(default=False)
    quantity = amount_field()
    price = amount_field(null=True, blank=True)
    trigger_price = amount_field(null=True, blank=True)
    callback_rate = amount_field(null=True, blank=True)
    target_price = amount_field(null=True, blank=True)
    notional = amount_field(default=0)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    detail = models.CharField(max_length=300, blank=True)
    filled_quantity = amount_field(default=0)
    filled_quote = amount_field(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_through_halt = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccountOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "client_order_id"], name="account_order_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="account_order_has_a_size"),
            models.CheckConstraint(
                condition=Q(side__in=["buy", "sell"]), name="account_order_side_known"
            ),
            models.CheckConstraint(
                condition=Q(filled_quantity__gte=0), name="account_order_fills_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "id"], name="account_order_of_wallet"),
            models.Index(
                fields=["looked_at"],
                name="account_order_working",
                condition=Q(status__in=["pending", "sending", "open", "partially_filled"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.symbol} {self.client_order_id}"

    @property
    def is_working(self) -> bool:
        return self.status in self.WORKING

    @property
    def is_closing(self) -> bool:
        """It can open nothing: what closes, and coins that are sold."""
        is_spot = ":" not in self.symbol
        return self.closes or self.reduce_only or (is_spot and self.side == "sell")

    @property
    def opens(self) -> bool:
        """Whether it may add to what is held: only such an order is safer taken back than left."""
        return not self.is_closing

    @property
    def waits(self) -> bool:
        """For its trigger price: some venues keep such orders apart."""
        return self.trigger_price is not None or self.callback_rate is not None

    @property
    def is_pair(self) -> bool:
        """A stop and a target, of which one is enough."""
        return self.target_price is not None
