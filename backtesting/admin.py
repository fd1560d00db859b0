"""Django admin of backtests: to look and to delete; results are never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from backtesting.models import (
    Backtest,
    BacktestCurves,
    BacktestTrade,
    Check,
    Optimization,
    PortfolioOptimization,
    Trial,
)
from foundation.edge.admin_base import AnyAdmin, ReadOnlyAdmin


@admin.register(Backtest)
class BacktestAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "owner", "venue", "timeframe", "status", "progress", "created_at"]
    list_filter = ["status", "venue", "timeframe"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email", "spec_fingerprint", "data_fingerprint"]

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """A whole run may go, with all that was found in it."""
        return AnyAdmin.has_delete_permission(self, _request, _obj)


@admin.register(PortfolioOptimization)
class PortfolioOptimizationAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "owner", "venue", "status", "created_at"]
    list_filter = ["status", "venue"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email"]


@admin.register(BacktestCurves)
class BacktestCurvesAdmin(ReadOnlyAdmin):
    list_display = ["backtest", "points"]
    list_select_related = ["backtest"]
    fields = ["backtest", "points"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).only("backtest", "points")  # the rest is packed bytes


@admin.register(BacktestTrade)
class BacktestTradeAdmin(ReadOnlyAdmin):
    list_display = ["backtest", "number", "symbol", "side", "pnl", "fees", "exit_reason"]
    list_filter = ["side", "exit_reason"]
    list_select_related = ["backtest"]
    search_fields = ["=backtest__id"]
    show_full_result_count = False  # counting millions of trades helps nobody
    ordering = ["-backtest_id", "number"]


@admin.register(Optimization)
class OptimizationAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "owner", "method", "status", "done", "total", "created_at"]
    list_filter = ["status", "method", "venue"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email", "spec_fingerprint"]

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """A whole search may go, with all of its trials."""
        return AnyAdmin.has_delete_permission(self, _request, _obj)


@admin.register(Trial)
class TrialAdmin(ReadOnlyAdmin):
    list_display = ["optimization", "number", "state", "score", "trades"]
    list_filter = ["state"]
    list_select_related = ["optimization"]
    search_fields = ["=optimization__id"]
    show_full_result_count = False  # as of trades
    ordering = ["-optimization_id", "number"]


@admin.register(Check)
class CheckAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "backtest", "owner", "status", "progress", "created_at"]
    list_filter = ["status", "kind"]
    list_select_related = ["owner", "backtest"]
    search_fields = ["=backtest__id", "owner__email"]

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """An answer may go; it can be asked for again."""
        return AnyAdmin.has_delete_permission(self, _request, _obj)
