"""What a price tick crosses, found by index: the rest is not looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from exchanges.core.book import Quote
from exchanges.core.candles import TIME_MS_MAX

FOUND_MAX = 400

# Waiting stops and targets act when the price touches their level; a resting limit order when a
# trade goes through it, or the other side of the book comes to it. The last price of a market in
# which nothing was traded goes through no order: one may rest inside the spread.
_CROSSED = """
SELECT 'order', id, owner_id FROM exchanges_order
 WHERE acts_when = 'below' AND decided_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND acts_at >= least(%(low)s::numeric, %(ask)s::numeric)
   AND ((type <> 'limit' AND triggered_at_ms IS NULL AND acts_at >= %(low)s)
        OR ((type = 'limit' OR triggered_at_ms IS NOT NULL)
            AND ((acts_at > %(low)s AND %(traded)s) OR acts_at >= %(ask)s)))
   AND id <> ALL(%(worked_off)s::bigint[]) AND owner_id <> ALL(%(left_out)s::bigint[])
UNION ALL
SELECT 'order', id, owner_id FROM exchanges_order
 WHERE acts_when = 'above' AND decided_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND acts_at <= greatest(%(high)s::numeric, %(bid)s::numeric)
   AND ((type <> 'limit' AND triggered_at_ms IS NULL AND acts_at <= %(high)s)
        OR ((type = 'limit' OR triggered_at_ms IS NOT NULL)
            AND ((acts_at < %(high)s AND %(traded)s) OR acts_at <= %(bid)s)))
   AND id <> ALL(%(worked_off)s::bigint[]) AND owner_id <> ALL(%(left_out)s::bigint[])
UNION ALL
SELECT 'position', id, owner_id FROM exchanges_position
 WHERE watch_price IS NOT NULL AND opened_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND side = 'long' AND watch_price >= %(low)s
   AND id <> ALL(%(looked_at)s::bigint[]) AND owner_id <> ALL(%(left_out)s::bigint[])
UNION ALL
SELECT 'position', id, owner_id FROM exchanges_position
 WHERE watch_price IS NOT NULL AND opened_at_ms < %(before)s
   AND venue = %(venue)s AND symbol = %(symbol)s
   AND side = 'short' AND watch_price <= %(high)s
   AND id <> ALL(%(looked_at)s::bigint[]) AND owner_id <> ALL(%(left_out)s::bigint[])
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
    is_traded: False where only the book moved; low and high are then the last price.
    """

    low: Decimal
    high: Decimal
    quote: Quote
    placed_before_ms: int = TIME_MS_MAX
    is_traded: bool = True


@dataclass(slots=True)
class Progress:
    """What one tick does not look at again: positions that it looked at, orders that it worked
    off and that wait for another price now, users whose orders it could not work off.

    Whether the tick came to that other price before or after is not known.
    """

    looked_at: set[int] = field(default_factory=set)
    worked_off: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)


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


def crossed(venue: str, symbol: str, move: Move, progress: Progress) -> Crossed:
    """What acts now, at most FOUND_MAX of it: ask again until nothing is left."""
    return _ask(_CROSSED, venue, symbol, move, progress)


def trailing(venue: str, symbol: str, move: Move) -> Crossed:
    """Trailing stops that a better price takes along."""
    return _ask(_TRAILING, venue, symbol, move, Progress())


def _ask(statement: str, venue: str, symbol: str, move: Move, progress: Progress) -> Crossed:
    values: dict[str, str | int | Decimal | list[int]] = {
        "venue": venue,
        "symbol": symbol,
        "low": move.low,
        "high": move.high,
        "bid": move.quote.bids[0][0],
        "ask": move.quote.asks[0][0],
        "before": move.placed_before_ms,
        "traded": move.is_traded,
        "looked_at": sorted(progress.looked_at),
        "worked_off": sorted(progress.worked_off),
        "left_out": sorted(progress.left_out),
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
