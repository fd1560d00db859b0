"""Django admin of this app. Candles are looked at here, never written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from exchanges.models import (
    Candle,
    CandleChunk,
    CandleSeries,
    Fill,
    Market,
    Order,
    OrderEvent,
    Position,
)
from foundation.edge.admin_base import KeptAdmin, ReadOnlyAdmin


@admin.register(Market)
class MarketAdmin(KeptAdmin):
    """Steps and fees may be set by hand; which market it is may not."""

    list_display = ["symbol", "venue", "kind", "price_step", "amount_step", "is_active"]
    list_filter = ["venue", "kind", "is_active", "is_simulated"]
    search_fields = ["symbol", "venue"]
    readonly_fields = ["venue", "symbol", "base", "quote", "kind", "is_simulated", "created_at"]


@admin.register(CandleSeries)
class CandleSeriesAdmin(ReadOnlyAdmin):
    list_display = ["market", "timeframe", "first_open_ms", "last_open_ms", "candle_count"]
    list_filter = ["timeframe", "market__venue"]
    list_select_related = ["market"]
    search_fields = ["market__symbol"]


@admin.register(CandleChunk)
class CandleChunkAdmin(ReadOnlyAdmin):
    list_display = ["series", "start_ms", "candle_count"]
    list_select_related = ["series__market"]
    fields = ["series", "start_ms", "candle_count"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("columns")  # 69 kB each, shown nowhere


@admin.register(Candle)
class CandleAdmin(ReadOnlyAdmin):
    list_display = ["series", "open_time_ms", "open", "high", "low", "close", "volume"]
    list_select_related = ["series__market"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "owner", "wallet", "symbol", "side", "type", "reason", "status"]
    list_filter = ["status", "side", "reason", "venue", "needs_reconciliation"]
    list_select_related = ["owner"]
    search_fields = ["client_order_id", "wallet", "owner__email"]


@admin.register(OrderEvent)
class OrderEventAdmin(ReadOnlyAdmin):
    list_display = ["order", "number", "status_before", "status", "time_ms", "detail"]
    list_filter = ["status"]
    list_select_related = ["order"]
    search_fields = ["order__client_order_id"]


@admin.register(Fill)
class FillAdmin(ReadOnlyAdmin):
    list_display = ["id", "wallet", "symbol", "side", "price", "quantity", "fee", "time_ms"]
    list_filter = ["side", "reason", "venue"]
    search_fields = ["venue_fill_id", "wallet"]


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    list_display = ["id", "owner", "wallet", "symbol", "side", "quantity", "realised_pnl"]
    list_filter = ["side", "venue", "symbol", "exit_reason"]
    list_select_related = ["owner"]
    search_fields = ["wallet", "owner__email"]
