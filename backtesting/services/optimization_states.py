"""Moves of a search between its states, and the frames that tell its owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backtesting.core import trials as core
from backtesting.models import Optimization, Trial
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.queue import enqueue

LEASE = timedelta(seconds=30)  # longer than any one trial, and than a worker takes to start
SHARDS = 16  # messages under way for one search: so many workers can share it
Status = Optimization.Status


def send(optimization_id: int, shards: int = SHARDS) -> None:
    """Call for workers, once this is committed."""
    for _ in range(shards):
        enqueue("backtesting.run_optimization", optimization_id=optimization_id)


def end(optimization_id: int, new: str, **columns: Any) -> bool:
    """Over, if it is not already: the row count decides."""
    active = Optimization.objects.active().filter(pk=optimization_id)
    over = {"finished_at": clock.now(), "claim": None, "lease_until": None}
    if active.update(status=new, **over, **columns) != 1:
        return False
    tell(Optimization.objects.get(pk=optimization_id))
    return True


def tell(row: Optimization) -> None:
    """Show the owner's open pages where the search stands, once this is committed."""
    publish.to_user(row.owner_id, "optimizations", frame(row))


def frame(row: Optimization) -> dict[str, Any]:
    """What the `optimizations` channel of /ws/user/ carries."""
    return {
        "id": row.pk,
        "name": row.name,
        "status": row.status,
        "stage": row.stage,
        "progress": round(row.progress, 4),
        "done": row.done,
        "total": row.total,
        "best": row.best,
        "improvements": row.improvements[-1:],
        "error": row.error,
    }


def as_core(row: Trial) -> core.Trial:
    """The row as the pure core knows it."""
    state: Any = row.state
    return core.Trial(row.number, row.values, state, tuple(row.scores), row.trades, row.notes)
