"""The workers' heartbeat."""

from __future__ import annotations

from celery import shared_task

from foundation.lib import heartbeat


@shared_task(name="edge.beat_ticks", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def beat_ticks() -> None:
    """Scheduler, queue and a worker of the ticks have all done their part."""
    heartbeat.beat("ticks")


@shared_task(name="edge.beat_orders", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def beat_orders() -> None:
    """The same for the worker that sends orders."""
    heartbeat.beat("orders")


@shared_task(name="edge.beat_batch", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def beat_batch() -> None:
    """The same for the worker of backtests and imports."""
    heartbeat.beat("batch")


@shared_task(name="edge.canary", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def canary() -> None:
    """Sent by a worker to itself: that it was taken is all it says."""
