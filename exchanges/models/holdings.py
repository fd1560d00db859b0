"""What exchange accounts hold and have traded, as their venues told it last."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from exchanges.core.symbols import SYMBOL_CHARS_MAX
from exchanges.models.credential import ExchangeCredential
from foundation.lib import clock
from foundation.lib.amount_field import amount_field


class AccountHoldings(models.Model):
    """The newest reading of one account. Lists hold records as JSON, amounts as text.

    value: of all balances and open profits in `quote`; assets that nothing prices are in unpriced.
    asked_at: when the running reading was asked for. words: why the last one failed.
    balances_told_at and the like: when the account's stream told of them last, which readings that
    began before do not undo. streams_until: while its stream says so, it is live.
    """

    credential = models.OneToOneField(
        ExchangeCredential, models.CASCADE, related_name="holdings", primary_key=True
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    balances_told_at = models.DateTimeField(null=True, blank=True)
    positions_told_at = models.DateTimeField(null=True, blank=True)
    orders_told_at = models.DateTimeField(null=True, blank=True)
    streams_until = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=400, blank=True)
    quote = models.CharField(max_length=20, default="USDT")
    value = amount_field(null=True, blank=True)
    balances = models.JSONField(default=list, blank=True)
    positions = models.JSONField(default=list, blank=True)
    orders = models.JSONField(default=list, blank=True)
    unpriced = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name_plural = "account holdings"

    def __str__(self) -> str:
        return f"holdings of account {self.credential_id}"

    @property
    def is_live(self) -> bool:
        """Whether the account's stream tells what changes."""
        return self.streams_until is not None and self.streams_until > clock.now()

    @property
    def is_being_read(self) -> bool:
        if self.asked_at is None:
            return False
        return self.read_at is None or self.asked_at > self.read_at


class AccountTrade(models.Model):
    """One execution on a connected account, whoever sent the order; imported once."""

    credential = models.ForeignKey(ExchangeCredential, models.CASCADE, related_name="trades")
    symbol = models.CharField(max_length=SYMBOL_CHARS_MAX)
    venue_fill_id = models.CharField(max_length=64)
    venue_order_id = models.CharField(max_length=64, blank=True)
    side = models.CharField(max_length=4)
    price = amount_field()
    quantity = amount_field()
    fee = amount_field(default=0)
    fee_asset = models.CharField(max_length=20, blank=True)
    is_maker = models.BooleanField(default=False)
    time_ms = models.BigIntegerField()
    imported_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-time_ms", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "symbol", "venue_fill_id"], name="account_trade_once"
            ),
        ]
        indexes = [models.Index(fields=["credential", "-time_ms"], name="account_trade_newest")]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol} at {self.price}"


class TradesTold(models.Model):
    """Up to when an account's executions on one market were all told; reading goes on from here."""

    credential = models.ForeignKey(ExchangeCredential, models.CASCADE, related_name="trades_told")
    symbol = models.CharField(max_length=SYMBOL_CHARS_MAX)
    until_ms = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "trades told"
        constraints = [
            models.UniqueConstraint(fields=["credential", "symbol"], name="trades_told_once"),
        ]

    def __str__(self) -> str:
        return f"account {self.credential_id}: {self.symbol} until {self.until_ms}"


class AccountSnapshot(models.Model):
    """What an account was worth in one hour."""

    credential = models.ForeignKey(ExchangeCredential, models.CASCADE, related_name="snapshots")
    hour_ms = models.BigIntegerField()
    quote = models.CharField(max_length=20)
    value = amount_field()

    class Meta:
        ordering = ["hour_ms"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "hour_ms"], name="account_snapshot_once_an_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.credential_id} at {self.hour_ms}: {self.value} {self.quote}"
