"""REST: orders, to place, change, take back and read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchanges.api import order_bodies as bodies
from exchanges.api.callers import check_query, market_name, owner
from exchanges.api.trading_serializers import (
    CancelledOrders,
    FillDetail,
    OrderDetail,
    OrderPair,
    OrderRow,
)
from exchanges.core.symbols import SYMBOL_PATTERN, VENUE_PATTERN
from exchanges.models import Fill, Order
from exchanges.selectors import trading
from exchanges.services.paper import placing, working
from foundation.edge.api import ListApi
from foundation.edge.fields import values_of
from foundation.edge.parsers import ExactJSONParser

STATES = ("working", "over", "all")
STATE = OpenApiParameter("state", enum=STATES, description="all if left out")
SYMBOL = OpenApiParameter(
    "symbol",
    {"type": "string", "pattern": SYMBOL_PATTERN},
    description="only this market's; every market's if left out",
)
WALLET = OpenApiParameter("wallet", enum=["spot", "futures"], description="both if left out")
VENUE = OpenApiParameter(
    "venue", {"type": "string", "pattern": VENUE_PATTERN}, description="the paper venue if left out"
)
KEY = OpenApiParameter(
    bodies.IDEMPOTENCY_KEY,
    bodies.KEY_SCHEMA,
    location=OpenApiParameter.HEADER,
    description="stands in for client_order_id: the same key with the same body is one order, "
    "answered with 200 the second time; with another body it is refused with 409",
)


class OrdersApi(ListApi):
    """GET orders; POST orders to place one; DELETE orders to take back all that work"""

    queryset = Order.objects.none()  # names the model to the schema
    serializer_class: Any = OrderRow
    parser_classes = [ExactJSONParser]
    filterset_fields = [
        *("status", "venue", "symbol", "side", "type", "wallet", "reason"),
        *("client_order_id", "list_id"),
    ]
    ordering_fields = ["id", "created_at", "updated_at", "status"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Order]:
        return trading.orders(self.request.user, self.request.query_params.get("state", "all"))

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[KEY],
        request=bodies.OrderBody,
        responses={201: OrderDetail, 200: OrderDetail},
        filters=False,
    )
    def post(self, request: Request) -> Response:
        values = values_of(bodies.OrderBody, request.data)
        wanted = bodies.ticket(values, request.headers.get(bodies.IDEMPOTENCY_KEY, ""))
        placed = placing.place(owner=owner(request), ticket=wanted)
        shown = OrderDetail(placed.order).data
        return Response(shown, status=201 if placed.is_new else 200)

    @extend_schema(
        operation_id="orders_cancel_all",
        parameters=[SYMBOL, WALLET, VENUE],
        responses={200: CancelledOrders},
        filters=False,
    )
    def delete(self, request: Request) -> Response:
        check_query(request, ("symbol", "wallet", "venue"))
        asked: dict[str, str] = {name: str(value) for name, value in request.query_params.items()}
        wanted: dict[str, Any] = {"venue": asked.get("venue", settings.FEED_VENUE)}
        if "symbol" in asked:
            wanted |= market_name(asked)
        wanted["wallet"] = trading.check_wallet(asked.get("wallet"))
        gone = working.cancel_all(owner=owner(request), **wanted)
        return Response(CancelledOrders({"cancelled": gone}).data)


class OrderHistoryApi(ListApi):
    """GET orders/history: those that are over"""

    queryset = Order.objects.none()
    serializer_class = OrderRow
    filterset_fields = OrdersApi.filterset_fields
    ordering_fields = OrdersApi.ordering_fields
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Order]:
        return trading.orders(self.request.user, "over")


class FillsApi(ListApi):
    """GET orders/fills: every execution of the user's own orders"""

    queryset = Fill.objects.none()
    serializer_class = FillDetail
    filterset_fields = ["venue", "symbol", "side", "wallet", "order", "reason", "is_maker"]
    ordering_fields = ["id", "time_ms"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Fill]:
        return trading.fills(self.request.user)


class OrderTestApi(APIView):
    """POST orders/test: everything that placing checks; nothing is placed"""

    parser_classes = [ExactJSONParser]

    @extend_schema(request=bodies.OrderBody, responses={204: None})
    def post(self, request: Request) -> Response:
        wanted = bodies.ticket(values_of(bodies.OrderBody, request.data))
        placing.check(owner=owner(request), ticket=wanted)
        return Response(status=204)


class OrderPairApi(APIView):
    """POST orders/oco: a limit order and a stop; when one trades, the other is taken back"""

    parser_classes = [ExactJSONParser]

    @extend_schema(request=bodies.PairBody, responses={201: OrderPair})
    def post(self, request: Request) -> Response:
        wanted = bodies.pair(values_of(bodies.PairBody, request.data))
        placed = placing.place_pair(owner=owner(request), pair=wanted)
        return Response(OrderPair({"orders": placed}).data, status=201)


class OrderApi(APIView):
    """GET, PUT (amend), DELETE (cancel) orders/{id}"""

    parser_classes = [ExactJSONParser]

    @extend_schema(responses=OrderDetail)
    def get(self, request: Request, order_id: int) -> Response:
        return Response(_shown(request, order_id))

    @extend_schema(request=bodies.AmendBody, responses=OrderDetail)
    def put(self, request: Request, order_id: int) -> Response:
        trading.get_order(request.user, order_id)  # a stranger learns nothing from faults
        values = values_of(bodies.AmendBody, request.data)
        working.amend(owner=owner(request), order_id=order_id, **values)
        return Response(_shown(request, order_id))

    @extend_schema(responses={200: OrderDetail})
    def delete(self, request: Request, order_id: int) -> Response:
        trading.get_order(request.user, order_id)
        working.cancel(owner=owner(request), order_id=order_id)
        return Response(_shown(request, order_id))


def _shown(request: Request, order_id: int) -> Any:
    return OrderDetail(trading.get_order(request.user, order_id)).data
