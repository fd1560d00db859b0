"""REST: exchange accounts, and the switch that stops all sending by them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from accounts.models import User
from exchanges.api.callers import owner
from exchanges.api.credential_serializers import (
    CredentialBody,
    CredentialChange,
    CredentialRow,
    HaltBody,
    HaltRow,
)
from exchanges.core.keys import Keys
from exchanges.models import ExchangeCredential
from exchanges.selectors import credentials as selectors
from exchanges.services import credentials, halts
from foundation.edge.api import ListApi
from foundation.edge.fields import values_of
from foundation.edge.https import require_https
from foundation.edge.parsers import ExactJSONParser
from foundation.edge.permissions import StaffMay
from foundation.lib.errors import NotFound


class SecureApi(APIView):
    """Over HTTPS or not at all."""

    parser_classes = [ExactJSONParser]

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        require_https(request)
        super().initial(request, *args, **kwargs)


class CredentialsApi(SecureApi, ListApi):
    """GET, POST exchanges/credentials: keys go in, and come out to nobody"""

    queryset = ExchangeCredential.objects.none()  # names the model to the schema
    serializer_class = CredentialRow
    filterset_fields = ["venue", "state", "is_testnet"]
    ordering_fields = ["id", "venue", "label", "created_at", "checked_at"]
    ordering = ["venue", "label"]

    def get_queryset(self) -> QuerySet[ExchangeCredential]:
        return selectors.owned(owner(self.request))

    @extend_schema(request=CredentialBody, responses={201: CredentialRow})
    def post(self, request: Request) -> Response:
        values = values_of(CredentialBody, request.data)
        keys = Keys(values.pop("api_key"), values.pop("secret"), values.pop("passphrase"))
        row = credentials.add(owner=owner(request), keys=keys, **values)
        return Response(CredentialRow(row).data, status=201)


class CredentialApi(SecureApi):
    """GET, PUT, DELETE exchanges/credentials/{id}: label, limits, new keys in place of the old"""

    @extend_schema(responses=CredentialRow)
    def get(self, request: Request, credential_id: int) -> Response:
        return Response(CredentialRow(_owned(request, credential_id)).data)

    @extend_schema(request=CredentialChange, responses=CredentialRow)
    def put(self, request: Request, credential_id: int) -> Response:
        values = values_of(CredentialChange, request.data)
        given = [values.pop(name, None) for name in ("api_key", "secret", "passphrase")]
        keys = None if given == [None] * 3 else Keys(*(text or "" for text in given))
        credentials.change(owner=owner(request), credential_id=credential_id, keys=keys, **values)
        return Response(CredentialRow(_owned(request, credential_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, credential_id: int) -> Response:
        credentials.delete(owner=owner(request), credential_id=credential_id)
        return Response(status=204)


class CredentialValidateApi(SecureApi):
    """POST exchanges/credentials/{id}/validate: ask the venue again; the row tells the answer"""

    @extend_schema(request=None, responses={202: CredentialRow})
    def post(self, request: Request, credential_id: int) -> Response:
        credentials.validate(owner=owner(request), credential_id=credential_id)
        return Response(CredentialRow(_owned(request, credential_id)).data, status=202)


class HaltApi(APIView):
    """GET, PUT exchanges/halt: stop all sending by your accounts within two seconds, or go on"""

    @extend_schema(responses=HaltRow)
    def get(self, request: Request) -> Response:
        return Response(_halt(self.whose(request)))

    @extend_schema(request=HaltBody, responses=HaltRow)
    def put(self, request: Request) -> Response:
        values = values_of(HaltBody, request.data)
        who, by = self.whose(request), str(request.user)
        if values["halted"]:
            halts.stop(owner=who, by=by, reason=values["reason"])
        else:
            halts.resume(owner=who, by=by)
        return Response(_halt(who))

    def whose(self, request: Request) -> User | None:
        return owner(request)


class AdminHaltApi(HaltApi):
    """GET, PUT admin/halt: stop all sending by everybody's accounts, or go on"""

    permission_classes = [StaffMay]
    changing = "accounts.halt_sending"

    @override
    def whose(self, _request: Request) -> User | None:
        return None


def _owned(request: Request, credential_id: int) -> ExchangeCredential:
    row = selectors.owned(owner(request)).filter(pk=credential_id).first()
    if row is None:
        raise NotFound("There is no such exchange account.")
    return row


def _halt(who: User | None) -> dict[str, Any]:
    own, everybody = halts.open_halt(who), halts.open_halt(None)
    row = own or everybody
    told: dict[str, Any] = {"halted": False, "by": "", "reason": "", "since": None}
    if row is not None:
        by = row.started_by if own else "the operators"
        told = {"halted": True, "by": by, "reason": row.reason, "since": row.started_at}
    return HaltRow({**told, "everybody": everybody is not None}).data
