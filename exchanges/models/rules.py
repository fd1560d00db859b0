"""What a market's rules were, and when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from exchanges.core.leverage import tiers_from_json
from exchanges.core.market import MarketRules
from exchanges.models.market import Market
from foundation.lib.amount_field import amount_field


class RuleRecord(models.Model):
    """A market's rules from valid_from until valid_until (null: still); ends do not overlap.

    Written by a trigger whenever a market is made or changed, by whatever way. What was not known
    and is learnt is filled in; what was known and changes begins a new record.
    """

    market = models.ForeignKey(Market, models.CASCADE, related_name="rule_records")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    price_step = amount_field(null=True, blank=True)
    amount_step = amount_field(null=True, blank=True)
    amount_min = amount_field(null=True, blank=True)
    notional_min = amount_field(null=True, blank=True)
    fee_maker = amount_field()
    fee_taker = amount_field()
    leverage_tiers = models.JSONField(null=True, blank=True)
    is_listed = models.BooleanField()

    class Meta:
        ordering = ["market_id", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["market"],
                condition=Q(valid_until__isnull=True),
                name="rule_record_one_is_valid_now",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="rule_record_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"rules of {self.market} from {self.valid_from:%Y-%m-%d %H:%M}"

    def rules(self) -> MarketRules:
        """As the cores take them."""
        return MarketRules(
            price_step=self.price_step,
            amount_step=self.amount_step,
            amount_min=self.amount_min,
            notional_min=self.notional_min,
            fee_maker=self.fee_maker,
            fee_taker=self.fee_taker,
            tiers=tiers_from_json(self.leverage_tiers),
        )
