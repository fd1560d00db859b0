"""What a price tick crosses, found by index: the rest is not looked at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from exchanges.core.book import Quote
from exchanges.core.candles import TIME_MS_MAX

FOUND_MAX = 400

# Waiting stops and targets act when the price touches their level; a resting limit order when a
# trade goes through it, or the other side of the book comes to it.
_CROSSED = """
SELECT 'order', id, owner_id FROM exchanges_order
 WHERE acts_when = 'below' AND decided_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND acts_at >= least(%(low)s::numeric, %(ask)s::numeric)
   AND ((type <> 'limit' AND triggered_at_ms IS NULL AND acts_at >= %(low)s)
        OR ((type = 'limit' OR triggered_at_ms IS NOT NULL)
            AND (acts_at > %(low)s OR acts_at >= %(ask)s)))
UNION ALL
SELECT 'order', id, owner_id FROM exchanges_order
 WHERE acts_when = 'above' AND decided_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND acts_at <= greatest(%(high)s::numeric, %(bid)s::numeric)
   AND ((type <> 'limit' AND triggered_at_ms IS NULL AND acts_at <= %(high)s)
        OR ((type = 'limit' OR triggered_at_ms IS NOT NULL)
            AND (acts_at < %(high)s OR acts_at <= %(bid)s)))
UNION ALL
SELECT 'position', id, owner_id FROM exchanges_position
 WHERE watch_price IS NOT NULL AND opened_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND side = 'long' AND watch_price >= %(low)s
UNION ALL
SELECT 'position', id, owner_id FROM exchanges_position
 WHERE watch_price IS NOT NULL AND opened_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND side = 'short' AND watch_price <= %(high)s
 LIMIT %(most)s
"""
_TRAILING = """
SELECT 'order', id, owner_id FROM exchanges_order
 WHERE best_price IS NOT NULL AND acts_when <> '' AND decided_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s AND side = 'sell' AND best_price < %(high)s
UNION ALL
SELECT 'order', id, owner_id FROM exchanges_order
 WHERE best_price IS NOT NULL AND acts_when <> '' AND decided_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s AND side = 'buy' AND best_price > %(low)s
 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Move:
    """How far a market came since the last look, and where it stands now.

    placed_before_ms: only what was there by then, when a past move is caught up with.
    """

    low: Decimal
    high: Decimal
    quote: Quote
    placed_before_ms: int = TIME_MS_MAX


@dataclass(frozen=True, slots=True)
class Crossed:
    """Orders and positions by id, with the users they belong to."""

    order_ids: list[int]
    position_ids: list[int]
    owner_of: dict[tuple[str, int], int]

    def __bool__(self) -> bool:
        return bool(self.order_ids or self.position_ids)

    @property
    def owner_ids(self) -> list[int]:
        return sorted(set(self.owner_of.values()))


def crossed(venue: str, symbol: str, move: Move) -> Crossed:
    """What acts now, at most FOUND_MAX of it: ask again until nothing is left."""
    return _ask(_CROSSED, venue, symbol, move)


def trailing(venue: str, symbol: str, move: Move) -> Crossed:
    """Trailing stops that a better price takes along."""
    return _ask(_TRAILING, venue, symbol, move)


def _ask(statement: str, venue: str, symbol: str, move: Move) -> Crossed:
    values: dict[str, str | int | Decimal] = {
        "venue": venue,
        "symbol": symbol,
        "low": move.low,
        "high": move.high,
        "bid": move.quote.bids[0][0],
        "ask": move.quote.asks[0][0],
        "before": move.placed_before_ms,
        "most": FOUND_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return Crossed(
        [pk for kind, pk, _ in rows if kind == "order"],
        [pk for kind, pk, _ in rows if kind == "position"],
        {(kind, pk): owner_id for kind, pk, owner_id in rows},
    )
