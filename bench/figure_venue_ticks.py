"""A price tick over 100,000 open positions and 100,000 resting orders of one contract."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from typing import Any

from bench.database import own_database
from bench.harness import Row, row

NAMES = ("venue.tick_idle_100k", "venue.tick_cross_100")
COUNT, CROSSED, REPEATS = 100_000, 100, 5

_POSITIONS = """
INSERT INTO exchanges_position (owner_id, venue, symbol, wallet, side, quantity, entry_quantity,
    entry_price, entry_quote, exit_quote, fees, realised_pnl, opened_at_ms, exit_reason,
    margin_mode, leverage, margin, liquidation_price, watch_price, is_warned, funding,
    funded_until_ms)
SELECT id, %(venue)s, %(symbol)s, 'futures', 'long', 1, 1, 100, 100, 0, 0, 0, 1, '', 'isolated',
       10, 10, 50 + (id %% 3900) / 100.0, 50 + (id %% 3900) / 100.0, false, 0, 0
  FROM accounts_user WHERE email LIKE 'holder%%'
"""
_ORDERS = """
INSERT INTO exchanges_order (owner_id, venue, symbol, wallet, client_order_id, venue_order_id,
    type, side, leg, reason, time_in_force, reduce_only, close_position, quantity, price, slippage,
    status, detail, filled_quantity, filled_quote, fee, needs_reconciliation, event_count,
    decided_at_ms, created_at, updated_at, acts_when, acts_at, held)
SELECT id, %(venue)s, %(symbol)s, 'futures', 'o' || id, '', 'limit', 'buy', 'manual', 'manual',
       'GTC', false, false, 1, level, 0, 'open', '', 0, 0, 0, false, 2, 1, now(), now(), 'below',
       level, 0
  FROM (SELECT id, round(50 + (id %% 3900) / 100.0, 1) AS level
          FROM accounts_user WHERE email LIKE 'holder%%') made
"""


def measure() -> Iterator[Row]:
    with own_database():
        from django.conf import settings
        from django.db import connection

        from accounts.models import User
        from exchanges.services.paper import quotes, ticking
        from exchanges.services.paper.crossing import Move
        from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld, fund

        world = PaperWorld(settings)
        holders = (User(email=f"holder{i}@example.com") for i in range(COUNT))
        User.objects.bulk_create(holders, batch_size=5_000)
        with connection.cursor() as cursor:
            for statement in (_POSITIONS, _ORDERS):
                cursor.execute(statement, {"venue": world.venue, "symbol": SWAP})
            cursor.execute("ANALYZE exchanges_position, exchanges_order")
        world.show()  # on a busy machine all this takes longer than a feed may be silent
        quote = quotes.quote_of(world.spot)
        still = Move(quote.last, quote.last, quote)
        yield row(NAMES[0], _idle_ms(lambda: ticking.tick(world.venue, SPOT, still)), "ms")
        takers = [User.objects.create(email=f"taker{i}@example.com") for i in range(CROSSED)]
        for user in takers:
            fund(user, spot=0, futures=10**6)
        yield row(NAMES[1], _crossing_ms(world, takers), "ms")


def _idle_ms(tick: Any, repeats: int = 101) -> float:
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        tick()
        taken.append(time.perf_counter() - start)
    return median(taken) * 1000


def _crossing_ms(world: Any, takers: list[Any]) -> float:
    """Each repeat places one order of each taker just below the price and goes through them."""
    from exchanges.services.paper import quotes, ticking
    from exchanges.services.paper.crossing import Move
    from exchanges.tests.paper.world import SPOT, SWAP

    taken = []
    for number in range(REPEATS):
        level = Decimal(99) - Decimal(number) / 10
        world.show()
        for user in takers:
            world.place(user, SWAP, type="limit", quantity="1", price=str(level))
        quote = quotes.quote_of(world.spot)
        move = Move(level - Decimal("0.05"), quote.last, quote)
        start = time.perf_counter()
        acted = ticking.tick(world.venue, SPOT, move)
        taken.append(time.perf_counter() - start)
        assert acted == CROSSED, acted
    return median(taken) * 1000
