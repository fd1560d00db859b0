"""Words of the operators at the top of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.services import system_settings


def site_notice(_request: HttpRequest) -> dict[str, Any]:
    """Context processor. Asked for only by pages that show it."""
    return {"site_notice": lambda: system_settings.read("notice")}
