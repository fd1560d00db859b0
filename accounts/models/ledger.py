"""Double-entry ledger. Triggers (migration 0002) keep what constraints cannot say."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.core.postings import AccountKey
from foundation.lib.decimals import AMOUNT_MAX, DECIMAL_PLACES, MAX_DIGITS

# NaN sorts above every number in PostgreSQL, so an upper bound refuses it too.
_BALANCE_IN_RANGE = Q(balance__gt=-AMOUNT_MAX, balance__lt=AMOUNT_MAX)
_AMOUNT_IN_RANGE = Q(amount__gt=-AMOUNT_MAX, amount__lt=AMOUNT_MAX)

PROMISING = "paper_wallet"  # the kind of account whose money open orders keep


class LedgerAccount(models.Model):
    """One asset of one owner for one purpose. `balance` is kept by the trigger on entries.

    held: the part of a wallet's balance that is promised to open orders and cannot be spent
    otherwise.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ledger_accounts",
        help_text="Empty: a house account.",
    )
    kind = models.CharField(max_length=32)
    asset = models.CharField(max_length=24)
    reference = models.CharField(max_length=64, blank=True, default="", db_default="")
    may_go_negative = models.BooleanField(default=False, db_default=False)
    balance = models.DecimalField(
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        default=Decimal(0),
        db_default=Decimal(0),
    )
    held = models.DecimalField(
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        default=Decimal(0),
        db_default=Decimal(0),
    )
    entry_count = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "asset", "reference"],
                name="ledger_account_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0) | Q(may_go_negative=True),
                name="ledger_account_not_below_zero",
                violation_error_message="Not enough funds.",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(may_go_negative=False),
                name="ledger_account_of_a_user_not_negative",
            ),
            models.CheckConstraint(condition=_BALANCE_IN_RANGE, name="ledger_account_finite"),
            models.CheckConstraint(
                condition=Q(held=0) | Q(held__gt=0, held__lte=F("balance")),
                name="ledger_account_held_is_there",
                violation_error_message="Not enough funds.",
            ),
            models.CheckConstraint(
                condition=Q(held=0) | Q(kind=PROMISING, owner__isnull=False),
                name="ledger_account_promises_of_wallets_only",
            ),
            models.CheckConstraint(
                condition=Q(asset__regex=r"^[A-Za-z0-9._-]{1,24}$"), name="ledger_account_asset"
            ),
        ]

    def __str__(self) -> str:
        owner = f"user {self.owner_id}" if self.owner_id else "house"
        return f"{owner} {self.kind} {self.asset} {self.reference}".rstrip()

    @property
    def key(self) -> AccountKey:
        return AccountKey(self.owner_id, self.kind, self.asset, self.reference)


class Transfer(models.Model):
    """Money that moved once, whole, under one key. Never changed, never deleted."""

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=32)
    legs = models.SmallIntegerField(help_text="How many entries it has.")
    memo = models.JSONField(default=dict, db_default={}, blank=True)
    occurred_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            # Not unique=True: that would add a second index that nothing asks.
            models.UniqueConstraint(fields=["key"], name="transfer_key_unique"),
            models.CheckConstraint(condition=Q(legs__gte=2), name="transfer_has_two_legs"),
            models.CheckConstraint(condition=~Q(key=""), name="transfer_has_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Entry(models.Model):
    """One leg of a transfer. `number` and `balance_after` are set by the trigger, in one chain
    per account: each balance is the one before plus the amount."""

    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    leg = models.SmallIntegerField()
    account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    amount = models.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)
    number = models.BigIntegerField(editable=False)
    balance_after = models.DecimalField(
        max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, editable=False
    )

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["transfer", "leg"], name="entry_leg_unique"),
            models.UniqueConstraint(fields=["account", "number"], name="entry_number_unique"),
            models.CheckConstraint(condition=~Q(amount=0), name="entry_moves_something"),
            models.CheckConstraint(condition=_AMOUNT_IN_RANGE, name="entry_finite"),
            models.CheckConstraint(condition=Q(leg__gte=1), name="entry_leg_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+f} (leg {self.leg} of transfer {self.transfer_id})"
