"""The workers' heartbeat."""

from __future__ import annotations

from celery import shared_task

from foundation.edge import health


@shared_task(name="edge.beat_ticks", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def beat_ticks() -> None:
    """Scheduler, queue and a worker of the ticks have all done their part."""
    health.beat("ticks")


@shared_task(name="edge.beat_batch", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def beat_batch() -> None:
    """The same for the worker of backtests and imports."""
    health.beat("batch")
