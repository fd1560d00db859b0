"""Bots, their runs, and what they tell their owner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import CharField, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from bots.core.lifecycle import ACTIVE, BotStatus
from exchanges.models.order import BOT_WALLET
from foundation.lib.amount_field import amount_field


def wallet_of(column: str) -> Concat:
    """`Bot.wallet` in SQL, of the bot that this column of the outer query names."""
    return Concat(Value(BOT_WALLET), Cast(OuterRef(column), CharField()))


RULES = "rules"
DAY_MS = 86_400_000


class BotQuerySet(models.QuerySet["Bot"]):
    def owned_by(self, user: Any) -> BotQuerySet:
        """The one place that says whose bots these are; views add nothing to it."""
        return self.filter(owner=user, deleted_at__isnull=True)


class Bot(models.Model):
    """One strategy, or one of the other kinds, on one symbol of one venue, with its own money.

    kind: of bots.core.kinds, "rules" for a strategy. params: its checked parameters; timeframe: of
    the candles it is asked at (a strategy brings its own). credential: the connected account whose
    money it trades with; null: paper. allocation: quote money moved from the owner's wallet to the
    bot's when it starts. slippage: fraction by which a market fill is worse than the open. risk:
    its own limits, of bots.core.bot_risk. delete_asked_at: it is deleted once it is stopped
    and flat, or at once when delete_keeps. Deleting hides: orders, fills and ledger entries point
    here for ever.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bots"
    )
    name = models.CharField(max_length=100)
    strategy = models.ForeignKey(
        "bots.Strategy", null=True, on_delete=models.SET_NULL, related_name="bots"
    )
    kind = models.CharField(max_length=16, default=RULES)
    params = models.JSONField(default=dict, blank=True)
    timeframe = models.CharField(max_length=8, blank=True)
    venue = models.CharField(max_length=32)
    credential = models.ForeignKey(
        "exchanges.ExchangeCredential",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bots",
    )
    symbol = models.CharField(max_length=70)
    allocation = amount_field()
    slippage = amount_field(default=0)
    risk = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, default=BotStatus.STOPPED)
    status_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    delete_asked_at = models.DateTimeField(null=True, blank=True)
    delete_keeps = models.BooleanField(default=False, db_default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = BotQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["owner", "-id"], name="bot_of_owner", condition=Q(deleted_at__isnull=True)
            ),
            models.Index(
                fields=["id"],
                name="bot_to_go",
                condition=Q(delete_asked_at__isnull=False, deleted_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=sorted(BotStatus)), name="bot_status_known"
            ),
            models.CheckConstraint(condition=Q(allocation__gt=0), name="bot_allocation_positive"),
            models.CheckConstraint(
                condition=Q(slippage__gte=0, slippage__lt=1), name="bot_slippage_is_a_fraction"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def wallet(self) -> str:
        """Names the bot's money, orders and positions: its own ledger sub-account."""
        return f"{BOT_WALLET}{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


class BotRun(models.Model):
    """From one start to its stop. Everything a decision depends on is kept here, as it was.

    anchor_ms: first candle that indicators see. trade_from_ms: first candle that may decide.
    last_candle_ms: the cursor, the last candle worked off. day_ms, day_equity: the UTC day of the
    newest candle, and the equity with which it began. is_halted: the drawdown limit was
    reached, nothing is opened any more.

    runner: who trades it. On the venue and on an account `state` is where the last close left it;
    `markets` holds the rules of its symbols, its own first.
    """

    class Runner(models.TextChoices):
        BATCH = "batch", "With all rule bots of its market at once"
        VENUE = "venue", "On a venue in memory"
        ACCOUNT = "account", "On a connected account"

    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="runs")
    spec = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    rules = models.JSONField()
    runner = models.CharField(max_length=8, choices=Runner.choices, default=Runner.BATCH)
    kind = models.CharField(max_length=16, default=RULES)
    params = models.JSONField(default=dict, blank=True)
    markets = models.JSONField(default=dict, blank=True)
    state = models.JSONField(null=True, blank=True)
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    timeframe = models.CharField(max_length=8)
    anchor_ms = models.BigIntegerField()
    trade_from_ms = models.BigIntegerField()
    last_candle_ms = models.BigIntegerField()
    equity_start = amount_field()
    peak_equity = amount_field()
    equity = amount_field()
    last_price = amount_field(null=True, blank=True)
    day_ms = models.BigIntegerField(default=0)
    day_equity = amount_field(default=0)
    is_halted = models.BooleanField(default=False)
    errors_in_row = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=24, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["venue", "symbol", "timeframe"],
                name="bot_run_of_market",
                condition=Q(ended_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["bot"], name="bot_one_run_at_a_time", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.bot_id}"

    def turn_day(self, time_ms: int) -> None:
        """A candle closed at this time; called before `equity` takes its new value."""
        day_ms = time_ms // DAY_MS * DAY_MS
        if day_ms > self.day_ms:
            self.day_ms, self.day_equity = day_ms, self.equity


class BotLog(models.Model):
    """What happened, in plain words, for the owner. Append only."""

    class Level(models.TextChoices):
        INFO = "info", "Info"
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="log")
    run = models.ForeignKey(BotRun, null=True, on_delete=models.PROTECT, related_name="log")
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.INFO)
    kind = models.CharField(max_length=16)
    message = models.TextField()
    candle_ms = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["bot", "-id"], name="bot_log_of_bot")]

    def __str__(self) -> str:
        return self.message
