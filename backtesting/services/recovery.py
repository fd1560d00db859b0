"""Finishes what a dead worker or a lost message left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from backtesting.models import Backtest
from backtesting.services.states import Status, move, tell
from foundation.lib import clock
from foundation.lib.queue import enqueue

ATTEMPTS_MAX = 2  # a run whose worker died is tried once more, then fails with the reason
UNHEARD = timedelta(seconds=120)  # a queued run whose message may be lost is sent again
RESENT_PER_SWEEP_MAX = 100


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work in the queue. send: enqueues its task for an id; advice: what to do when
    its worker dies again and again."""

    rows: Any
    send: Callable[[int], None]
    tell: Callable[[Any], None]
    advice: str


def _send_backtest(backtest_id: int) -> None:
    enqueue("backtesting.run_backtest", backtest_id=backtest_id)


BACKTESTS = Work(Backtest.objects, _send_backtest, tell, "Try a shorter range or fewer symbols.")


def recover(work: Work = BACKTESTS) -> int:
    """Requeue or fail every run whose worker died; send again what no worker has heard of."""
    deserted = work.rows.deserted(clock.now()).values_list("pk", flat=True)
    recovered = sum(_recover(work, pk) for pk in list(deserted))
    unheard = work.rows.filter(
        status=Status.QUEUED, enqueued_at__lt=clock.now() - UNHEARD
    ).order_by("pk")
    for pk in list(unheard.values_list("pk", flat=True)[:RESENT_PER_SWEEP_MAX]):
        _send_again(work, pk)
    return recovered


@transaction.atomic
def _recover(work: Work, pk: int) -> bool:
    """One deserted run. A lease renewed meanwhile, or another sweep, leaves nothing to move."""
    deserted = work.rows.deserted(clock.now()).filter(pk=pk)
    moved = _cancel(deserted) or _requeue(work, deserted, pk) or _give_up(work, deserted)
    if moved:
        work.tell(work.rows.get(pk=pk))
    return moved


def _cancel(deserted: Any) -> bool:
    asked = deserted.filter(cancel_requested=True)
    return move(asked, Status.RUNNING, Status.CANCELLED, stage="cancelled")


def _requeue(work: Work, deserted: Any, pk: int) -> bool:
    again = deserted.filter(attempt__lt=ATTEMPTS_MAX)
    waiting = {"progress": 0.0, "stage": "waiting again: its worker died"}
    if not move(again, Status.RUNNING, Status.QUEUED, enqueued_at=clock.now(), **waiting):
        return False
    work.send(pk)
    return True


def _give_up(work: Work, deserted: Any) -> bool:
    error = f"Its worker died {ATTEMPTS_MAX} times, perhaps for want of memory. {work.advice}"
    return move(deserted, Status.RUNNING, Status.FAILED, stage="failed", error=error)


@transaction.atomic
def _send_again(work: Work, pk: int) -> None:
    work.rows.filter(pk=pk).update(enqueued_at=clock.now())
    work.send(pk)
