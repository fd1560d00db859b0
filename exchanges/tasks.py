"""Periodic work of the venues."""

from __future__ import annotations

from celery import shared_task

from exchanges.services import admin_metrics


@shared_task(name="exchanges.tell_admins", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def tell_admins() -> None:
    """How the venue is doing, to the sockets of admins."""
    admin_metrics.tell()


@shared_task(name="exchanges.measure_clocks", ignore_result=True)  # type: ignore[untyped-decorator]
def measure_clocks() -> None:
    """The clocks of the venues that calls are signed for."""
    # Late: ccxt takes 80 MB, and only the process that measures needs it.
    from exchanges.services import venue_clocks

    venue_clocks.measure_asked()
