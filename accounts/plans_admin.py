"""Django admin of plans: edited here; a subscription is given here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import DailyUse, Plan, Subscription
from accounts.services import subscriptions
from foundation.edge.admin_base import AnyAdmin, ReadOnlyAdmin


@admin.register(Plan)
class PlanAdmin(AnyAdmin):
    """Limits hold at once, a price from each user's next payment. Users have plans: none goes."""

    list_display = [
        "name", "code", "rank", "price", "running_bots", "backtests_per_day", "scripts",
        "requests_per_minute",
    ]  # fmt: skip

    def get_readonly_fields(self, _request: HttpRequest, obj: Plan | None = None) -> list[str]:
        return ["code"] if obj else []

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


@admin.register(Subscription)
class SubscriptionAdmin(AnyAdmin):
    """Saving gives the user the chosen plan for nothing and without an end."""

    autocomplete_fields = ["user"]
    fields = [
        "user", "plan", "next_plan", "paid", "period_start", "period_end", "grace_until", "payments"
    ]  # fmt: skip
    list_display = ["user", "plan", "period_end", "next_plan", "grace_until"]
    list_filter = ["plan"]
    list_select_related = ["user", "plan", "next_plan"]
    search_fields = ["user__email"]

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Subscription | None = None
    ) -> list[str]:
        names = [one for one in self.fields if isinstance(one, str)]
        return [one for one in names if one != "plan" and (obj or one != "user")]

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Subscription, _form: Any, _change: bool
    ) -> None:
        by: Any = request.user
        obj.pk = subscriptions.give(user=obj.user, code=obj.plan.code, by=by).pk


@admin.register(DailyUse)
class DailyUseAdmin(ReadOnlyAdmin):
    list_display = ["user", "limit", "day", "used"]
    list_filter = ["limit", "day"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
