"""REST: orders by hand on a connected account."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchanges.api.callers import owner
from exchanges.api.credentials import SecureApi
from exchanges.models import AccountOrder
from exchanges.services import account_orders, credentials
from foundation.edge.api import ListApi
from foundation.edge.fields import AmountInput, Body, TextInput, TruthInput, values_of


class AccountOrderBody(Body):
    symbol = TextInput(max_length=70)
    type = TextInput(max_length=24)
    side = TextInput(max_length=4)
    quantity = AmountInput()
    price = AmountInput(required=False, allow_null=True, default=None)
    trigger_price = AmountInput(required=False, allow_null=True, default=None)
    callback_rate = AmountInput(required=False, allow_null=True, default=None)
    target_price = AmountInput(
        required=False,
        allow_null=True,
        default=None,
        help_text="of a stop_loss: the exchange sells here instead, whichever price comes first",
    )
    time_in_force = TextInput(max_length=4, required=False, default="GTC")
    post_only = TruthInput(required=False, default=False)
    reduce_only = TruthInput(required=False, default=False)
    client_order_id = TextInput(max_length=32, required=False, allow_blank=True, default="")


class CancelQuery(serializers.Serializer[Any]):
    through_halt = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Send this cancel although you have stopped all sending; opening orders only.",
    )


class AccountOrderRow(serializers.ModelSerializer[AccountOrder]):
    class Meta:
        model = AccountOrder
        fields = [
            "id", "client_order_id", "venue_order_id", "symbol", "type", "side", "quantity",
            "price", "trigger_price", "callback_rate", "target_price", "time_in_force",
            "post_only", "reduce_only", "status", "detail", "filled_quantity", "filled_quote",
            "created_at",
        ]  # fmt: skip


class AccountOrdersApi(SecureApi, ListApi):
    """GET, POST exchanges/credentials/{id}/orders: written down, then sent by the worker"""

    queryset = AccountOrder.objects.none()  # names the model to the schema
    serializer_class = AccountOrderRow
    filterset_fields = ["symbol", "side", "status"]
    ordering_fields = ["id"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[AccountOrder]:
        row = credentials.get(owner(self.request), self.kwargs["credential_id"])
        return AccountOrder.objects.filter(credential=row)

    @extend_schema(request=AccountOrderBody, responses={201: AccountOrderRow})
    def post(self, request: Request, credential_id: int) -> Response:
        values = values_of(AccountOrderBody, request.data)
        row, is_new = account_orders.request(
            owner=owner(request), credential_id=credential_id, **values
        )
        return Response(AccountOrderRow(row).data, status=201 if is_new else 200)


class AccountOrderApi(APIView):
    """GET, DELETE exchanges/credentials/{id}/orders/{order}: as the venue has it; take it back"""

    @extend_schema(responses=AccountOrderRow)
    def get(self, request: Request, credential_id: int, order_id: int) -> Response:
        return Response(AccountOrderRow(_owned(request, credential_id, order_id)).data)

    @extend_schema(parameters=[CancelQuery], responses={202: AccountOrderRow})
    def delete(self, request: Request, credential_id: int, order_id: int) -> Response:
        row = _owned(request, credential_id, order_id)
        query = CancelQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        row = account_orders.cancel(
            owner=owner(request), order_id=row.pk, through_halt=query.validated_data["through_halt"]
        )
        return Response(AccountOrderRow(row).data, status=202)


def _owned(request: Request, credential_id: int, order_id: int) -> AccountOrder:
    account = credentials.get(owner(request), credential_id)
    row = account_orders.get(owner(request), order_id)
    return account_orders.of_account(row, account)
