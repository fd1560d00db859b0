"""Writing down what every portfolio is worth, in a handful of queries however many there are."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from bots.selectors.portfolio import DAY_MS, FINE_MS, HOUR_MS, QUOTE, MarketKey, prices
from exchanges.core.symbols import parse_symbol
from exchanges.models import Position
from foundation.lib.decimals import AMOUNT_MAX

SLOT_MS = 5 * 60_000

# A position without a known price counts at what it cost. A sum that no column can hold is left
# out instead of failing everybody's.
TAKE = """
INSERT INTO bots_portfoliosnapshot (owner_id, asset, taken_at_ms, value)
SELECT owner_id, %(asset)s, %(slot)s, sum(amount) FROM (
  SELECT owner_id, balance AS amount FROM accounts_ledgeraccount
  WHERE owner_id IS NOT NULL AND asset = %(asset)s AND kind IN ('paper_wallet', 'paper_bot')
  UNION ALL
  SELECT held.owner_id, coalesce(price.last, held.entry_price) * held.quantity
    * CASE held.side WHEN 'long' THEN 1 ELSE -1 END
  FROM exchanges_position held
  JOIN unnest(%(venues)s::text[], %(symbols)s::text[], %(prices)s::numeric[])
    AS price (venue, symbol, last) ON (held.venue, held.symbol) = (price.venue, price.symbol)
  WHERE held.closed_at_ms IS NULL
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
def take(*, now_ms: int, asset: str = QUOTE) -> int:
    """One snapshot for everybody who has a paper wallet and none in this slot yet."""
    known = _prices(asset)
    values: dict[str, Any] = {
        "asset": asset,
        "slot": now_ms // SLOT_MS * SLOT_MS,
        "venues": [venue for venue, _ in known],
        "symbols": [symbol for _, symbol in known],
        "prices": list(known.values()),
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


def _prices(asset: str) -> dict[MarketKey, object]:
    """Price of every market in which somebody holds something; None where nobody knows one."""
    pairs = Position.objects.open().order_by().values_list("venue", "symbol").distinct()
    markets = [one for one in pairs if parse_symbol(one[1]).quote == asset]
    known = prices(markets)
    return {market: known.get(market) for market in markets}
