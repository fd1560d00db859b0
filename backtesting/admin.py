"""Django admin of backtests: to look and to delete; results are never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from backtesting.models import Backtest, BacktestTrade

# Generic for the type checker only: Django's own class takes no parameter.
if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class ReadOnlyAdmin(Base):
    """What a computation found is shown as it is."""

    def has_add_permission(self, *_args: object) -> bool:
        return False

    def has_change_permission(self, *_args: object) -> bool:
        return False


@admin.register(Backtest)
class BacktestAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "owner", "venue", "timeframe", "status", "progress", "created_at"]
    list_filter = ["status", "venue", "timeframe"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email", "spec_fingerprint", "data_fingerprint"]


@admin.register(BacktestTrade)
class BacktestTradeAdmin(ReadOnlyAdmin):
    list_display = ["backtest", "number", "symbol", "side", "pnl", "fees", "exit_reason"]
    list_filter = ["side", "exit_reason"]
    list_select_related = ["backtest"]
    search_fields = ["=backtest__id"]
    show_full_result_count = False  # counting millions of trades helps nobody
    ordering = ["-backtest_id", "number"]

    def has_delete_permission(self, *_args: object) -> bool:
        return False
