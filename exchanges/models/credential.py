"""Accounts at exchanges that users have connected, every use of their keys, and what stops them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from exchanges.core.symbols import SYMBOL_CHARS_MAX
from exchanges.models.sealed_field import MARK_CHARS, SealedField
from foundation.lib.amount_field import amount_field

LABEL_CHARS_MAX = 60
WORDS_CHARS_MAX = 400


class CredentialQuerySet(models.QuerySet["ExchangeCredential"]):
    def owned_by(self, user: Any) -> CredentialQuerySet:
        """The one place that says whose accounts these are."""
        return self.filter(owner=user)


class CredentialManager(models.Manager["ExchangeCredential"]):
    """Rows without their box: only who signs reads that column."""

    def get_queryset(self) -> CredentialQuerySet:
        return CredentialQuerySet(self.model, using=self._db).defer("sealed")

    def owned_by(self, user: Any) -> CredentialQuerySet:
        return self.get_queryset().owned_by(user)


class ExchangeCredential(models.Model):
    """Keys of one account at one venue. They come in once, and go out only to who signs.

    state: as the last check found it. asked_at: when the running check was asked for. wrapped_with:
    which SECRET_KEY the box is encrypted under. notional_day_max: in the market's quote, a UTC day.
    """

    class State(models.TextChoices):
        CHECKING = "checking"  # never checked yet: nothing is sent with it
        WORKING = "working"
        REFUSED = "refused"  # wrong, or allowed too much: nothing is sent until that is mended
        FAILING = "failing"  # the venue could not be asked; what worked before goes on

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="exchange_credentials"
    )
    venue = models.CharField(max_length=32)
    label = models.CharField(max_length=LABEL_CHARS_MAX)
    last_four = models.CharField(max_length=4)
    is_testnet = models.BooleanField(default=False)
    sealed = SealedField(editable=False)
    key_version = models.PositiveSmallIntegerField()
    wrapped_with = models.CharField(max_length=MARK_CHARS)
    sealed_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.CHECKING)
    was_working = models.BooleanField(default=False)
    words = models.CharField(max_length=WORDS_CHARS_MAX, blank=True)
    permissions = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_ip_restricted = models.BooleanField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    symbols = ArrayField(
        models.CharField(max_length=SYMBOL_CHARS_MAX),
        default=list,
        blank=True,
        help_text="Only these may be traded; empty: all.",
    )
    notional_day_max = amount_field(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[CredentialManager] = CredentialManager()

    class Meta:
        ordering = ["venue", "label"]
        verbose_name = "exchange account"
        base_manager_name = "objects"  # who follows a key to a row does not read its box either
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "venue", "label"], name="credential_label_once_a_venue"
            ),
            models.CheckConstraint(condition=~Q(label=""), name="credential_has_a_label"),
            models.CheckConstraint(
                condition=Q(notional_day_max__isnull=True) | Q(notional_day_max__gt=0),
                name="credential_limit_above_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} at {self.venue} (…{self.last_four})"

    @property
    def is_being_checked(self) -> bool:
        if self.asked_at is None:
            return False
        return self.checked_at is None or self.asked_at > self.checked_at

    @property
    def may_send(self) -> bool:
        """Whether orders may leave by it, as far as the last check goes."""
        if self.state == self.State.FAILING:
            return self.was_working
        return self.state == self.State.WORKING


class CredentialUse(models.Model):
    """One line of the audit: written before keys are handed out, never changed, never a key in it.

    credential_number stays when the account is gone. process: host and process id.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    # Both outlive what they point at.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False
    )
    credential_number = models.BigIntegerField()
    venue = models.CharField(max_length=32)
    purpose = models.CharField(max_length=20)
    symbol = models.CharField(max_length=SYMBOL_CHARS_MAX, blank=True)
    process = models.CharField(max_length=80)

    class Meta:
        ordering = ["-id"]
        verbose_name = "use of an exchange account"
        verbose_name_plural = "uses of exchange accounts"
        indexes = [
            models.Index(fields=["credential_number", "-id"], name="credential_use_of_one"),
            models.Index(
                fields=["venue", "symbol", "at"],
                condition=~Q(symbol=""),
                name="credential_use_of_market",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by account {self.credential_number} at {self.venue}"


class CredentialDay(models.Model):
    """What was sent by an account on one UTC day: the sum that its limit bounds."""

    credential = models.ForeignKey(ExchangeCredential, models.CASCADE, related_name="days")
    day = models.DateField()
    notional = amount_field(default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["credential", "day"], name="credential_day_once"),
            models.CheckConstraint(condition=Q(notional__gte=0), name="credential_day_not_below_0"),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} on {self.day}: {self.notional}"


class SendingHalt(models.Model):
    """While one is open nothing is sent by its owner's accounts; owner null: by nobody's."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    started_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "stop of all sending"
        verbose_name_plural = "stops of all sending"
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="sending_halt_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="sending_halt_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"stop by {self.started_by}"


class CredentialAlarm(models.Model):
    """Many accounts traded one thin market within minutes, as after a theft of keys."""

    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=SYMBOL_CHARS_MAX)
    account_count = models.PositiveIntegerField()
    volume_day = amount_field(null=True, blank=True)
    raised_at = models.DateTimeField(db_default=Now(), editable=False)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "alarm of exchange accounts"
        verbose_name_plural = "alarms of exchange accounts"
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "symbol"],
                condition=Q(seen_at__isnull=True),
                name="credential_alarm_one_unseen",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_count} accounts trade {self.symbol} at {self.venue}"
