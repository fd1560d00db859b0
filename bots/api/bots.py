"""REST: bots."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from bots.api.account_serializers import BotAccountOrderRow, RoundTripRow
from bots.api.bot_bodies import body_of, check_complete, values_of
from bots.api.bot_serializers import (
    BotBody,
    BotRow,
    BotTradeRow,
    DeleteQuery,
    LogRow,
    ParityBody,
    PerformanceBody,
    StopBody,
)
from bots.api.why_serializers import WhyBody, WhyQuery
from bots.models import Bot, BotLog
from bots.models.bot import BotQuerySet
from bots.selectors import account_trading, parity, performance, why
from bots.selectors import bots as selectors
from bots.services import bots, removing
from exchanges.api.trading_serializers import OrderRow
from exchanges.models import Order, Position
from foundation.edge.api import ListApi
from foundation.lib.errors import BadInput, FieldFault

BODY_FIELDS = (
    "name", "kind", "strategy", "params", "timeframe", "credential", "venue", "symbol",
    "allocation", "slippage", "risk",
)  # fmt: skip
ASKS = "It holds something, code `holds_position`: ask again with one of the choices it names."


class BotsApi(ListApi):
    """GET, POST bots"""

    queryset = Bot.objects.none()  # names the model to the schema
    serializer_class = BotRow
    filterset_fields = ["status", "strategy", "venue", "symbol"]
    ordering_fields = ["id", "name", "status", "created_at", "updated_at"]
    ordering = ["-id"]

    def get_queryset(self) -> BotQuerySet:
        return selectors.owned(self.request.user)

    @extend_schema(request=BotBody, responses={201: BotRow})
    def post(self, request: Request) -> Response:
        values = values_of(request, body_of(request, (*BODY_FIELDS, "skip_gate")))
        check_complete(values)
        made = bots.create(owner=cast(User, request.user), **values)
        return Response(BotRow(selectors.get_owned(request.user, made.pk)).data, status=201)


class BotApi(APIView):
    """GET, PUT, DELETE bots/{id}"""

    @extend_schema(responses=BotRow)
    def get(self, request: Request, bot_id: int) -> Response:
        return Response(BotRow(selectors.get_owned(request.user, bot_id)).data)

    @extend_schema(request=BotBody, responses=BotRow)
    def put(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        bots.update(bot=bot, **values_of(request, body_of(request, BODY_FIELDS)))
        return Response(BotRow(selectors.get_owned(request.user, bot_id)).data)

    @extend_schema(
        parameters=[DeleteQuery],
        responses={204: None, 202: BotRow, 409: OpenApiResponse(description=ASKS)},
    )
    def delete(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        query = DeleteQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data.get("position")
        if removing.delete(bot=bot, position=removing.Choice(asked) if asked else None):
            return Response(status=204)
        return Response(BotRow(selectors.get_owned(request.user, bot_id)).data, status=202)


class BotStartApi(APIView):
    """PUT bots/{id}/start"""

    @extend_schema(request=None, responses=BotRow)
    def put(self, request: Request, bot_id: int) -> Response:
        bots.start(bot=selectors.get_owned(request.user, bot_id))
        return Response(BotRow(selectors.get_owned(request.user, bot_id)).data)


class BotPauseApi(APIView):
    """PUT bots/{id}/pause: open nothing new; started again with start"""

    @extend_schema(request=None, responses=BotRow)
    def put(self, request: Request, bot_id: int) -> Response:
        bots.pause(bot=selectors.get_owned(request.user, bot_id))
        return Response(BotRow(selectors.get_owned(request.user, bot_id)).data)


class BotStopApi(APIView):
    """PUT bots/{id}/stop"""

    @extend_schema(request=StopBody, responses=BotRow)
    def put(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        body = body_of(request, ("close_position",))
        close = body.get("close_position", True)
        if not isinstance(close, bool):
            fault = FieldFault("close_position", "must be true or false")
            raise BadInput("The request has a fault.", [fault])
        bots.stop(bot=bot, close_position=close)
        return Response(BotRow(selectors.get_owned(request.user, bot_id)).data)


class BotPerformanceApi(APIView):
    """GET bots/{id}/performance"""

    @extend_schema(responses=PerformanceBody)
    def get(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        return Response(PerformanceBody(performance.performance(bot)).data)


class BotWhyApi(APIView):
    """GET bots/{id}/why: one candle explained"""

    @extend_schema(parameters=[WhyQuery], responses=WhyBody)
    def get(self, request: Request, bot_id: int) -> Response:
        bot = selectors.get_owned(request.user, bot_id)
        query = WhyQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        return Response(why.why(bot, query.validated_data["at"]))


class BotParityApi(APIView):
    """GET bots/{id}/parity: the newest comparison with its backtest"""

    @extend_schema(responses=ParityBody)
    def get(self, request: Request, bot_id: int) -> Response:
        found = parity.parity_of(selectors.get_owned(request.user, bot_id))
        return Response(ParityBody(parity.row(found)).data)


class BotTradesApi(ListApi):
    """GET bots/{id}/trades: on paper, or of the account that the bot trades with"""

    queryset = Position.objects.none()
    serializer_class = BotTradeRow
    filterset_fields = ["exit_reason"]
    ordering_fields = ["id", "opened_at_ms", "closed_at_ms", "realised_pnl", "entry_quantity"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Position]:
        return selectors.trades(_bot(self))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        bot = _bot(self)
        if bot.credential_id is None:
            return super().list(request, *args, **kwargs)
        reason = request.query_params.get("exit_reason", "")
        found = account_trading.trips_of(bot)
        rows = [one for one in found if reason in ("", one.exit_reason)]
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RoundTripRow(cast(Any, page), many=True).data)


class BotOrdersApi(ListApi):
    """GET bots/{id}/orders: on paper, or of the account that the bot trades with"""

    queryset = Order.objects.none()
    serializer_class: Any = OrderRow
    filterset_fields = ["status", "side", "reason"]
    ordering_fields = ["id", "decided_at_ms", "updated_at"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Any]:
        bot = _bot(self)
        if bot.credential_id is None:
            return selectors.orders(bot)
        self.serializer_class, self.filterset_fields = BotAccountOrderRow, ["status", "side"]
        self.ordering_fields = ["id"]
        return account_trading.orders(bot)

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        if page and self.serializer_class is BotAccountOrderRow:
            return account_trading.told(page)
        return page


class BotLogApi(ListApi):
    """GET bots/{id}/log"""

    queryset = BotLog.objects.none()
    serializer_class = LogRow
    filterset_fields = ["level", "kind"]
    ordering_fields = ["id"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[BotLog]:
        return selectors.log(_bot(self))


def _bot(view: ListApi) -> Bot:
    return selectors.get_owned(view.request.user, view.kwargs["bot_id"])
