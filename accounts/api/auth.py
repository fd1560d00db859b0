"""auth/*: signing in by JWT, the user's own data."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.steps import TokensSerializer
from accounts.core.preferences import TIMEFRAMES
from accounts.models import Preferences, User
from accounts.services import preferences, sign_in, tokens
from foundation.edge.fields import Body
from foundation.edge.throttles import client_ip


class RefreshSerializer(Body):
    refresh = serializers.CharField(max_length=2048)


class ChangePasswordSerializer(Body):
    current_password = serializers.CharField(
        max_length=sign_in.PASSWORD_CHARS_MAX, trim_whitespace=False
    )
    new_password = serializers.CharField(
        max_length=sign_in.PASSWORD_CHARS_MAX, trim_whitespace=False
    )


class PreferencesSerializer(serializers.ModelSerializer[Preferences]):
    """What each may be, besides its type, is said by GET: `possible`."""

    timeframe = serializers.ChoiceField(choices=TIMEFRAMES)

    class Meta:
        model = Preferences
        fields = [
            "theme", "timeframe", "venue", "currency", "language", "time_zone", "paper_first",
        ]  # fmt: skip


class OffersSerializer(serializers.Serializer[Any]):
    venue = serializers.ListField(child=serializers.CharField(allow_blank=True))
    currency = serializers.ListField(child=serializers.CharField())
    language = serializers.ListField(child=serializers.CharField())


class PreferencesRow(PreferencesSerializer):
    """possible: what venue, currency and language may be here and now."""

    possible = serializers.SerializerMethodField()

    class Meta(PreferencesSerializer.Meta):
        fields = [*PreferencesSerializer.Meta.fields, "possible"]

    @extend_schema_field(OffersSerializer)
    def get_possible(self, _row: Preferences) -> dict[str, Any]:
        return dict(OffersSerializer(preferences.possible()).data)


class PreferencesBody(Body, PreferencesSerializer):
    """What is given changes, the rest stays."""


class MeSerializer(serializers.ModelSerializer[User]):
    preferences = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "email", "name", "role", "date_joined", "preferences"]
        read_only_fields = fields

    @extend_schema_field(PreferencesSerializer)
    def get_preferences(self, user: User) -> dict[str, Any]:
        return dict(PreferencesSerializer(preferences.of(user)).data)


def signed_in(request: Request) -> User:
    """The user of a request that the default permission has let through."""
    assert isinstance(request.user, User)
    return request.user


class RefreshApi(APIView):
    """POST auth/refresh"""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(request=RefreshSerializer, responses={200: TokensSerializer})
    def post(self, request: Request) -> Response:
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(TokensSerializer(tokens.refresh(**given.validated_data)).data)


class LogoutApi(APIView):
    """POST auth/logout: the refresh token's whole family ends, its access tokens too"""

    @extend_schema(request=RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        tokens.revoke(**given.validated_data, user=signed_in(request))
        return Response(status=204)


class MeApi(APIView):
    """GET auth/me"""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(signed_in(request)).data)


class PreferencesApi(APIView):
    """GET, PUT auth/preferences: what is given changes, the rest stays."""

    @extend_schema(responses=PreferencesRow)
    def get(self, request: Request) -> Response:
        return Response(PreferencesRow(preferences.of(signed_in(request))).data)

    @extend_schema(request=PreferencesBody(partial=True), responses=PreferencesSerializer)
    def put(self, request: Request) -> Response:
        given = PreferencesBody(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = preferences.change(user=signed_in(request), **given.validated_data)
        return Response(PreferencesSerializer(changed).data)


class ChangePasswordApi(APIView):
    """PUT auth/change-password: ends every other session and token of the user."""

    @extend_schema(request=ChangePasswordSerializer, responses={204: None})
    def put(self, request: Request) -> Response:
        given = ChangePasswordSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sign_in.change_password(
            user=signed_in(request),
            current=given.validated_data["current_password"],
            new=given.validated_data["new_password"],
            origin=client_ip(request),
            request=request._request,
        )
        return Response(status=204)
