"""A bot's way from paper to real money."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bots.core.promotion import Stage
from bots.models.bot import Bot
from foundation.lib.amount_field import amount_field


class BotPromotion(models.Model):
    """credential: the account it goes live on. plan: of core.promotion. allocation: all of its
    money; share: the fraction it trades with now, 0 on paper. since: in this stage."""

    bot = models.OneToOneField(Bot, on_delete=models.CASCADE, related_name="promotion")
    credential = models.ForeignKey(
        "exchanges.ExchangeCredential", on_delete=models.PROTECT, related_name="promotions"
    )
    plan = models.JSONField()
    stage = models.CharField(max_length=8, default=Stage.PAPER)
    share = amount_field(default=0)
    allocation = amount_field()
    paper_venue = models.CharField(max_length=32)
    since = models.DateTimeField()
    words = models.CharField(max_length=300, blank=True)
    moving_to = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=sorted(Stage)), name="promotion_stage_known"
            ),
            models.CheckConstraint(
                condition=Q(share__gte=0, share__lte=1), name="promotion_share_is_a_fraction"
            ),
        ]

    def __str__(self) -> str:
        return f"bot {self.bot_id} on its way: {self.stage}"
