"""The only writer of the ledger. Every movement of money is one balanced transfer under a key."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from accounts.core.postings import KINDS, AccountKey, Leg, Posted, check
from accounts.models import Entry, LedgerAccount, Transfer, User
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

__all__ = [
    "AccountKey",
    "InsufficientFunds",
    "Leg",
    "Posted",
    "Posting",
    "account_for",
    "accounts_for",
    "grant_play_money",
    "house_account",
    "lock",
    "post",
    "shard_of",
]

# A house account that everybody pays into would be one hot row: it is kept as several.
HOUSE_SHARDS = 8

# One statement, one round trip. The legs arrive in the order of their accounts, so that their
# trigger locks account rows in one order: two opposite transfers cannot wait for each other.
_POST = """
WITH new AS (
    INSERT INTO accounts_transfer (key, kind, legs, memo, occurred_at)
    VALUES (%s, %s, %s, %s::jsonb, %s)
    ON CONFLICT (key) DO NOTHING
    RETURNING id
)
INSERT INTO accounts_entry (transfer_id, leg, account_id, amount)
SELECT new.id, given.leg, given.account_id, given.amount
  FROM new, unnest(%s::smallint[], %s::bigint[], %s::numeric[]) AS given (leg, account_id, amount)
 ORDER BY given.account_id, given.leg
RETURNING transfer_id
"""


# What the database says when an account cannot pay, or has promised the money elsewhere.
NOT_ENOUGH = frozenset({"ledger_account_not_below_zero", "ledger_account_held_is_there"})


class InsufficientFunds(BadInput):
    """An account would fall below zero; nothing was moved."""

    code = "insufficient_funds"


class KeyUsedBefore(Conflict):
    """The same key was posted with other content: a mistake of the caller."""

    code = "key_used_before"


@dataclass(frozen=True, slots=True)
class Posting:
    """What a post did. transfer_id: the transfer under this key, new or found."""

    status: Posted
    transfer_id: int

    def require(self) -> Posting:
        """Itself if the money has moved as asked, else an error that says what differs."""
        if not self.status.is_done:
            raise KeyUsedBefore(f"transfer {self.transfer_id}: {self.status}")
        return self


def account_for(
    owner: User | int | None, kind: str, asset: str, reference: str | int = ""
) -> LedgerAccount:
    """The account with this owner (None: the house), kind, asset and reference; made if new."""
    owner_id = owner.pk if isinstance(owner, User) else owner
    key = AccountKey(owner_id, kind, asset, str(reference))
    return accounts_for([key])[key]


def house_account(kind: str, asset: str, *, spread_by: str | int = "") -> LedgerAccount:
    """A house account. `spread_by` (bot or order id) always chooses the same of its shards."""
    return account_for(None, kind, asset, shard_of(spread_by) if spread_by != "" else "")


def shard_of(spread_by: str | int) -> str:
    """Reference of the house account's shard that this bot or order always uses."""
    return str(zlib.crc32(str(spread_by).encode()) % HOUSE_SHARDS)


def accounts_for(keys: Iterable[AccountKey]) -> dict[AccountKey, LedgerAccount]:
    """Many accounts in one query; those that do not exist yet are made."""
    wanted = list(dict.fromkeys(keys))
    found = _find(wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        # Two callers may make the same account at once: the loser finds the winner's.
        LedgerAccount.objects.bulk_create([_new(key) for key in missing], ignore_conflicts=True)
        found |= _find(missing)
    return found


def _find(keys: Sequence[AccountKey]) -> dict[AccountKey, LedgerAccount]:
    # One short condition for all of them, and a few rows too many: an OR of hundreds is slow.
    wanted = set(keys)
    owners = {key.owner_id for key in wanted}
    rows = LedgerAccount.objects.filter(
        Q(owner__in=owners - {None}) | (Q(owner__isnull=True) if None in owners else Q(pk__in=[])),
        kind__in={key.kind for key in wanted},
        asset__in={key.asset for key in wanted},
        reference__in={key.reference for key in wanted},
    )
    return {row.key: row for row in rows if row.key in wanted}


def _new(key: AccountKey) -> LedgerAccount:
    return LedgerAccount(
        owner_id=key.owner_id,
        kind=key.kind,
        asset=key.asset,
        reference=key.reference,
        may_go_negative=KINDS[key.kind].may_go_negative,
    )


def lock(accounts: Iterable[LedgerAccount]) -> dict[int, LedgerAccount]:
    """Lock accounts for the rest of the transaction and return them fresh, by id.

    A transaction that posts more than once calls this first, with every account it will touch:
    locks taken bit by bit, in different orders, would wait for each other.
    """
    rows = LedgerAccount.objects.filter(pk__in={account.pk for account in accounts})
    return {row.pk: row for row in rows.order_by("pk").select_for_update(no_key=True)}


def post(
    *,
    key: str,
    kind: str,
    legs: Sequence[Leg],
    memo: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Posting:
    """Move money once per `key`; a repeat says so and moves nothing.

    Raises InsufficientFunds when a user account would fall below zero; nothing has moved then.
    """
    check(key, legs)
    entries = [(number, leg.account.pk, leg.amount) for number, leg in enumerate(legs, start=1)]
    numbers, account_ids, amounts = (list(column) for column in zip(*entries, strict=True))
    text = json.dumps(dict(memo or {}), sort_keys=True)
    values: list[Any] = [
        key,
        kind,
        len(legs),
        text,
        at or clock.now(),
        numbers,
        account_ids,
        amounts,
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_POST, values)
            row = cursor.fetchone()
    except IntegrityError as error:
        if constraint_of(error) in NOT_ENOUGH:
            raise InsufficientFunds("Not enough funds.") from error
        raise
    if row is not None:
        return Posting(Posted.CREATED, row[0])
    return _compare(Transfer.objects.get(key=key), kind, entries, json.loads(text))


def constraint_of(error: IntegrityError) -> str | None:
    """Name of the constraint that refused."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


def _compare(
    found: Transfer, kind: str, entries: list[tuple[int, int, Decimal]], memo: object
) -> Posting:
    """What the transfer under this key has in common with the one asked for."""
    rows = Entry.objects.filter(transfer=found).order_by("leg")
    before = list(rows.values_list("leg", "account_id", "amount"))
    status = Posted.EXISTS
    if found.kind != kind:
        status = Posted.EXISTS_WITH_DIFFERENT_KIND
    elif [entry[:2] for entry in before] != [entry[:2] for entry in entries]:
        status = Posted.EXISTS_WITH_DIFFERENT_ACCOUNTS
    elif [entry[2] for entry in before] != [entry[2] for entry in entries]:
        status = Posted.EXISTS_WITH_DIFFERENT_AMOUNTS
    elif found.memo != memo:
        status = Posted.EXISTS_WITH_DIFFERENT_MEMO
    return Posting(status, found.pk)


def grant_play_money(
    *, user: User, asset: str, amount: Decimal, key: str, kind: str = "paper_wallet"
) -> Posting:
    """Give one of a user's wallets play money, once per `key`."""
    if amount <= 0:
        raise BadInput("The amount must be above 0.")
    wallet = account_for(user, kind, asset)
    source = house_account("paper_issue", asset, spread_by=user.pk)
    legs = [Leg(wallet, amount), Leg(source, amount.copy_negate())]
    return post(key=key, kind="play_money", legs=legs)
