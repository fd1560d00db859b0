"""Orders and trades of bots on connected accounts, in the shape of those on paper."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from bots.core.round_trips import RoundTrip
from exchanges.api.trading_serializers import AmountField
from exchanges.models import AccountOrder


class BotAccountOrderRow(serializers.ModelSerializer[AccountOrder]):
    """An order, with what `selectors.account_trading.told` adds."""

    venue = serializers.CharField(source="credential.venue")
    leg = serializers.CharField()
    reason = serializers.CharField()
    quantity = AmountField()
    price = AmountField(allow_null=True)
    trigger_price = AmountField(allow_null=True)
    target_price = AmountField(
        allow_null=True, help_text="of a stop: where the exchange sells as well; one is enough"
    )
    filled_quantity = AmountField()
    average_price = AmountField(allow_null=True)
    fee = AmountField(help_text="in quote; coins at the price of their fill")
    decided_at_ms = serializers.IntegerField(allow_null=True)

    class Meta:
        model = AccountOrder
        fields = [
            "id", "client_order_id", "venue", "venue_order_id", "symbol", "wallet", "type", "side",
            "leg", "reason", "time_in_force", "reduce_only", "status", "detail", "quantity",
            "price", "trigger_price", "target_price", "filled_quantity", "average_price", "fee",
            "decided_at_ms", "created_at",
        ]  # fmt: skip


class RoundTripRow(serializers.Serializer[RoundTrip]):
    """A finished trade of `bots/{id}/trades` on an account. Times: of the fills, ms UTC."""

    symbol = serializers.CharField()
    side = serializers.CharField()
    entry_time = serializers.IntegerField(source="opened_ms")
    exit_time = serializers.IntegerField(source="closed_ms")
    entry_price = serializers.SerializerMethodField()
    exit_price = serializers.SerializerMethodField()
    quantity = AmountField()
    pnl = serializers.SerializerMethodField()
    fees = serializers.SerializerMethodField()
    exit_reason = serializers.CharField()

    def get_entry_price(self, trip: RoundTrip) -> str:
        return _text(trip.entry_price)

    def get_exit_price(self, trip: RoundTrip) -> str | None:
        return None if trip.exit_price is None else _text(trip.exit_price)

    def get_pnl(self, trip: RoundTrip) -> str:
        return _text(trip.pnl)

    def get_fees(self, trip: RoundTrip) -> str:
        return _text(trip.fees)


def _text(value: Any) -> str:
    """A quotient, cut to the places that amounts have."""
    return AmountField().to_representation(round(value, 18))
