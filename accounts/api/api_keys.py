"""auth/api-keys: only for people and their tokens; a key makes and ends no keys."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import signed_in
from accounts.core.access import SCOPES
from accounts.models import ApiKey
from accounts.selectors import api_keys as selectors
from accounts.services import api_keys
from foundation.edge.api import ListApi
from foundation.edge.fields import Body

ONE_OF: dict[str, Any] = {"invalid_choice": f"must be one of {', '.join(SCOPES)}"}


class ApiKeyBody(Body):
    name = serializers.CharField(max_length=api_keys.NAME_CHARS_MAX)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(SCOPES), error_messages=ONE_OF),
        allow_empty=False,
        min_length=1,
        max_length=len(SCOPES),
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ips = serializers.ListField(
        child=serializers.CharField(max_length=50),
        required=False,
        max_length=api_keys.IPS_MAX,
        help_text="Addresses and networks it may come from; empty: any.",
    )


class ApiKeyRow(serializers.ModelSerializer[ApiKey]):
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=list(SCOPES)))

    class Meta:
        model = ApiKey
        fields = ["id", "name", "key", "scopes", "ips", "expires_at", "created_at", "last_used_at"]
        read_only_fields = fields


class NewApiKeyRow(ApiKeyRow):
    secret = serializers.CharField(help_text="Told this once.")

    class Meta(ApiKeyRow.Meta):
        fields = [*ApiKeyRow.Meta.fields, "secret"]
        read_only_fields = fields


class ApiKeysApi(ListApi):
    """GET, POST auth/api-keys: the secret stands in the answer to POST and nowhere else."""

    queryset = ApiKey.objects.none()  # names the model to the schema
    serializer_class = ApiKeyRow
    ordering_fields = ["id", "name", "created_at", "expires_at", "last_used_at"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[ApiKey]:
        return selectors.owned(signed_in(self.request))

    @extend_schema(request=ApiKeyBody, responses={201: NewApiKeyRow})
    def post(self, request: Request) -> Response:
        given = ApiKeyBody(data=request.data)
        given.is_valid(raise_exception=True)
        row, secret = api_keys.create(owner=signed_in(request), **given.validated_data)
        return Response({**ApiKeyRow(row).data, "secret": secret}, status=201)


class ApiKeyApi(APIView):
    """DELETE auth/api-keys/{id}: the key opens nothing from now on."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key_id: int) -> Response:
        api_keys.revoke(owner=signed_in(request), key_id=key_id)
        return Response(status=204)
