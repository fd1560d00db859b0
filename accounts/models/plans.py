"""Subscription plans, who has which, and what a day has used up."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Plan(models.Model):
    """What a user may use at once, a day and a minute, and what that costs. Edited in the admin."""

    code = models.SlugField(max_length=24, unique=True, help_text="How programs name it.")
    name = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField(
        unique=True, help_text="A change to a higher rank is an upgrade, to a lower a downgrade."
    )
    price = models.DecimalField(
        max_digits=12, decimal_places=2, help_text="A month, in USDT. Holds from the next payment."
    )
    running_bots = models.PositiveIntegerField(help_text="Bots that are not stopped.")
    backtests_per_day = models.PositiveIntegerField(
        help_text="Backtests, searches, portfolios and checks that are begun, by UTC days."
    )
    scripts = models.PositiveIntegerField()
    requests_per_minute = models.PositiveIntegerField(help_text="To the API, by one user.")

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0),
                name="plan_price_not_below_zero",
                violation_error_message="The price must be 0 or more.",
            ),
            models.CheckConstraint(
                condition=Q(requests_per_minute__gte=1),
                name="plan_lets_one_ask",
                violation_error_message="At least one request a minute must be allowed.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """The plan of one user. Without a period it was given, or costs nothing: it never ends.

    paid: what a whole month of this period costs, as it was agreed. next_plan: begins at the
    period's end. grace_until: the period is over and its renewal could not be paid so far.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscription"
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    next_plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    paid = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    anchor_day = models.PositiveSmallIntegerField(
        default=1, help_text="Day of the month on which the first period began."
    )
    grace_until = models.DateTimeField(null=True, blank=True)
    payments = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(period_start__isnull=True, period_end__isnull=True)
                | Q(period_start__lt=F("period_end")),
                name="subscription_period_has_a_length",
                violation_error_message="A period has a start and a later end, or neither.",
            ),
            models.CheckConstraint(
                condition=Q(anchor_day__gte=1, anchor_day__lte=31),
                name="subscription_anchor_is_a_day",
            ),
            models.CheckConstraint(
                condition=Q(paid__gte=0), name="subscription_paid_not_below_zero"
            ),
        ]
        indexes = [models.Index(fields=["period_end"], name="subscription_due")]

    def __str__(self) -> str:
        return f"{self.plan} of {self.user}"


class DailyUse(models.Model):
    """How often a user did in a day what plans limit by the day; deleting gives none back."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="daily_uses",
        db_index=False,
    )
    limit = models.CharField(max_length=32)
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "limit", "day"], name="daily_use_unique")
        ]

    def __str__(self) -> str:
        return f"{self.used} {self.limit} of user {self.user_id} on {self.day}"
