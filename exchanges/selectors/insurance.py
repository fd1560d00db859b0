"""The insurance fund: what it has, and what came and went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from accounts.models import Entry, LedgerAccount
from exchanges.selectors.margin import SETTLE_ASSET

FUND, HISTORY = "paper_insurance", 100


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the fund; below 0 it paid."""

    id: int
    occurred_at: datetime
    kind: str
    amount: Decimal
    symbol: str


@dataclass(frozen=True, slots=True)
class Fund:
    """Balance and newest movements, newest first."""

    asset: str
    balance: Decimal
    history: list[Movement]


def balance() -> Decimal:
    """What the fund has left, its shards together."""
    rows = LedgerAccount.objects.filter(kind=FUND, asset=SETTLE_ASSET, owner__isnull=True)
    found: Decimal | None = rows.aggregate(total=Sum("balance"))["total"]
    return found or Decimal(0)


def fund() -> Fund:
    """The fund as an admin looks at it."""
    rows = Entry.objects.filter(account__kind=FUND, account__asset=SETTLE_ASSET)
    newest = rows.select_related("transfer").order_by("-pk")[:HISTORY]
    history = [
        Movement(
            id=row.pk,
            occurred_at=row.transfer.occurred_at,
            kind=row.transfer.kind,
            amount=row.amount,
            symbol=str(row.transfer.memo.get("symbol", "")),
        )
        for row in newest
    ]
    return Fund(SETTLE_ASSET, balance(), history)
