"""Limits of risk, what they refused, and the kill switch, for pages and programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from exchanges.core import risk_gate as core
from exchanges.core.risk_gate import Facts, Limits
from exchanges.models import AccountHoldings, KillSwitch, RiskLimits, RiskRefusal
from exchanges.selectors import risk_accounts, risk_books
from foundation.lib import clock


@dataclass(frozen=True, slots=True)
class Standing:
    """own, everybody, merged: limits. paper, real: facts now; real None without an account."""

    own: Limits
    everybody: Limits
    merged: Limits
    paper: Facts
    real: Facts | None


def everybody() -> Limits:
    """What the operators have set."""
    row = RiskLimits.objects.filter(owner__isnull=True).first()
    return row.limits() if row else Limits()


def own(owner: Any) -> Limits:
    row = RiskLimits.objects.filter(owner=owner).first()
    return row.limits() if row else Limits()


def standing(owner: Any) -> Standing:
    """A user's limits, and what is at risk by now."""
    mine, all_of_us = own(owner), everybody()
    has_accounts = AccountHoldings.objects.filter(
        credential__owner=owner, credential__is_testnet=False
    ).exists()
    now_ms, ids = clock.now_ms(), [owner.pk]
    real = None
    if has_accounts:
        real = risk_accounts.accounts(ids, now_ms=now_ms, is_testnet=False)[owner.pk].facts
    return Standing(mine, all_of_us, core.merge(all_of_us, mine), paper(owner.pk), real)


def paper(owner_id: int) -> Facts:
    """What a user has at risk with play money."""
    books = risk_books.paper([owner_id], now_ms=clock.now_ms(), hour_max=1_000)
    return books[owner_id].facts


def equity(owner_id: int) -> Decimal:
    """What a user's paper money is worth."""
    return paper(owner_id).equity


def refusals(owner: Any) -> QuerySet[RiskRefusal]:
    """Newest first."""
    return RiskRefusal.objects.owned_by(owner).order_by("-pk")


def refused_since(owner: Any, since: datetime) -> QuerySet[RiskRefusal]:
    return refusals(owner).filter(at__gte=since)


def kill_switch(owner: Any) -> KillSwitch | None:
    """The one that is on."""
    return KillSwitch.objects.filter(owner=owner, lifted_at__isnull=True).first()
