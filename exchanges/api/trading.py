"""REST: orders, positions and wallet, to read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Entry
from exchanges.api.trading_serializers import (
    BalanceRow,
    MovementRow,
    OrderDetail,
    OrderRow,
    PositionRow,
)
from exchanges.models import Order, Position
from exchanges.selectors import trading
from foundation.edge.api import ListApi

ORDER_FILTERS = ["status", "venue", "symbol", "side", "wallet", "reason"]


class OrdersApi(ListApi):
    """GET orders"""

    queryset = Order.objects.none()  # names the model to the schema
    serializer_class = OrderRow
    filterset_fields = ORDER_FILTERS
    ordering_fields = ["id", "created_at", "updated_at", "status"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Order]:
        return trading.orders(self.request.user)


class OrderHistoryApi(OrdersApi):
    """GET orders/history: those that are over"""

    def get_queryset(self) -> QuerySet[Order]:
        return trading.order_history(self.request.user)


class OrderApi(APIView):
    """GET orders/{id}"""

    @extend_schema(responses=OrderDetail)
    def get(self, request: Request, order_id: int) -> Response:
        return Response(OrderDetail(trading.get_order(request.user, order_id)).data)


class PositionsApi(ListApi):
    """GET positions: the open ones; ?state=closed or all for the others"""

    queryset = Position.objects.none()
    serializer_class = PositionRow
    filterset_fields = ["venue", "symbol", "wallet", "side"]
    ordering_fields = ["id", "opened_at_ms", "closed_at_ms", "realised_pnl"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Position]:
        state = self.request.query_params.get("state", "open")
        return trading.positions(self.request.user, state)


class PositionApi(APIView):
    """GET positions/{id}"""

    @extend_schema(responses=PositionRow)
    def get(self, request: Request, position_id: int) -> Response:
        return Response(PositionRow(trading.get_position(request.user, position_id)).data)


class WalletApi(ListApi):
    """GET wallet"""

    serializer_class = BalanceRow
    filter_backends = []  # a list of totals has no columns to filter or order by

    def get_queryset(self) -> Any:
        return trading.balances(self.request.user)


class WalletHistoryApi(ListApi):
    """GET wallet/history"""

    queryset = Entry.objects.none()
    serializer_class = MovementRow
    ordering_fields = ["id"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Entry]:
        return trading.history(self.request.user)


class AssetApi(APIView):
    """GET wallet/{asset}"""

    @extend_schema(responses=BalanceRow)
    def get(self, request: Request, asset: str) -> Response:
        found: Any = trading.balance(request.user, trading.check_asset(asset))
        return Response(BalanceRow(found).data)
