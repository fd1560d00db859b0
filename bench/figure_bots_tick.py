"""How long ten thousand rule bots take to decide after a minute closes, with two workers."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median, quantiles
from typing import TYPE_CHECKING

from bench.database import own_database
from bench.harness import Row, row

if TYPE_CHECKING:
    from bench.bot_farm import Farm, Workers

NAMES = (
    "bots.tick_1000",
    "bots.tick_5000",
    "bots.tick_10000",
    "bots.tick_growth",
    "bots.tick_processor",
    "bots.creation_10000",
    "bots.memory_per_bot",
    "bots.decision_to_sent_p99",
)
MINUTES = 5


def measure() -> Iterator[Row]:
    """The farm grows in three steps; two workers tick it for MINUTES at each of them."""
    with own_database() as database:
        from bench.bot_farm import BOTS_MAX, Farm, Workers

        farm = Farm()
        farm.plant()
        workers, taken, made_s = Workers(database), {}, 0.0
        try:
            for part in (0.1, 0.5, 1.0):
                total = round(BOTS_MAX * part)
                made_s += farm.grow(total)
                taken[total], processor_s, sent = minutes_of(farm, workers)
            used = sum(workers.full_kb) - sum(workers.empty_kb)
        finally:
            workers.stop()
        limit = 10.0
        for total, seconds in taken.items():
            yield row(f"bots.tick_{total}", seconds, "s", "the limit", limit * total / 10_000)
        (few, few_s), *_, (many, many_s) = taken.items()
        yield row(NAMES[3], many_s / few_s, "x", "the bots", many / few)
        yield row(NAMES[4], processor_s, "s")
        yield row(NAMES[5], made_s, "s")
        yield row(NAMES[6], used / BOTS_MAX, "kB", "the limit", 1024.0)
        yield row(NAMES[7], quantiles(sent, n=100)[98], "ms", "the limit", 250.0)


def minutes_of(farm: Farm, workers: Workers) -> tuple[float, float, list[float]]:
    """(median seconds of a tick, seconds of processor that both workers took for one, ms from
    each decision to its order's answer)."""
    from bots.models import Decision

    workers.tick(farm.close_minute())  # reads candles and strategies for the first time
    newest = Decision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    before_s = sum(workers.used_s)
    taken = [workers.tick(farm.close_minute()) for _ in range(MINUTES)]
    return median(taken), (sum(workers.used_s) - before_s) / MINUTES, delays_ms(newest)


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
