"""What a transfer is: legs that balance per asset, and the chart of ledger-account kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from foundation.lib.decimals import MONEY, parse_amount

LEGS_MIN, LEGS_MAX = 2, 64
KEY_CHARS_MAX = 120


@dataclass(frozen=True, slots=True)
class AccountKind:
    """One row of the chart of accounts."""

    key: str
    is_house: bool
    may_go_negative: bool
    meaning: str


def _kind(key: str, meaning: str, *, house: bool = False, negative: bool = False) -> AccountKind:
    assert house or not negative, "only a house account may go below zero"
    return AccountKind(key, house, negative, meaning)


# Kinds are data, not model choices: a new one is a line here and no migration.
KINDS: dict[str, AccountKind] = {
    kind.key: kind
    for kind in (
        _kind("paper_wallet", "play money that a user may spend"),
        _kind("paper_futures", "play money of the futures wallet"),
        _kind("paper_margin", "margin of an isolated position; reference = symbol"),
        _kind("paper_bot", "what one paper bot holds; reference = bot id"),
        _kind("paper_issue", "where play money comes from", house=True, negative=True),
        _kind("paper_market", "the other side of paper fills", house=True, negative=True),
        _kind("paper_fees", "fees paid on the paper venue", house=True),
        _kind("paper_funding", "funding between longs and shorts", house=True, negative=True),
        _kind("plan_revenue", "what users have paid for their plans", house=True),
        _kind("paper_insurance", "pays what liquidations leave short", house=True),
    )
}


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Which account is meant. owner_id None: a house account."""

    owner_id: int | None
    kind: str
    asset: str
    reference: str = ""

    def __post_init__(self) -> None:
        kind = KINDS.get(self.kind)
        assert kind is not None, f"unknown kind of ledger account: {self.kind!r}"
        assert kind.is_house == (self.owner_id is None), f"wrong owner for {self.kind!r}"


class Account(Protocol):
    """What the rules need to know of an account."""

    @property
    def pk(self) -> int: ...
    @property
    def asset(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a transfer: amount > 0 comes in, amount < 0 goes out."""

    account: Account
    amount: Decimal


class Posted(StrEnum):
    """The answer to a post; all but the first two say what a repeated key was used for before."""

    CREATED = "created"
    EXISTS = "exists"
    EXISTS_WITH_DIFFERENT_KIND = "exists_with_different_kind"
    EXISTS_WITH_DIFFERENT_ACCOUNTS = "exists_with_different_accounts"
    EXISTS_WITH_DIFFERENT_AMOUNTS = "exists_with_different_amounts"
    EXISTS_WITH_DIFFERENT_MEMO = "exists_with_different_memo"

    @property
    def is_done(self) -> bool:
        """The money has moved as asked, now or before: the caller may go on."""
        return self in (Posted.CREATED, Posted.EXISTS)


def totals(legs: Iterable[Leg]) -> dict[str, Decimal]:
    """Sum of the legs per asset; a balanced transfer has only zeros."""
    sums: dict[str, Decimal] = {}
    for leg in legs:
        # MONEY: the default context keeps 28 digits and would round a large sum.
        sums[leg.account.asset] = MONEY.add(sums.get(leg.account.asset, Decimal(0)), leg.amount)
    return sums


def check(key: str, legs: Sequence[Leg]) -> None:
    """ValueError for what cannot be a transfer. Nothing is rounded for the caller."""
    if not 0 < len(key) <= KEY_CHARS_MAX:
        raise ValueError(f"a key has 1 to {KEY_CHARS_MAX} characters")
    if not LEGS_MIN <= len(legs) <= LEGS_MAX:
        raise ValueError(f"a transfer has {LEGS_MIN} to {LEGS_MAX} legs")
    for leg in legs:
        if parse_amount(leg.amount) == 0:
            raise ValueError("a leg moves something: its amount is not 0")
    for asset, total in totals(legs).items():
        if total != 0:
            raise ValueError(f"the legs in {asset} do not balance: {total:+f}")
