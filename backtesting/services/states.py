"""Moves of a backtest or a check along the table of states, and the frames that tell its owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from backtesting.models import Backtest
from backtesting.models.backtest import advance
from foundation.edge import publish
from foundation.lib import clock

LEASE = timedelta(seconds=15)  # longer than any stage that cannot report
Status = Backtest.Status


def move(found: QuerySet[Any], status: str, new: str, **columns: Any) -> bool:
    """One row along one edge, if it is still where the edge begins: the row count decides."""
    if new == Status.RUNNING:
        columns["lease_until"] = clock.now() + LEASE
    else:
        columns |= {"claim": None, "lease_until": None}
    if new not in Backtest.ACTIVE:
        columns["finished_at"] = clock.now()
    moved = found.filter(status=status).update(status=advance(status, new), **columns)
    assert moved <= 1, "found is one row"
    return moved == 1


def tell(backtest: Backtest) -> None:
    """Show the owner's open pages where the run stands, once this is committed."""
    publish.to_user(backtest.owner_id, "backtests", frame(backtest))


def frame(backtest: Backtest) -> dict[str, Any]:
    """What the `backtests` channel of /ws/user/ carries."""
    return {
        "id": backtest.pk,
        "name": backtest.name,
        "status": backtest.status,
        "stage": backtest.stage,
        "progress": round(backtest.progress, 4),
        "final_equity": backtest.final_equity,
        "error": backtest.error,
    }
