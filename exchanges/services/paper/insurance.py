"""The insurance fund: its balance, its seed, what admins add."""

from __future__ import annotations

from decimal import Decimal

from accounts.core.postings import AccountKey
from accounts.models import LedgerAccount
from accounts.services import ledger
from accounts.services.ledger import Leg
from exchanges.services.paper import parameters


def balance(asset: str) -> Decimal:
    """What the fund can pay now."""
    key = AccountKey(None, "paper_insurance", asset)
    row = LedgerAccount.objects.filter(owner__isnull=True, kind=key.kind, asset=asset).first()
    return row.balance if row else Decimal(0)


def locked_balance(asset: str) -> Decimal:
    """The same, and nobody else moves it until the transaction ends."""
    account = ledger.house_account("paper_insurance", asset)
    return ledger.lock([account])[account.pk].balance


def seed(asset: str) -> None:
    """What the fund begins with, once."""
    amount = parameters.value("insurance_seed")
    if amount > 0:
        add(asset=asset, amount=amount, key=f"insurance:seed:{asset}")


def add(*, asset: str, amount: Decimal, key: str) -> None:
    """Play money for the fund, once a key; whoever comes later with the seed's key is too late."""
    fund = ledger.house_account("paper_insurance", asset)
    source = ledger.house_account("paper_issue", asset, spread_by="insurance")
    ledger.post(
        key=key, kind="insurance", legs=[Leg(fund, amount), Leg(source, amount.copy_negate())]
    )
