"""Finishes what a dead worker or a lost message left behind."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from backtesting.models import Backtest
from backtesting.models.backtest import BacktestQuerySet
from backtesting.services.states import Status, move, tell
from foundation.lib import clock
from foundation.lib.queue import enqueue

ATTEMPTS_MAX = 2  # a run whose worker died is tried once more, then fails with the reason
UNHEARD = timedelta(seconds=120)  # a queued run whose message may be lost is sent again
RESENT_PER_SWEEP_MAX = 100


def recover() -> int:
    """Requeue or fail every run whose worker died; send again what no worker has heard of."""
    deserted = Backtest.objects.deserted(clock.now()).values_list("pk", flat=True)
    recovered = sum(_recover(backtest_id) for backtest_id in list(deserted))
    unheard = Backtest.objects.filter(
        status=Status.QUEUED, enqueued_at__lt=clock.now() - UNHEARD
    ).order_by("pk")
    for backtest_id in list(unheard.values_list("pk", flat=True)[:RESENT_PER_SWEEP_MAX]):
        _send_again(backtest_id)
    return recovered


@transaction.atomic
def _recover(backtest_id: int) -> bool:
    """One deserted run. A lease renewed meanwhile, or another sweep, leaves nothing to move."""
    deserted = Backtest.objects.deserted(clock.now()).filter(pk=backtest_id)
    moved = _cancel(deserted) or _requeue(deserted, backtest_id) or _give_up(deserted)
    if moved:
        tell(Backtest.objects.get(pk=backtest_id))
    return moved


def _cancel(deserted: BacktestQuerySet) -> bool:
    asked = deserted.filter(cancel_requested=True)
    return move(asked, Status.RUNNING, Status.CANCELLED, stage="cancelled")


def _requeue(deserted: BacktestQuerySet, backtest_id: int) -> bool:
    again = deserted.filter(attempt__lt=ATTEMPTS_MAX)
    waiting = {"progress": 0.0, "stage": "waiting again: its worker died"}
    if not move(again, Status.RUNNING, Status.QUEUED, enqueued_at=clock.now(), **waiting):
        return False
    enqueue("backtesting.run_backtest", backtest_id=backtest_id)
    return True


def _give_up(deserted: BacktestQuerySet) -> bool:
    error = (
        f"Its worker died {ATTEMPTS_MAX} times, perhaps for want of memory. "
        "Try a shorter range or fewer symbols."
    )
    return move(deserted, Status.RUNNING, Status.FAILED, stage="failed", error=error)


@transaction.atomic
def _send_again(backtest_id: int) -> None:
    Backtest.objects.filter(pk=backtest_id).update(enqueued_at=clock.now())
    enqueue("backtesting.run_backtest", backtest_id=backtest_id)
