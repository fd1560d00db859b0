"""How orders, positions and balances look in REST answers; amounts are text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import Entry
from exchanges.models import Fill, Order, OrderEvent, Position
from exchanges.models.order import BOT_WALLET, SPOT_WALLET


class AmountField(serializers.DecimalField):
    """NUMERIC(38, 18) as text, without an exponent and without trailing zeros."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=38, decimal_places=18, **options)

    def to_representation(self, value: Any) -> str:
        shown = f"{Decimal(value):f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown


class OrderRow(serializers.ModelSerializer[Order]):
    quantity = AmountField(allow_null=True)
    amount_quote = AmountField(allow_null=True)
    price = AmountField(allow_null=True)
    trigger_price = AmountField(allow_null=True)
    filled_quantity = AmountField()
    average_price = AmountField(source="state.average_price", allow_null=True)
    fee = AmountField()

    class Meta:
        model = Order
        fields = [
            "id", "client_order_id", "venue", "symbol", "wallet", "type", "side", "leg", "reason",
            "time_in_force", "reduce_only", "status", "detail", "quantity", "amount_quote",
            "price", "trigger_price", "filled_quantity", "average_price", "fee",
            "needs_reconciliation", "decided_at_ms", "created_at", "updated_at",
        ]  # fmt: skip


class OrderEventRow(serializers.ModelSerializer[OrderEvent]):
    class Meta:
        model = OrderEvent
        fields = ["number", "status_before", "status", "time_ms", "detail", "created_at"]


class FillRow(serializers.ModelSerializer[Fill]):
    price = AmountField()
    quantity = AmountField()
    amount_quote = AmountField()
    fee = AmountField()

    class Meta:
        model = Fill
        fields = [
            "id", "venue_fill_id", "price", "quantity", "amount_quote", "fee", "is_maker",
            "time_ms",
        ]  # fmt: skip


class OrderDetail(OrderRow):
    """With every step of its life and every execution."""

    events = OrderEventRow(many=True)
    fills = FillRow(many=True)

    class Meta(OrderRow.Meta):
        fields = [*OrderRow.Meta.fields, "events", "fills"]


class PositionRow(serializers.ModelSerializer[Position]):
    quantity = AmountField()
    entry_price = AmountField()
    exit_price = AmountField(allow_null=True)
    entry_quantity = AmountField()
    stop_price = AmountField(allow_null=True)
    take_profit_price = AmountField(allow_null=True)
    trailing_stop = AmountField(allow_null=True)
    best_price = AmountField(allow_null=True)
    realised_pnl = AmountField()
    fees = AmountField()

    class Meta:
        model = Position
        fields = [
            "id", "venue", "symbol", "wallet", "side", "quantity", "entry_price", "exit_price",
            "entry_quantity", "stop_price", "take_profit_price", "trailing_stop", "best_price",
            "realised_pnl", "fees", "opened_at_ms", "closed_at_ms", "exit_reason",
        ]  # fmt: skip


class BalanceRow(serializers.Serializer[Any]):
    """One asset: free to spend, and in the hands of bots."""

    asset = serializers.CharField()
    free = AmountField()
    in_bots = AmountField()
    total = AmountField()


class MovementRow(serializers.ModelSerializer[Entry]):
    """One entry of the ledger on one of the user's wallets."""

    asset = serializers.CharField(source="account.asset")
    wallet = serializers.SerializerMethodField()
    kind = serializers.CharField(source="transfer.kind")
    amount = AmountField()
    balance_after = AmountField()
    occurred_at = serializers.DateTimeField(source="transfer.occurred_at")

    class Meta:
        model = Entry
        fields = ["id", "occurred_at", "kind", "wallet", "asset", "amount", "balance_after"]

    def get_wallet(self, entry: Entry) -> str:
        account = entry.account
        is_bots = account.kind == "paper_bot"
        return f"{BOT_WALLET}{account.reference}" if is_bots else SPOT_WALLET
