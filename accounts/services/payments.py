"""Paying the house: where a user's money comes from, and where it goes, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.core.plans import PRICE_ASSET
from accounts.models import LedgerAccount, User
from accounts.services import ledger
from accounts.services.ledger import InsufficientFunds, Leg

KIND = "plan"


def source(user: User) -> LedgerAccount:
    """The account that a user pays from: the spot wallet, whose money is play money."""
    return ledger.account_for(user, "paper_wallet", PRICE_ASSET)


def pay(*, user: User, amount: Decimal, key: str, memo: Mapping[str, Any]) -> None:
    """Move `amount` (USDT) from the user to the house, once per `key`; nothing for 0.

    InsufficientFunds says what is needed and what is free; nothing has moved then.
    """
    if amount <= 0:
        return
    purse = source(user)
    revenue = ledger.house_account("plan_revenue", PRICE_ASSET, spread_by=user.pk)
    legs = [Leg(purse, -amount), Leg(revenue, amount)]
    try:
        ledger.post(key=key, kind=KIND, legs=legs, memo=memo).require()
    except InsufficientFunds as fault:
        raise InsufficientFunds(
            f"{amount:,.2f} {PRICE_ASSET} are needed; your spot wallet has "
            f"{free(user):,.2f} {PRICE_ASSET} free. Move money there, then try again."
        ) from fault


def free(user: User) -> Decimal:
    """What the user can spend on a plan now, USDT."""
    purse = source(user)
    return purse.balance - purse.held
