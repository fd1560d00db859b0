"""Services enqueue by name, after commit: they never import tasks."""

from __future__ import annotations

from celery import current_app
from django.db import transaction


def enqueue(task_name: str, *, queue: str | None = None, **ids: int | str) -> None:
    """Send the task once the surrounding transaction commits; ids and times only, no objects.

    The work is a row by then: a message that cannot be sent is logged, and a sweep sends it again.
    """
    transaction.on_commit(
        lambda: current_app.send_task(task_name, kwargs=ids, queue=queue, retry=True), robust=True
    )
