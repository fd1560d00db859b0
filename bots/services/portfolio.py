"""Writing down what every portfolio is worth, in a handful of queries however many there are."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from accounts.models import LedgerAccount
from bots.selectors.portfolio import DAY_MS, FINE_MS, HOUR_MS
from exchanges.models import Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors import margin, wallets, worth
from foundation.lib.decimals import AMOUNT_MAX

SLOT_MS = 5 * 60_000

# As bots.selectors.portfolio counts: every asset at its newest price, one without a price not at
# all, and what contracts have won or lost since their entry. A sum that no column can hold is left
# out instead of failing everybody's.
TAKE = """
INSERT INTO bots_portfoliosnapshot (owner_id, asset, taken_at_ms, value, after_entry)
SELECT owner_id, %(asset)s, %(slot)s, sum(amount), (SELECT max(id) FROM accounts_entry) FROM (
  SELECT owner_id, balance * price.last AS amount FROM accounts_ledgeraccount account
  JOIN unnest(%(assets)s::text[], %(prices)s::numeric[]) AS price (asset, last) USING (asset)
  WHERE owner_id IS NOT NULL AND kind = ANY(%(kinds)s)
  UNION ALL
  SELECT held.owner_id, (mark.last - held.entry_price) * held.quantity
    * CASE held.side WHEN 'long' THEN 1 ELSE -1 END
  FROM exchanges_position held
  JOIN unnest(%(venues)s::text[], %(symbols)s::text[], %(marks)s::numeric[])
    AS mark (venue, symbol, last) ON (held.venue, held.symbol) = (mark.venue, mark.symbol)
  WHERE held.closed_at_ms IS NULL AND held.wallet = %(futures)s
) part
GROUP BY owner_id HAVING abs(sum(amount)) < %(most)s
ON CONFLICT DO NOTHING
"""

# Of an old hour the snapshot on the hour stays. A day's window reads a day and not years; what a
# long absence of the scheduler leaves in five minutes does no harm.
THIN = """
DELETE FROM bots_portfoliosnapshot
WHERE taken_at_ms < %(before)s AND taken_at_ms >= %(after)s AND taken_at_ms %% %(hour)s <> 0
"""


@transaction.atomic
def take(*, now_ms: int) -> int:
    """One snapshot for everybody who has a paper wallet and none in this slot yet."""
    prices, marks = worth.prices(_assets()), margin.newest_marks(_contracts())
    values: dict[str, Any] = {
        "asset": worth.QUOTE,
        "slot": now_ms // SLOT_MS * SLOT_MS,
        "assets": list(prices),
        "prices": list(prices.values()),
        "kinds": list(wallets.WALLET_OF),
        "venues": [venue for venue, _ in marks],
        "symbols": [symbol for _, symbol in marks],
        "marks": list(marks.values()),
        "futures": FUTURES_WALLET,
        "most": AMOUNT_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        taken = int(cursor.rowcount)
    if taken:
        thin_old(now_ms=now_ms)
    return taken


def thin_old(*, now_ms: int) -> int:
    """Leave one snapshot an hour of what is older than eight days."""
    with connection.cursor() as cursor:
        before = now_ms - FINE_MS
        cursor.execute(THIN, {"before": before, "after": before - DAY_MS, "hour": HOUR_MS})
        return int(cursor.rowcount)


def _assets() -> set[str]:
    """Everything that anybody has of play money."""
    rows = LedgerAccount.objects.filter(owner__isnull=False, kind__in=wallets.WALLET_OF)
    return set(rows.order_by().values_list("asset", flat=True).distinct())


def _contracts() -> list[tuple[str, str]]:
    """Venue and symbol of every contract on which somebody has a position."""
    rows = Position.objects.open().filter(wallet=FUTURES_WALLET).order_by()
    return list(rows.values_list("venue", "symbol").distinct())
