"""How orders, executions and positions look in REST answers; amounts are text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from exchanges.models import Fill, Order, OrderEvent, Position
from foundation.lib.decimals import plain


class AmountField(serializers.DecimalField):
    """NUMERIC(38, 18) as text, without an exponent and without trailing zeros."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=38, decimal_places=18, **options)

    def to_representation(self, value: Any) -> str:
        return plain(Decimal(value))


class OrderRow(serializers.ModelSerializer[Order]):
    quantity = AmountField(allow_null=True)
    amount_quote = AmountField(allow_null=True)
    price = AmountField(allow_null=True)
    trigger_price = AmountField(allow_null=True)
    callback_rate = AmountField(allow_null=True)
    activation_price = AmountField(allow_null=True)
    stop_loss_price = AmountField(allow_null=True)
    take_profit_price = AmountField(allow_null=True)
    filled_quantity = AmountField()
    average_price = AmountField(source="state.average_price", allow_null=True)
    fee = AmountField()
    held = AmountField()

    class Meta:
        model = Order
        fields = [
            "id", "client_order_id", "venue", "symbol", "wallet", "type", "side", "leg", "reason",
            "time_in_force", "reduce_only", "close_position", "status", "detail", "quantity",
            "amount_quote", "price", "trigger_price", "callback_rate", "activation_price",
            "stop_loss_price", "take_profit_price", "filled_quantity", "average_price", "fee",
            "held", "list_id", "triggered_at_ms", "needs_reconciliation", "decided_at_ms",
            "created_at", "updated_at",
        ]  # fmt: skip


class OrderEventRow(serializers.ModelSerializer[OrderEvent]):
    class Meta:
        model = OrderEvent
        fields = ["number", "status_before", "status", "time_ms", "detail", "created_at"]


class FillRow(serializers.ModelSerializer[Fill]):
    """One execution. realised_pnl: of a contract position, before fees."""

    price = AmountField()
    quantity = AmountField()
    amount_quote = AmountField()
    fee = AmountField()
    realised_pnl = AmountField()

    class Meta:
        model = Fill
        fields = [
            "id", "venue_fill_id", "price", "quantity", "amount_quote", "fee", "realised_pnl",
            "is_maker", "time_ms",
        ]  # fmt: skip


class FillDetail(FillRow):
    """With the order that it belongs to."""

    client_order_id = serializers.CharField(source="order.client_order_id")

    class Meta(FillRow.Meta):
        fields = [
            *FillRow.Meta.fields,
            *("order", "client_order_id", "position", "venue", "symbol", "wallet", "side"),
            "reason",
        ]


class OrderDetail(OrderRow):
    """With every step of its life and every execution."""

    events = OrderEventRow(many=True)
    fills = FillRow(many=True)

    class Meta(OrderRow.Meta):
        fields = [*OrderRow.Meta.fields, "events", "fills"]


class OrderPair(serializers.Serializer[Any]):
    """The two orders of a list, one cancels the other; both carry its list_id."""

    orders = OrderRow(many=True)


class CancelledOrders(serializers.Serializer[Any]):
    """What was taken back; orders that were over already are not in it."""

    cancelled = OrderRow(many=True)


class PositionRow(serializers.ModelSerializer[Position]):
    """A position. What depends on the mark is null while the feed is silent, and when it is closed.

    margin: what it has locked (isolated), else its initial margin. margin_ratio: maintenance margin
    by what is left of the margin; at 1 it is liquidated. distance: how far the mark is from the
    liquidation price, as a fraction of the mark. funding: paid until now, negative is received.
    realised_pnl is net of fees, without funding.
    """

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
    funding = AmountField()
    margin = AmountField(source="figures.margin", allow_null=True)
    liquidation_price = AmountField(source="figures.liquidation_price", allow_null=True)
    mark_price = AmountField(source="figures.mark", allow_null=True)
    notional = AmountField(source="figures.notional", allow_null=True)
    unrealised_pnl = AmountField(source="figures.unrealised_pnl", allow_null=True)
    maintenance_margin = AmountField(source="figures.maintenance_margin", allow_null=True)
    margin_ratio = AmountField(source="figures.margin_ratio", allow_null=True)
    distance = AmountField(source="figures.distance", allow_null=True)

    class Meta:
        model = Position
        fields = [
            "id", "venue", "symbol", "wallet", "side", "quantity", "entry_price", "exit_price",
            "entry_quantity", "stop_price", "take_profit_price", "trailing_stop", "best_price",
            "margin_mode", "leverage", "margin", "liquidation_price", "mark_price", "notional",
            "unrealised_pnl", "maintenance_margin", "margin_ratio", "distance",
            "realised_pnl", "fees", "funding", "opened_at_ms", "closed_at_ms", "exit_reason",
        ]  # fmt: skip
