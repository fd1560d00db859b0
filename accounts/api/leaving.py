"""auth/export, auth/deletion: taking one's data along, and going."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import signed_in
from accounts.api.steps import TOKEN_CHARS_MAX, secret_field
from accounts.models import AccountDeletion, DataExport
from accounts.selectors import leaving as selectors
from accounts.services import deletions, exports, leaving_parts, steps
from foundation.edge.api import ListApi
from foundation.edge.downloads import file_response
from foundation.edge.fields import Body
from foundation.edge.throttles import client_ip


class DataExportRow(serializers.ModelSerializer[DataExport]):
    class Meta:
        model = DataExport
        fields = [
            *("id", "status", "stage", "progress", "row_count", "size_bytes", "error"),
            *("created_at", "finished_at", "expires_at"),
        ]
        read_only_fields = fields


class DeletionBody(Body):
    password = secret_field(required=False, help_text="Of an account that has one.")
    token = serializers.CharField(
        max_length=TOKEN_CHARS_MAX,
        required=False,
        help_text="Else: of auth/mfa/reauthenticate, within ten minutes.",
    )


class DeletionRow(serializers.ModelSerializer[AccountDeletion]):
    class Meta:
        model = AccountDeletion
        fields = ["requested_at", "due_at"]
        read_only_fields = fields


class DeletionState(serializers.Serializer[Any]):
    deletion = DeletionRow(allow_null=True)
    obstacles = serializers.ListField(
        child=serializers.CharField(), help_text="What is in the way now; empty: nothing."
    )


class ExportsApi(ListApi):
    """GET, POST auth/export: one at a time, three a day."""

    queryset = DataExport.objects.none()  # names the model to the schema
    serializer_class = DataExportRow
    ordering_fields = ["id", "created_at"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[DataExport]:
        return selectors.exports(signed_in(self.request))

    @extend_schema(request=None, responses={201: DataExportRow})
    def post(self, request: Request) -> Response:
        made = exports.request(owner=signed_in(request))
        return Response(DataExportRow(made).data, status=201)


class ExportDownloadApi(APIView):
    """GET auth/export/{id}/download: the zip, for a week."""

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: int) -> HttpResponseBase:
        path, name = exports.file_of(owner=signed_in(request), export_id=export_id)
        return file_response(request._request, path, name, "application/zip")


class DeletionApi(APIView):
    """auth/deletion: GET where it stands, POST asks for it, DELETE keeps the account."""

    @extend_schema(responses=DeletionState)
    def get(self, request: Request) -> Response:
        user = signed_in(request)
        found = selectors.deletion(user)
        obstacles = leaving_parts.obstacles(user)
        return Response(DeletionState({"deletion": found, "obstacles": obstacles}).data)

    @extend_schema(request=DeletionBody, responses={201: DeletionRow})
    def post(self, request: Request) -> Response:
        body = DeletionBody(data=request.data)
        body.is_valid(raise_exception=True)
        given, user = body.validated_data, signed_in(request)
        is_fresh = False
        if "token" in given:
            with steps.step(request._request, given["token"], user):
                is_fresh = deletions.is_fresh(request._request)
        made = deletions.request(
            user=user,
            password=given.get("password", ""),
            is_fresh=is_fresh,
            origin=client_ip(request),
        )
        return Response(DeletionRow(made).data, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        deletions.cancel(user=signed_in(request))
        return Response(status=204)
