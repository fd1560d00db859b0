"""What a desk reads as it opens: accounts, positions, working orders, chosen leverage.

Every transaction of the venue asks these questions, so they are prepared statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from accounts.core.postings import AccountKey
from accounts.services import ledger
from exchanges.models import Order, Position
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from foundation.lib import prepared
from foundation.lib.bulk import select_rows

LOCK_SPACE = 0x50415045 << 32  # advisory locks of this venue; the user's id is the rest

_LOCK = "SELECT pg_advisory_xact_lock(%s::bigint + id) FROM unnest(%s::bigint[]) AS id"
# The house's accounts that these users trade against come along: only their ids are asked for.
_ACCOUNTS = """
SELECT owner_id, kind, asset, reference, balance, held, id FROM accounts_ledgeraccount
 WHERE owner_id = ANY(%s::bigint[]) AND kind IN ('paper_wallet', 'paper_futures', 'paper_margin')
 UNION ALL
SELECT owner_id, kind, asset, reference, NULL, NULL, id FROM accounts_ledgeraccount
 WHERE owner_id IS NULL AND kind IN ('paper_market', 'paper_fees', 'paper_funding')
   AND reference = ANY(%s::text[])
"""
_WORKING = """
SELECT owner_id, symbol, wallet, count(*), sum(held) FROM exchanges_order
 WHERE owner_id = ANY(%s::bigint[]) AND wallet IN ('spot', 'futures')
   AND status IN ('open', 'partially_filled', 'pending')
 GROUP BY owner_id, symbol, wallet
"""
assert {SPOT_WALLET, FUTURES_WALLET} == {"spot", "futures"}


class Accounts(NamedTuple):
    """Balance and promised part of the users' accounts; ids of those and of the house's."""

    balances: dict[AccountKey, Decimal]
    held: dict[AccountKey, Decimal]
    ids: dict[AccountKey, int]


@dataclass(frozen=True, slots=True)
class Working:
    """A user's working orders on one market."""

    owner_id: int
    symbol: str
    wallet: str
    count: int
    held: Decimal


def lock(owner_ids: Sequence[int]) -> None:
    """Hold these users until the transaction ends; ids in rising order."""
    prepared.run(_LOCK, [str(LOCK_SPACE), prepared.numbers(owner_ids)])


def accounts(owner_ids: Sequence[int]) -> Accounts:
    """Of the users on this venue, and of the house's shards that they trade against."""
    shards = prepared.numbers({ledger.shard_of(owner_id) for owner_id in owner_ids})
    found = Accounts({}, {}, {})
    for owner_id, kind, asset, reference, balance, held, pk in prepared.run(
        _ACCOUNTS, [prepared.numbers(owner_ids), shards]
    ):
        key = AccountKey(owner_id, kind, asset, reference)
        found.ids[key] = pk
        if owner_id is not None:
            found.balances[key], found.held[key] = balance, held
    return found


def positions(owner_ids: Sequence[int]) -> list[Position]:
    """Open contract positions."""
    where = "owner_id = ANY(%s::bigint[]) AND wallet = 'futures' AND closed_at_ms IS NULL"
    return select_rows(Position, where, [prepared.numbers(owner_ids)])


def levels(held: Position) -> dict[str, Decimal]:
    """Type -> trigger price of the working orders that close the whole position."""
    rows = Order.objects.working().owned_by(held.owner_id)
    rows = rows.filter(venue=held.venue, symbol=held.symbol, close_position=True)
    return dict(rows.order_by("pk").values_list("type", "trigger_price"))


def working(owner_ids: Sequence[int]) -> list[Working]:
    """How many orders work on each market, and what they keep reserved."""
    return [Working(*row) for row in prepared.run(_WORKING, [prepared.numbers(owner_ids)])]
