"""Signals from outside: the address they come to, and each one with what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bots.models.bot import Bot
from foundation.lib import clock
from foundation.lib.amount_field import amount_field

LAG_S_DEFAULT, LAG_S_MAX = 300, 86_400
SECRET_CHARS_MAX = 200


class BotHook(models.Model):
    """Where a bot's signals come to. The token of the address is told once, when it is made.

    secret_hash: of the secret that a body must have; "" asks for none. lag_s_max: how old a body
    that tells its time may be.
    """

    bot = models.OneToOneField(Bot, on_delete=models.CASCADE, related_name="hook")
    # 32 random bytes need no slow hash: there is nothing to guess.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, blank=True, editable=False)
    lag_s_max = models.PositiveIntegerField(default=LAG_S_DEFAULT)
    created_at = models.DateTimeField(default=clock.now)
    rotated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lag_s_max__gte=1, lag_s_max__lte=LAG_S_MAX), name="hook_lag_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"address of {self.bot_id}"

    @property
    def has_secret(self) -> bool:
        return bool(self.secret_hash)


class BotSignal(models.Model):
    """One body that came in. The row is the durable thing: bots read rows at their closes.

    signal_id: the sender's, or made of the body; the same one is the same signal. received_ms: by
    our clock; due_ms: in the market's time, from when on a close may act on it. taken_ms: time of
    the close that was given it. code: why it was refused, as REST answers it.
    """

    class State(models.TextChoices):
        ACCEPTED = "accepted", "Waits for the close"
        TAKEN = "taken", "Given to the bot"
        REFUSED = "refused", "Refused"

    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="signals")
    signal_id = models.CharField(max_length=120)
    received_ms = models.BigIntegerField()
    due_ms = models.BigIntegerField()
    body = models.JSONField(default=dict)
    action = models.CharField(max_length=8, blank=True)
    symbol = models.CharField(max_length=70, blank=True)
    amount = amount_field(null=True, blank=True)
    fraction = amount_field(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    code = models.CharField(max_length=24, blank=True)
    path = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    taken_ms = models.BigIntegerField(null=True, blank=True)
    replay_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replays"
    )

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["bot", "-id"], name="signal_of_bot"),
            models.Index(
                fields=["bot", "due_ms"],
                name="signal_waits",
                condition=Q(state__in=["accepted", "taken"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["bot", "signal_id"], name="signal_once"),
            models.CheckConstraint(
                condition=Q(state__in=["accepted", "taken", "refused"]), name="signal_state"
            ),
            models.CheckConstraint(condition=~Q(signal_id=""), name="signal_has_an_id"),
        ]

    def __str__(self) -> str:
        return f"{self.action or self.code} {self.symbol}".strip()
