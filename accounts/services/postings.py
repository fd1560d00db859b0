"""Many movements of money in one statement, and promises of money that is not spent yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from accounts.core.postings import AccountKey, Leg, check
from accounts.services.ledger import NOT_ENOUGH, InsufficientFunds, accounts_for, constraint_of
from foundation.lib import clock

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
_HOLD = """
UPDATE accounts_ledgeraccount AS account SET held = account.held + given.amount
  FROM (SELECT * FROM unnest(%s::bigint[], %s::numeric[]) AS given (id, amount) ORDER BY id) given
 WHERE account.id = given.id
"""


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer to be posted. legs: account -> amount, an account may stand there twice."""

    key: str
    kind: str
    legs: Sequence[tuple[AccountKey, Decimal]]
    memo: Mapping[str, Any] = field(default_factory=dict)


def post_many(movements: Sequence[Movement]) -> None:
    """Post transfers that are all new: a key that is known is an error of the database.

    The caller has locked what makes them new (an order, a user). Raises InsufficientFunds when a
    user's account would fall below zero or below what it holds; nothing has moved then.
    """
    if not movements:
        return
    accounts = accounts_for(key for one in movements for key, _ in one.legs)
    keys, legs, account_ids, amounts = [], [], [], []
    for one in movements:
        check(one.key, [Leg(accounts[key], amount) for key, amount in one.legs])
        for number, (account, amount) in enumerate(one.legs, start=1):
            keys.append(one.key)
            legs.append(number)
            account_ids.append(accounts[account].pk)
            amounts.append(amount)
    head = zip(*((m.key, m.kind, len(m.legs), _text(m.memo)) for m in movements), strict=True)
    values = [clock.now(), *map(list, head), keys, legs, account_ids, amounts]
    _execute(_POST_MANY, values)


def hold(changes: Mapping[AccountKey, Decimal]) -> None:
    """Promise parts of balances (above 0), or give promises back (below 0).

    Raises InsufficientFunds when an account would hold more than it has.
    """
    wanted = {key: amount for key, amount in changes.items() if amount}
    if wanted:
        accounts = accounts_for(wanted)
        ids = [accounts[key].pk for key in wanted]
        _execute(_HOLD, [ids, list(wanted.values())])


def totals_of(movements: Iterable[Movement]) -> dict[AccountKey, Decimal]:
    """What all of them together change of each account."""
    sums: dict[AccountKey, Decimal] = {}
    for one in movements:
        for key, amount in one.legs:
            sums[key] = sums.get(key, Decimal(0)) + amount
    return sums


def _text(memo: Mapping[str, Any]) -> str:
    return json.dumps(dict(memo), sort_keys=True)


def _execute(statement: str, values: list[Any]) -> None:
    try:
        with transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError as error:
        if constraint_of(error) in NOT_ENOUGH:
            raise InsufficientFunds("Not enough funds.") from error
        raise
