"""Django admin of this app. Candles are looked at here, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from exchanges import credentials_admin as credentials_admin  # registers its models
from exchanges import risk_admin as risk_admin  # the same
from exchanges.core.leverage import leverage_max
from exchanges.core.risk_parameters import PARAMETERS
from exchanges.models import (
    CancelCountdown,
    Candle,
    CandleChunk,
    CandleSeries,
    Fill,
    FundingRate,
    Liquidation,
    MarginSetting,
    Market,
    Order,
    OrderEvent,
    Position,
    RiskParameter,
    RuleRecord,
    VenueClock,
)
from foundation.edge.admin_base import AnyAdmin, KeptAdmin, ReadOnlyAdmin

# Generic for the type checker only: Django's own class takes no parameter.
if TYPE_CHECKING:
    FormBase = forms.ModelForm[RiskParameter]
else:
    FormBase = forms.ModelForm


@admin.register(Market)
class MarketAdmin(KeptAdmin):
    """Steps, fees, tiers, funding and whose prices it follows may be set by hand; which market it
    is may not."""

    list_display = [
        "symbol", "venue", "kind", "feed_symbol", "price_step", "amount_step", "fee_maker",
        "fee_taker", "funding_rate", "is_active",
    ]  # fmt: skip
    list_filter = ["venue", "kind", "is_active", "is_simulated"]
    search_fields = ["symbol", "venue"]
    readonly_fields = ["venue", "symbol", "base", "quote", "kind", "is_simulated", "created_at"]


@admin.register(RuleRecord)
class RuleRecordAdmin(ReadOnlyAdmin):
    list_display = [
        "market", "valid_from", "valid_until", "price_step", "amount_step", "fee_maker",
        "fee_taker", "leverage", "is_listed",
    ]  # fmt: skip
    list_filter = ["market__venue", "is_listed"]
    list_select_related = ["market"]
    search_fields = ["market__symbol"]

    @admin.display(description="leverage up to")
    def leverage(self, row: RuleRecord) -> str:
        """Of contracts; the brackets are on the record's own page."""
        return f"{leverage_max(row.rules().tiers)}x" if row.market.is_contract else "-"


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


@admin.register(MarginSetting)
class MarginSettingAdmin(KeptAdmin):
    """Leverage and mode that somebody chose: changed here only where nothing is open."""

    list_display = ["owner", "venue", "symbol", "leverage", "margin_mode"]
    list_filter = ["margin_mode", "symbol"]
    list_select_related = ["owner"]
    search_fields = ["owner__email", "symbol"]
    readonly_fields = ["owner", "venue", "symbol"]


class KnownNameForm(FormBase):
    """A figure is chosen from those that the risk engine knows."""

    name = forms.ChoiceField(
        choices=[(one.name, f"{one.name}: {one.meaning}") for one in PARAMETERS.values()]
    )

    class Meta:
        model = RiskParameter
        fields = ("name", "value")


@admin.register(RiskParameter)
class RiskParameterAdmin(AnyAdmin):
    """Without a row a figure has its usual value; removing one brings that back."""

    form = KnownNameForm
    list_display = ["name", "value", "usual", "bounds", "meaning", "updated_at"]

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> list[str]:
        return ["name", "usual", "bounds", "meaning"] if obj else []

    @admin.display
    def usual(self, row: RiskParameter) -> str:
        return f"{PARAMETERS[row.name].usual:f}"

    @admin.display
    def bounds(self, row: RiskParameter) -> str:
        known = PARAMETERS[row.name]
        return f"{known.least:f} to {known.most:f}"

    @admin.display
    def meaning(self, row: RiskParameter) -> str:
        return PARAMETERS[row.name].meaning


@admin.register(FundingRate)
class FundingRateAdmin(ReadOnlyAdmin):
    list_display = ["symbol", "venue", "time_ms", "rate", "mark_price"]
    list_filter = ["venue", "symbol"]


@admin.register(Liquidation)
class LiquidationAdmin(ReadOnlyAdmin):
    list_display = [
        "id", "owner", "symbol", "side", "quantity", "mark_price", "price", "fee", "to_fund",
        "deleveraged", "time_ms",
    ]  # fmt: skip
    list_filter = ["venue", "symbol", "side"]
    list_select_related = ["owner"]
    search_fields = ["owner__email", "symbol"]


@admin.register(VenueClock)
class VenueClockAdmin(ReadOnlyAdmin):
    list_display = ["symbol", "venue", "time_ms", "price"]


@admin.register(CancelCountdown)
class CancelCountdownAdmin(ReadOnlyAdmin):
    list_display = [field.name for field in CancelCountdown._meta.concrete_fields]
    list_select_related = ["owner"]
