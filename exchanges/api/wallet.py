"""REST: what the user owns, every movement of it, and moving it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Entry
from exchanges.api.callers import owner
from exchanges.api.wallet_serializers import (
    BalanceRow,
    DepositBody,
    FuturesRow,
    MovementRow,
    TransferBody,
)
from exchanges.selectors import margin, trading, wallets
from exchanges.services.paper import wallets as service
from foundation.edge.api import ListApi
from foundation.edge.fields import values_of
from foundation.edge.parsers import ExactJSONParser

ASSET = OpenApiParameter(
    "asset", {"type": "string", "pattern": trading.ASSET_PATTERN}, OpenApiParameter.PATH
)


class WalletApi(ListApi):
    """GET wallet: a row for each asset"""

    serializer_class = BalanceRow
    filter_backends = []  # a list of totals has no columns to filter or order by

    def get_queryset(self) -> Any:
        return wallets.owned(self.request.user)


class AssetApi(APIView):
    """GET wallet/{asset}"""

    @extend_schema(parameters=[ASSET], responses=BalanceRow)
    def get(self, request: Request, asset: str) -> Response:
        found = wallets.owned_of(request.user, trading.check_asset(asset))
        return Response(BalanceRow(found).data)


class FuturesApi(APIView):
    """GET wallet/futures: balance, margin and what is available"""

    @extend_schema(responses=FuturesRow)
    def get(self, request: Request) -> Response:
        return Response(FuturesRow(margin.futures_account(owner(request))).data)


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9]{0,24}$"})
class AssetFilter(django_filters.CharFilter):  # type: ignore[misc] # it has no types
    """An asset's code; empty: all."""


@extend_schema_field({"type": "string", "pattern": "^(spot|futures|margin|bot|bot:[0-9]{1,18})?$"})
class WalletFilter(django_filters.CharFilter):  # type: ignore[misc] # it has no types
    """One wallet, or the bots'."""


class MovementFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no types
    kind = django_filters.CharFilter(field_name="transfer__kind")
    asset = AssetFilter(method="of_asset")
    wallet = WalletFilter(method="of_wallet", help_text="spot, futures, margin, bot")

    def of_asset(self, rows: QuerySet[Entry], _name: str, value: str) -> QuerySet[Entry]:
        return rows.filter(account__asset=trading.check_asset(value))

    def of_wallet(self, rows: QuerySet[Entry], _name: str, value: str) -> QuerySet[Entry]:
        return rows.filter(wallets.in_wallet(value))


class WalletHistoryApi(ListApi):
    """GET wallet/history: every movement of money on the user's wallets"""

    queryset = Entry.objects.none()
    serializer_class = MovementRow
    filterset_class = MovementFilter
    ordering_fields = ["id"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Entry]:
        return wallets.movements(self.request.user)


class TransferApi(APIView):
    """POST wallet/transfer: between the spot and the futures wallet"""

    parser_classes = [ExactJSONParser]

    @extend_schema(request=TransferBody, responses=BalanceRow)
    def post(self, request: Request) -> Response:
        values = values_of(TransferBody, request.data)
        asset = trading.check_asset(values["asset"])
        service.transfer(
            owner=owner(request),
            asset=asset,
            amount=values["amount"],
            source=values["from"],
            target=values["to"],
            key=values.get("key", ""),
        )
        return Response(BalanceRow(wallets.owned_of(request.user, asset)).data)


class DepositApi(APIView):
    """POST wallet/deposit: play money"""

    parser_classes = [ExactJSONParser]

    @extend_schema(request=DepositBody, responses=BalanceRow)
    def post(self, request: Request) -> Response:
        values = values_of(DepositBody, request.data)
        asset = trading.check_asset(values["asset"])
        service.deposit(
            owner=owner(request),
            wallet=values.get("wallet", "spot"),
            asset=asset,
            amount=values["amount"],
            key=values.get("key", ""),
        )
        return Response(BalanceRow(wallets.owned_of(request.user, asset)).data)


class ResetApi(APIView):
    """POST wallet/reset: cancels every order, closes every position and begins with the usual
    play money again; bots keep what they hold"""

    @extend_schema(request=None, responses=BalanceRow(many=True))
    def post(self, request: Request) -> Response:
        service.reset(owner=owner(request))
        return Response(BalanceRow(wallets.owned(request.user), many=True).data)
