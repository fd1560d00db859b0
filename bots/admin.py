"""Django admin of strategies and bots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from bots.models import Strategy

# Generic for the type checker only: Django's own class takes no parameter.
if TYPE_CHECKING:
    StrategyBase = admin.ModelAdmin[Strategy]
else:
    StrategyBase = admin.ModelAdmin


@admin.register(Strategy)
class StrategyAdmin(StrategyBase):
    """To look, and to take a public one back; specs change only through the service."""

    list_display = ["name", "owner", "category", "timeframe", "visibility", "version", "updated_at"]
    list_filter = ["category", "visibility", "timeframe"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email", "fingerprint"]
    ordering = ["-updated_at"]
    readonly_fields = [
        "owner", "name", "category", "description", "timeframe", "version", "fingerprint",
        "cloned_from", "spec", "created_at", "updated_at",
    ]  # fmt: skip
    fields = ["visibility", *readonly_fields]

    def has_add_permission(self, *_args: object) -> bool:
        return False
