"""System checks: what is wrong with the composition, told before anything starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from cryptobot.celery import app
from cryptobot.running.roles import QUEUES

VENDORED = "htmx.min.js"


@register()
def queues_have_a_worker(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"Tasks {pattern!r} go to the queue {route['queue']!r}, which no worker reads.",
            hint="Choose one of the queues in cryptobot/running/roles.py, or add it there.",
            id="cryptobot.E001",
        )
        for pattern, route in app.conf.task_routes.items()
        if route["queue"] not in QUEUES
    ]


@register()
def front_end_is_installed(**_: Any) -> list[CheckMessage]:
    if (settings.BASE_DIR / "static" / "vendor" / VENDORED).exists():
        return []
    return [
        Warning(
            "The front-end packages are not installed: pages would come without their scripts.",
            hint="Run bin/bootstrap.",
            id="cryptobot.W001",
        )
    ]
