"""REST: positions, to read, protect, fund and close; leverage and margin mode of a contract."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from exchanges.api.callers import market_name, owner
from exchanges.api.order_bodies import IDEMPOTENCY_KEY, KEY_SCHEMA, check_key
from exchanges.api.trading_serializers import OrderDetail, PositionRow
from exchanges.core.ticket_checks import MARGIN_MODES
from exchanges.models import Position
from exchanges.selectors import figures, margin, trading
from exchanges.services.paper import closing, margins
from foundation.edge.api import ListApi
from foundation.edge.fields import AmountInput, Body, ChoiceInput, WholeInput, values_of
from foundation.edge.parsers import ExactJSONParser

STATE = OpenApiParameter("state", enum=trading.POSITION_STATES, description="open if left out")
CLOSE_KEY = OpenApiParameter(
    IDEMPOTENCY_KEY,
    KEY_SCHEMA,
    location=OpenApiParameter.HEADER,
    description="becomes the client_order_id: the same key closes once and is answered with 200 "
    "the second time, also when nothing is open any more; for something else it is refused "
    "with 409",
)
MARGIN_KEY = OpenApiParameter(
    IDEMPOTENCY_KEY,
    KEY_SCHEMA,
    location=OpenApiParameter.HEADER,
    description="the same key with the same amount moves it once; with another it is refused "
    "with 409",
)
PROTECTIONS = {"take_profit_price": "take_profit", "stop_loss_price": "stop_loss"}


class CloseBody(Body):
    """POST positions/{id}/close."""

    quantity = AmountInput(required=False, allow_null=True, help_text="all of it if left out")


class MarginBody(Body):
    """PUT positions/{id}/margin: more than 0 adds margin, less takes it out."""

    amount = AmountInput(signed=True)


class ProtectBody(Body):
    """PUT positions/{id}/tp-sl: what is given replaces the old, null removes it."""

    take_profit_price = AmountInput(required=False, allow_null=True)
    stop_loss_price = AmountInput(required=False, allow_null=True)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError("Give a take_profit_price or a stop_loss_price; null removes.")
        return attrs


class SettingBody(Body):
    """PUT positions/settings/{symbol}: what is given changes, the rest stays."""

    leverage = WholeInput(least=1, most=125, required=False)
    margin_mode = ChoiceInput(MARGIN_MODES, required=False)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError("Give a leverage or a margin_mode.")
        return attrs


class SettingRow(serializers.Serializer[Any]):
    """How the user's next orders on this contract are margined."""

    symbol = serializers.CharField()
    leverage = serializers.IntegerField()
    margin_mode = serializers.ChoiceField(choices=MARGIN_MODES)


class PositionsApi(ListApi):
    """GET positions: the open ones; ?state=closed or all for the others"""

    queryset = Position.objects.none()
    serializer_class = PositionRow
    filterset_fields = ["venue", "symbol", "wallet", "side", "margin_mode"]
    ordering_fields = ["id", "opened_at_ms", "closed_at_ms", "realised_pnl"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Position]:
        state = self.request.query_params.get("state", "open")
        return trading.positions(self.request.user, state)

    @extend_schema(parameters=[STATE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @override
    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        return figures.attach(self.request.user, super().paginate_queryset(queryset) or [])


class PositionApi(APIView):
    """GET positions/{id}"""

    @extend_schema(responses=PositionRow)
    def get(self, request: Request, position_id: int) -> Response:
        return _answer(request, position_id)


class PositionCloseApi(APIView):
    """POST positions/{id}/close: a market order that only reduces; all of it or a quantity"""

    parser_classes = [ExactJSONParser]

    @extend_schema(
        parameters=[CLOSE_KEY], request=CloseBody, responses={201: OrderDetail, 200: OrderDetail}
    )
    def post(self, request: Request, position_id: int) -> Response:
        trading.get_position(request.user, position_id)
        placed = closing.close_once(
            owner=owner(request),
            position_id=position_id,
            quantity=values_of(CloseBody, request.data).get("quantity"),
            client_order_id=_key(request),
        )
        return Response(OrderDetail(placed.order).data, status=201 if placed.is_new else 200)


class PositionMarginApi(APIView):
    """PUT positions/{id}/margin: put margin to an isolated position, or take it out"""

    parser_classes = [ExactJSONParser]

    @extend_schema(parameters=[MARGIN_KEY], request=MarginBody, responses=PositionRow)
    def put(self, request: Request, position_id: int) -> Response:
        trading.get_position(request.user, position_id)
        amount = values_of(MarginBody, request.data)["amount"]
        margins.change_margin(
            owner=owner(request), position_id=position_id, amount=amount, key=_key(request)
        )
        return _answer(request, position_id)


class PositionProtectApi(APIView):
    """PUT positions/{id}/tp-sl: take-profit and stop-loss of the whole position"""

    parser_classes = [ExactJSONParser]

    @extend_schema(request=ProtectBody, responses=PositionRow)
    def put(self, request: Request, position_id: int) -> Response:
        position = trading.get_position(request.user, position_id)
        given = values_of(ProtectBody, request.data)
        kept = {
            "take_profit_price": position.take_profit_price,
            "stop_loss_price": position.stop_price,
        }
        wanted = {PROTECTIONS[name]: value for name, value in {**kept, **given}.items()}
        closing.protect(owner=owner(request), position_id=position_id, **wanted)
        return _answer(request, position_id)


class SettingApi(APIView):
    """GET, PUT positions/settings/{symbol}: the user's leverage and margin mode of a contract"""

    parser_classes = [ExactJSONParser]

    @extend_schema(responses=SettingRow)
    def get(self, request: Request, symbol: str) -> Response:
        found = margin.setting(owner(request), **market_name({"symbol": symbol}))
        return Response(SettingRow(found).data)

    @extend_schema(request=SettingBody, responses=SettingRow)
    def put(self, request: Request, symbol: str) -> Response:
        wanted = values_of(SettingBody, request.data) | market_name({"symbol": symbol})
        found = margins.set_terms(owner=owner(request), **wanted)
        return Response(SettingRow(found).data)


def _key(request: Request) -> str:
    return check_key(request.headers.get(IDEMPOTENCY_KEY, ""))


def _answer(request: Request, position_id: int) -> Response:
    found = trading.get_position(request.user, position_id)
    return Response(PositionRow(figures.attach(request.user, [found])[0]).data)
