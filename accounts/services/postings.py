"""Many movements of money in one statement, and promises of money that is not spent yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from accounts.core.postings import AccountKey, Leg, check
from accounts.services.ledger import NOT_ENOUGH, InsufficientFunds, accounts_for, constraint_of
from foundation.lib import clock, prepared

# As ledger.post, for many: accounts are locked in one order, and the movements of one account
# follow each other as the caller made them.
_POST_MANY = """
WITH new AS (
    INSERT INTO accounts_transfer (key, kind, legs, memo, occurred_at)
    SELECT key, kind, legs, memo::jsonb, %s
      FROM unnest(%s::text[], %s::text[], %s::smallint[], %s::text[])
           AS given (key, kind, legs, memo)
    RETURNING id, key
)
INSERT INTO accounts_entry (transfer_id, leg, account_id, amount)
SELECT new.id, given.leg, given.account_id, given.amount
  FROM unnest(%s::text[], %s::smallint[], %s::bigint[], %s::numeric[])
       WITH ORDINALITY AS given (key, leg, account_id, amount, place)
  JOIN new USING (key)
 ORDER BY given.account_id, given.place
"""
# The same for one transfer.
_POST_ONE = """
WITH new AS (
    INSERT INTO accounts_transfer (occurred_at, key, kind, legs, memo) VALUES (%s, %s, %s, %s, %s)
    RETURNING id
)
INSERT INTO accounts_entry (transfer_id, leg, account_id, amount)
SELECT new.id, given.leg, given.account_id, given.amount
  FROM new, unnest(%s::smallint[], %s::bigint[], %s::numeric[]) AS given (leg, account_id, amount)
 ORDER BY given.account_id, given.leg
"""
_HOLD = """
UPDATE accounts_ledgeraccount AS account SET held = account.held + given.amount
  FROM (SELECT * FROM unnest(%s::bigint[], %s::numeric[]) AS given (id, amount) ORDER BY id) given
 WHERE account.id = given.id
"""


# Written out for both cases: an index is used for NULL only where it is asked for by name.
_IDS = """
SELECT account.owner_id, account.kind, account.asset, account.reference, account.id
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
       AS given (owner_id, kind, asset, reference)
  JOIN accounts_ledgeraccount account
    ON account.kind = given.kind AND account.asset = given.asset
   AND account.reference = given.reference
   AND ((given.owner_id IS NULL AND account.owner_id IS NULL)
        OR account.owner_id = given.owner_id)
"""


class _Row(NamedTuple):
    """What the rules of a transfer ask of an account."""

    pk: int
    asset: str


NOTHING: Mapping[AccountKey, int] = {}


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer to be posted. legs: account -> amount, an account may stand there twice."""

    key: str
    kind: str
    legs: Sequence[tuple[AccountKey, Decimal]]
    memo: Mapping[str, Any] = field(default_factory=dict)


def post_many(movements: Sequence[Movement], known: Mapping[AccountKey, int] = NOTHING) -> None:
    """Post transfers that are all new: a key that is known is an error of the database.

    The caller has locked what makes them new (an order, a user). known: ids of accounts that it
    has read already. Raises InsufficientFunds when a
    user's account would fall below zero or below what it holds; nothing has moved then.
    """
    if not movements:
        return
    accounts = ids_of({key for one in movements for key, _ in one.legs}, known)
    if len(movements) == 1:
        _post_one(movements[0], accounts)
        return
    keys, legs, account_ids, amounts = [], [], [], []
    for one in movements:
        check(one.key, [Leg(_Row(accounts[key], key.asset), amount) for key, amount in one.legs])
        for number, (account, amount) in enumerate(one.legs, start=1):
            keys.append(one.key)
            legs.append(number)
            account_ids.append(accounts[account])
            amounts.append(amount)
    head = zip(*((m.key, m.kind, len(m.legs), _text(m.memo)) for m in movements), strict=True)
    columns: list[list[Any]] = [legs, account_ids, amounts]
    values = [clock.now(), *map(list, head), keys, *(prepared.numbers(each) for each in columns)]
    _execute(_POST_MANY, values)


def _post_one(one: Movement, accounts: Mapping[AccountKey, int]) -> None:
    check(one.key, [Leg(_Row(accounts[key], key.asset), amount) for key, amount in one.legs])
    count = len(one.legs)
    head = [prepared.as_text(clock.now()), one.key, one.kind, str(count), _text(one.memo)]
    legs = [range(1, count + 1), [accounts[key] for key, _ in one.legs], [a for _, a in one.legs]]
    _execute(_POST_ONE, head + [prepared.numbers(column) for column in legs])


def hold(changes: Mapping[AccountKey, Decimal], known: Mapping[AccountKey, int] = NOTHING) -> None:
    """Promise parts of balances (above 0), or give promises back (below 0).

    Raises InsufficientFunds when an account would hold more than it has.
    """
    wanted = {key: amount for key, amount in changes.items() if amount}
    if wanted:
        accounts = ids_of(wanted, known)
        ids = [accounts[key] for key in wanted]
        _execute(_HOLD, [prepared.numbers(ids), prepared.numbers(wanted.values())])


def ids_of(keys: Iterable[AccountKey], known: Mapping[AccountKey, int]) -> dict[AccountKey, int]:
    """Ids of accounts; those that are not known are looked up, new ones made."""
    wanted = list(keys)
    ids = {key: known[key] for key in wanted if key in known}
    missing = [key for key in wanted if key not in ids]
    if missing:
        ids |= _found(missing)
        new = [key for key in missing if key not in ids]
        ids |= {key: account.pk for key, account in accounts_for(new).items()} if new else {}
    return ids


def _found(keys: Sequence[AccountKey]) -> dict[AccountKey, int]:
    owners, kinds, assets, references = zip(
        *((key.owner_id, key.kind, key.asset, key.reference) for key in keys), strict=True
    )
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [list(owners), list(kinds), list(assets), list(references)])
        return {AccountKey(*row[:4]): row[4] for row in cursor.fetchall()}


def _text(memo: Mapping[str, Any]) -> str:
    return json.dumps(dict(memo), sort_keys=True)


def _execute(statement: str, values: list[Any]) -> None:
    try:
        with transaction.atomic(savepoint=False):
            prepared.run(statement, values)
    except IntegrityError as error:
        if constraint_of(error) in NOT_ENOUGH:
            raise InsufficientFunds("Not enough funds.") from error
        raise
