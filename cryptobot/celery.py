"""The Celery app, its queues, and the whole periodic schedule in one table."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")

app = Celery("cryptobot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# name: (task, seconds between runs)
SCHEDULE: dict[str, tuple[str, float]] = {}
app.conf.beat_schedule = {
    name: {"task": task, "schedule": every_s, "options": {"expires": every_s}}
    for name, (task, every_s) in SCHEDULE.items()
}
# Work by the promise it must keep: a tick never waits behind a backtest.
app.conf.task_routes = {
    "bots.*": {"queue": "ticks"},
    "exchanges.*": {"queue": "orders"},
    "backtesting.*": {"queue": "batch"},
    "accounts.*": {"queue": "batch"},
}
