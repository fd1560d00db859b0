"""auth/sessions: where the user is signed in; auth/jwks: what checks our tokens."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import signed_in
from accounts.models import SignIn
from accounts.selectors import sign_ins as selectors
from accounts.services import jwt_keys, sign_ins
from foundation.edge.api import ListApi

KEYS_KEPT_S = 300  # a new key is seen by whoever checks tokens within this


class SignInRow(serializers.ModelSerializer[SignIn]):
    kind = serializers.ChoiceField(choices=SignIn.Kind.values)
    is_current = serializers.SerializerMethodField(help_text="This very request came by it.")

    class Meta:
        model = SignIn
        fields = [
            "id", "kind", "made_at", "last_used_at", "expires_at", "ip", "user_agent", "is_current",
        ]  # fmt: skip
        read_only_fields = fields

    def get_is_current(self, row: SignIn) -> bool:
        return bool(row.pk == sign_ins.of_request(self.context["request"]))


class SignInsApi(ListApi):
    """GET auth/sessions: pages and programs that are signed in, the last used first"""

    queryset = SignIn.objects.none()  # names the model to the schema
    serializer_class = SignInRow
    filterset_fields = ["kind"]
    ordering_fields = ["id", "made_at", "last_used_at"]
    ordering = ["-last_used_at", "-id"]

    def get_queryset(self) -> QuerySet[SignIn]:
        return selectors.open_of(signed_in(self.request))


class SignInApi(APIView):
    """DELETE auth/sessions/{id}: it opens nothing from now on"""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, sign_in_id: int) -> Response:
        sign_ins.end(user=signed_in(request), sign_in_id=sign_in_id)
        return Response(status=204)


class SignOutEverywhereApi(APIView):
    """POST auth/sessions/sign-out-everywhere: all of them end, this one too"""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        sign_ins.end_everywhere(user=signed_in(request))
        return Response(status=204)


class JwkRow(serializers.Serializer[Any]):
    kty = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()
    kid = serializers.CharField()
    n = serializers.CharField()
    e = serializers.CharField()


class JwksRow(serializers.Serializer[Any]):
    keys = JwkRow(many=True)


class JwksApi(APIView):
    """GET auth/jwks: the public keys that sign access tokens, the newest first (RFC 7517)"""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(responses=JwksRow)
    def get(self, _request: Request) -> Response:
        keys = [key.jwk() for key in jwt_keys.ring().values()]
        return Response({"keys": keys}, headers={"Cache-Control": f"public, max-age={KEYS_KEPT_S}"})
