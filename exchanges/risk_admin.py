"""Django admin of risk: everybody's limits are set here; the rest is only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from exchanges.models import KillSwitch, RiskLimits, RiskRefusal
from foundation.edge.admin_base import AnyAdmin, ReadOnlyAdmin


@admin.register(RiskLimits)
class RiskLimitsAdmin(AnyAdmin):
    """The row without an owner holds for everybody, and bounds what users may set themselves."""

    list_display = [
        "__str__", "exposure_coin", "leverage", "daily_loss", "daily_loss_fraction", "position",
        "orders_hour", "updated_at",
    ]  # fmt: skip
    list_select_related = ["owner"]
    raw_id_fields = ["owner"]
    search_fields = ["owner__email"]


@admin.register(RiskRefusal)
class RiskRefusalAdmin(ReadOnlyAdmin):
    list_display = ["at", "owner", "wallet", "symbol", "side", "rule", "value", "limit"]
    list_filter = ["rule", "venue"]
    list_select_related = ["owner"]
    search_fields = ["owner__email", "wallet", "symbol"]


@admin.register(KillSwitch)
class KillSwitchAdmin(ReadOnlyAdmin):
    list_display = ["owner", "started_at", "checked_at", "flat_at", "alarmed_at", "lifted_at"]
    list_select_related = ["owner"]
    search_fields = ["owner__email"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("owner")
