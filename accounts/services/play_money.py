"""Play money: whoever signs in for the first time finds some to trade with on paper."""

from __future__ import annotations

from decimal import Decimal

from accounts.models import User
from accounts.services import ledger

WELCOME_ASSET = "USDT"
WELCOME_AMOUNT = Decimal(10_000)
# (kind of account, asset, amount): the spot and the futures wallet on the first day.
WELCOME = (
    ("paper_wallet", WELCOME_ASSET, WELCOME_AMOUNT),
    ("paper_futures", WELCOME_ASSET, WELCOME_AMOUNT),
)


def welcome(user: User) -> None:
    """The first play money of a user's wallets; given once, however often this is called."""
    for kind, asset, amount in WELCOME:
        # The spot wallet's key is older than the futures wallet.
        suffix = "" if kind == "paper_wallet" else f":{kind}"
        ledger.grant_play_money(
            user=user, asset=asset, amount=amount, kind=kind, key=f"welcome:{user.pk}{suffix}"
        )
