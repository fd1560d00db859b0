"""Play money: whoever signs in for the first time finds some to trade with on paper."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import User
from accounts.services import ledger

WELCOME_ASSET = "USDT"
WELCOME_AMOUNT = Decimal(10_000)


def welcome(user: User) -> None:
    """The first play money of a user's paper wallet; given once, however often this is called."""
    ledger.grant_play_money(
        user=user, asset=WELCOME_ASSET, amount=WELCOME_AMOUNT, key=f"welcome:{user.pk}"
    )
