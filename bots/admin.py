"""Django admin of strategies and bots."""

from __future__ import annotations

from django.contrib import admin

from bots.models import (
    Bot,
    BotBlock,
    BotEvent,
    BotHold,
    BotHook,
    BotLog,
    BotParity,
    BotPromotion,
    BotRun,
    BotSignal,
    CustomIndicator,
    Decision,
    MarketInsight,
    PortfolioSnapshot,
    Strategy,
)
from foundation.edge.admin_base import AnyAdmin, ReadOnlyAdmin


@admin.register(Strategy)
class StrategyAdmin(AnyAdmin):
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


@admin.register(CustomIndicator)
class CustomIndicatorAdmin(ReadOnlyAdmin):
    list_display = ["name", "owner", "expression", "version", "updated_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email", "expression"]


@admin.register(Bot)
class BotAdmin(ReadOnlyAdmin):
    list_display = ["name", "owner", "venue", "symbol", "allocation", "status", "updated_at"]
    list_filter = ["status", "venue", "symbol"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email"]


@admin.register(BotRun)
class BotRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "bot", "symbol", "timeframe", "equity_start", "equity", "started_at"]
    list_filter = ["venue", "symbol", "timeframe"]
    list_select_related = ["bot"]
    search_fields = ["bot__name", "fingerprint"]


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ["id", "bot", "decided_at_ms", "leg", "side", "reason", "client_order_id"]
    list_filter = ["leg", "reason"]
    list_select_related = ["bot"]
    search_fields = ["bot__name", "client_order_id"]


@admin.register(BotLog)
class BotLogAdmin(ReadOnlyAdmin):
    list_display = ["id", "bot", "level", "kind", "message", "created_at"]
    list_filter = ["level", "kind"]
    list_select_related = ["bot"]
    search_fields = ["bot__name", "message"]


@admin.register(PortfolioSnapshot)
class PortfolioSnapshotAdmin(ReadOnlyAdmin):
    list_display = ["owner", "taken_at_ms", "asset", "value"]
    list_filter = ["asset"]
    list_select_related = ["owner"]
    search_fields = ["owner__email"]
    show_full_result_count = False


@admin.register(MarketInsight)
class MarketInsightAdmin(ReadOnlyAdmin):
    list_display = ["market", "hour_ms", "made_at", "candle_count", "candles_until_ms"]
    list_filter = ["market__venue"]
    list_select_related = ["market"]
    search_fields = ["market__symbol", "market__venue"]


@admin.register(BotHook)
class BotHookAdmin(ReadOnlyAdmin):
    list_display = ["bot", "has_secret", "lag_s_max", "rotated_at"]
    list_select_related = ["bot"]
    search_fields = ["bot__name"]


@admin.register(BotSignal)
class BotSignalAdmin(ReadOnlyAdmin):
    list_display = ["id", "bot", "received_ms", "action", "symbol", "state", "reason"]
    list_filter = ["state", "action", "code"]
    list_select_related = ["bot"]
    search_fields = ["bot__name", "signal_id"]
    show_full_result_count = False


@admin.register(BotBlock)
class BotBlockAdmin(ReadOnlyAdmin):
    list_display = ["run", "candle_ms", "code", "words", "made_at"]
    list_filter = ["code"]
    list_select_related = ["run"]


@admin.register(BotParity)
class BotParityAdmin(ReadOnlyAdmin):
    list_display = ["run", "score", "expected", "live", "same", "causes", "checked_at"]
    list_select_related = ["run"]


@admin.register(BotPromotion)
class BotPromotionAdmin(ReadOnlyAdmin):
    list_display = ["bot", "stage", "share", "credential", "since", "words"]
    list_select_related = ["bot", "credential"]


@admin.register(BotHold)
class BotHoldAdmin(ReadOnlyAdmin):
    list_display = ["run", "from_ms", "until_ms", "why"]
    list_filter = ["why"]


@admin.register(BotEvent)
class BotEventAdmin(ReadOnlyAdmin):
    list_display = ["run", "key", "due_ms", "taken_ms"]
    search_fields = ["key"]
