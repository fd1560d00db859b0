"""REST: notifications/*: channels, what goes where, what was sent. No address is told again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import signed_in
from accounts.core.channel_urls import URL_CHARS_MAX
from accounts.core.notifications import KINDS
from accounts.models import Notification, NotificationChannel
from accounts.selectors import notifications as selectors
from accounts.services import channels, preferences
from foundation.edge.api import ListApi
from foundation.edge.fields import Body
from foundation.lib.errors import NotFound

ONE_OF: dict[str, Any] = {"invalid_choice": f"must be one of {', '.join(KINDS)}"}


class ChannelBody(Body):
    name = serializers.CharField(max_length=channels.NAME_CHARS_MAX)
    url = serializers.CharField(
        max_length=URL_CHARS_MAX, help_text="In the form of apprise, e.g. jsons://example.com/hook."
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=list(KINDS), error_messages=ONE_OF),
        required=False,
        max_length=len(KINDS),
    )


class ChannelRow(serializers.ModelSerializer[NotificationChannel]):
    kinds = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = NotificationChannel
        fields = ["id", "name", "shown", "kinds", "failures", "fault", "last_sent_at", "created_at"]
        read_only_fields = fields


class MessageRow(serializers.ModelSerializer[Notification]):
    class Meta:
        model = Notification
        fields = [
            "id", "channel", "kind", "title", "body", "state", "attempts", "words", "created_at",
            "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class RoutesBody(Body):
    """kinds: kind -> ids of the channels that it goes to. digest_hour: in the user's time zone."""

    kinds = serializers.DictField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=1), max_length=channels.CHANNELS_MAX
        ),
        required=False,
    )
    digest_hour = serializers.IntegerField(required=False, min_value=0, max_value=23)


class ChannelsApi(ListApi):
    """GET, POST notifications/channels"""

    queryset = NotificationChannel.objects.none()  # names the model to the schema
    serializer_class = ChannelRow
    ordering_fields = ["id", "name", "created_at", "last_sent_at"]
    ordering = ["id"]

    def get_queryset(self) -> QuerySet[NotificationChannel]:
        return selectors.owned(signed_in(self.request))

    @extend_schema(request=ChannelBody, responses={201: ChannelRow})
    def post(self, request: Request) -> Response:
        given = ChannelBody(data=request.data)
        given.is_valid(raise_exception=True)
        made = channels.create(owner=signed_in(request), **given.validated_data)
        return Response(ChannelRow(made).data, status=201)


class ChannelApi(APIView):
    """GET, PUT, DELETE notifications/channels/{id}: what is given changes, the rest stays."""

    @extend_schema(responses=ChannelRow)
    def get(self, request: Request, channel_id: int) -> Response:
        return Response(ChannelRow(selectors.get_owned(signed_in(request), channel_id)).data)

    @extend_schema(request=ChannelBody(partial=True), responses=ChannelRow)
    def put(self, request: Request, channel_id: int) -> Response:
        channel = selectors.get_owned(signed_in(request), channel_id)
        given = ChannelBody(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(ChannelRow(channels.update(channel=channel, **given.validated_data)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, channel_id: int) -> Response:
        channels.delete(channel=selectors.get_owned(signed_in(request), channel_id))
        return Response(status=204)


class ChannelTestApi(APIView):
    """POST notifications/channels/{id}/test: how it went stands in notifications/messages/{id}."""

    @extend_schema(request=None, responses={202: MessageRow})
    def post(self, request: Request, channel_id: int) -> Response:
        row = channels.test(channel=selectors.get_owned(signed_in(request), channel_id))
        return Response(MessageRow(row).data, status=202)


class MessagesApi(ListApi):
    """GET notifications/messages: the outbox, newest first."""

    queryset = Notification.objects.none()
    serializer_class = MessageRow
    filterset_fields = ["channel", "kind", "state"]
    ordering_fields = ["id"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Notification]:
        return selectors.messages(signed_in(self.request))


class MessageApi(APIView):
    """GET notifications/messages/{id}"""

    @extend_schema(responses=MessageRow)
    def get(self, request: Request, message_id: int) -> Response:
        row = selectors.messages(signed_in(request)).filter(pk=message_id).first()
        if row is None:
            raise NotFound("There is no such message.")
        return Response(MessageRow(row).data)


class NotificationPreferencesApi(APIView):
    """GET, PUT notifications/preferences: a kind that is not given stays as it is."""

    @extend_schema(responses=RoutesBody)
    def get(self, request: Request) -> Response:
        return Response(_routes(request))

    @extend_schema(request=RoutesBody, responses=RoutesBody)
    def put(self, request: Request) -> Response:
        given = RoutesBody(data=request.data)
        given.is_valid(raise_exception=True)
        channels.choose(
            owner=signed_in(request),
            channels_of=given.validated_data.get("kinds"),
            digest_hour=given.validated_data.get("digest_hour"),
        )
        return Response(_routes(request))


def _routes(request: Request) -> dict[str, Any]:
    user = signed_in(request)
    hour = preferences.of(user).digest_hour
    return {"kinds": selectors.channels_of(user), "digest_hour": hour}
