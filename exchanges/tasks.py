"""Periodic work of the paper venue."""

from __future__ import annotations

from celery import shared_task

from exchanges.services import admin_metrics


@shared_task(name="exchanges.tell_admins", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def tell_admins() -> None:
    """How the venue is doing, to the sockets of admins."""
    admin_metrics.tell()
