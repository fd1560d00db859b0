"""REST: what a connected account holds and has traded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchanges.api.callers import owner
from exchanges.models import AccountHoldings, AccountTrade, ExchangeCredential
from exchanges.selectors import credentials, holdings
from exchanges.services import account_asking
from foundation.edge.api import ListApi
from foundation.lib import clock
from foundation.lib.errors import NotFound

FRESH = timedelta(seconds=60)  # an older reading is asked for anew


class AccountBalanceRow(serializers.Serializer[Any]):
    asset = serializers.CharField()
    free = serializers.CharField()
    held = serializers.CharField()
    total = serializers.CharField()
    worth = serializers.CharField(allow_null=True, help_text="in quote; null: nothing prices it")


class AccountPositionRow(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    quantity = serializers.CharField(help_text="below 0: short")
    entry_price = serializers.CharField(allow_null=True)
    mark_price = serializers.CharField(allow_null=True)
    liquidation_price = serializers.CharField(allow_null=True)
    unrealised_pnl = serializers.CharField(allow_null=True)
    leverage = serializers.CharField(allow_null=True)
    margin_mode = serializers.CharField()


class AccountOpenOrderRow(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    venue_order_id = serializers.CharField()
    client_order_id = serializers.CharField()
    status = serializers.CharField()
    type = serializers.CharField()
    side = serializers.CharField()
    quantity = serializers.CharField(allow_null=True)
    price = serializers.CharField(allow_null=True)
    trigger_price = serializers.CharField(allow_null=True)
    filled = serializers.CharField()


class HoldingsRow(serializers.ModelSerializer[AccountHoldings]):
    balances = AccountBalanceRow(many=True)
    positions = AccountPositionRow(many=True)
    orders = AccountOpenOrderRow(many=True)
    unpriced = serializers.ListField(child=serializers.CharField())
    is_being_read = serializers.BooleanField(read_only=True)

    class Meta:
        model = AccountHoldings
        fields = [
            "read_at", "is_being_read", "words", "quote", "value", "balances", "positions",
            "orders", "unpriced",
        ]  # fmt: skip


class AccountTradeRow(serializers.ModelSerializer[AccountTrade]):
    class Meta:
        model = AccountTrade
        fields = [
            "id", "symbol", "side", "price", "quantity", "fee", "fee_asset", "is_maker",
            "venue_fill_id", "venue_order_id", "time_ms",
        ]  # fmt: skip


class HoldingsApi(APIView):
    """GET exchanges/credentials/{id}/account: as last read; an older one is asked for anew"""

    @extend_schema(responses=HoldingsRow)
    def get(self, request: Request, credential_id: int) -> Response:
        row = _owned(request, credential_id)
        found = holdings.holdings(row)
        if row.may_send and (found.read_at is None or found.read_at < clock.now() - FRESH):
            found = account_asking.ask(credential=row)
        return Response(HoldingsRow(found).data)


class AccountTradesApi(ListApi):
    """GET exchanges/credentials/{id}/trades: imported executions, each once"""

    queryset = AccountTrade.objects.none()  # names the model to the schema
    serializer_class = AccountTradeRow
    filterset_fields = ["symbol", "side"]
    ordering_fields = ["id", "time_ms"]
    ordering = ["-time_ms", "-id"]

    def get_queryset(self) -> QuerySet[AccountTrade]:
        return holdings.trades(_owned(self.request, self.kwargs["credential_id"]))


def _owned(request: Request, credential_id: int) -> ExchangeCredential:
    row = credentials.owned(owner(request)).filter(pk=credential_id).first()
    if row is None:
        raise NotFound("There is no such exchange account.")
    return row
