"""How long ten thousand rule bots take to decide after a minute closes, with two workers."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median, quantiles

from bench.database import own_database
from bench.harness import Row, row

NAMES = ("bots.tick_10000", "bots.memory_per_bot", "bots.decision_to_sent_p99")
MINUTES = 5


def measure() -> Iterator[Row]:
    with own_database() as database:
        from bench.bot_farm import BOTS, Farm, Workers
        from bots.models import Decision

        farm = Farm()
        farm.plant()
        workers = Workers(database)
        try:
            workers.tick(farm.close_minute())  # reads candles and strategies for the first time
            newest = Decision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            taken = [workers.tick(farm.close_minute()) for _ in range(MINUTES)]
            sent = delays_ms(newest)
            used = sum(workers.full_kb) - sum(workers.empty_kb)
        finally:
            workers.stop()
        limit = 10.0 * BOTS / 10_000
        yield row(NAMES[0], median(taken), "s", "the limit", limit)
        yield row(NAMES[1], used / BOTS, "kB", "the limit", 1024.0)
        yield row(NAMES[2], quantiles(sent, n=100)[98], "ms", "the limit", 250.0)


def delays_ms(after: int) -> list[float]:
    """From each decision's row to its order's answer."""
    from bots.models import Decision
    from exchanges.models import OrderEvent

    decided = dict(
        Decision.objects.filter(pk__gt=after).values_list("client_order_id", "created_at")
    )
    answered = OrderEvent.objects.filter(number=2, order__client_order_id__in=decided)
    rows = answered.values_list("order__client_order_id", "created_at")
    return [(at - decided[key]).total_seconds() * 1000 for key, at in rows]
