"""REST: hooks/{token}, where signals come in, and the owner's side of it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from bots.core.webhooks import BODY_BYTES_MAX
from bots.models import Bot, BotHook, BotSignal
from bots.models.signal import LAG_S_MAX, SECRET_CHARS_MAX
from bots.selectors import bots as bot_selectors
from bots.selectors import signals as selectors
from bots.services import hooks, signals
from bots.services.signals import Fault
from exchanges.api.trading_serializers import AmountField
from foundation.edge.api import ListApi, error_body
from foundation.edge.fields import Body
from foundation.edge.parsers import TooLarge
from foundation.edge.throttles import count, count_request
from foundation.lib.errors import FieldFault, NotFound

RATE = 60  # signals a minute to one address
STATUS = {"wrong_secret": 403, "stale": 409, "not_running": 409, "bad_input": 400}
MESSAGES = {
    "wrong_secret": "The secret is not right.",
    "stale": "The signal is too old.",
    "not_running": "The bot does not listen.",
    "bad_input": "The signal has a fault.",
}


class SignalAnswer(serializers.Serializer[Any]):
    """What the sender is told; the same signal gets the same answer."""

    id = serializers.CharField(source="signal_id")
    action = serializers.CharField()
    symbol = serializers.CharField()
    state = serializers.SerializerMethodField()

    def get_state(self, _row: BotSignal) -> str:
        return str(BotSignal.State.ACCEPTED)  # also when a bot was given it meanwhile


class SignalRow(serializers.ModelSerializer[BotSignal]):
    amount = AmountField(allow_null=True)
    fraction = AmountField(allow_null=True)
    body = serializers.DictField()

    class Meta:
        model = BotSignal
        fields = [
            "id", "signal_id", "received_ms", "due_ms", "action", "symbol", "amount", "fraction",
            "state", "code", "reason", "taken_ms", "replay_of", "body",
        ]  # fmt: skip
        read_only_fields = fields


class HookBody(Body):
    """secret: that a body must have; "" asks for none. lag_s_max: its greatest age in s."""

    secret = serializers.CharField(
        required=False, allow_blank=True, max_length=SECRET_CHARS_MAX, trim_whitespace=False,
        write_only=True,
    )  # fmt: skip
    lag_s_max = serializers.IntegerField(required=False, min_value=1, max_value=LAG_S_MAX)


class HookRow(serializers.ModelSerializer[BotHook]):
    has_secret = serializers.BooleanField()

    class Meta:
        model = BotHook
        fields = ["has_secret", "lag_s_max", "created_at", "rotated_at"]
        read_only_fields = fields


class NewHookRow(HookRow):
    address = serializers.CharField(help_text="Told this once.")

    class Meta(HookRow.Meta):
        fields = [*HookRow.Meta.fields, "address"]
        read_only_fields = fields


class HookApi(APIView):
    """POST hooks/{token}: a signal of TradingView, 3Commas or any program. 202: it is written down
    and acted on at the bot's next close. The token is the permission."""

    permission_classes = [AllowAny]
    authentication_classes = []
    throttle_classes = []  # counted by token: TradingView's few addresses serve everybody

    @extend_schema(request=OpenApiTypes.OBJECT, responses={202: SignalAnswer})
    def post(self, request: Request, token: str) -> Response:
        hook = hooks.find(token)
        if hook is None:
            _refuse_if(count_request(request, "anonymous"))
            raise NotFound("There is no such address.")
        _refuse_if(count("hook", str(hook.pk), RATE))
        row = signals.receive(hook, _body(request, hook))
        if row.state != BotSignal.State.REFUSED:
            return Response(SignalAnswer(row).data, status=202)
        status, faults = STATUS[row.code], (FieldFault(row.path, row.reason),)
        body = error_body(status, request, MESSAGES[row.code], faults, row.code)
        return Response(body, status=status)


def _refuse_if(usage: Any) -> None:
    if usage.is_spent:
        raise Throttled(usage.reset_s)


def _body(request: Request, hook: BotHook) -> dict[str, Any]:
    """The body as an object, whatever type its header names: TradingView sends text/plain."""
    raw = request._request.read(BODY_BYTES_MAX + 1)
    if len(raw) > BODY_BYTES_MAX:
        words = f"the body has more than {BODY_BYTES_MAX} bytes"
        signals.refuse(hook, Fault("too_large", words))
        raise TooLarge(f"A signal has at most {BODY_BYTES_MAX} bytes.")
    try:
        body = signals.parse(raw)
        if not isinstance(body, dict):
            raise ParseError("Send a JSON object.")
    except ParseError as fault:
        signals.refuse(hook, Fault("bad_input", str(fault.detail)))
        raise
    return body


class BotHookApi(APIView):
    """GET, POST, PUT, DELETE bots/{id}/hook: POST makes the address anew, and tells it once."""

    @extend_schema(responses=HookRow)
    def get(self, request: Request, bot_id: int) -> Response:
        hook = selectors.hook_of(bot_selectors.get_owned(request.user, bot_id))
        if hook is None:
            raise NotFound("This bot has no address yet.")
        return Response(HookRow(hook).data)

    @extend_schema(request=None, responses={201: NewHookRow})
    def post(self, request: Request, bot_id: int) -> Response:
        hook, token = hooks.make(bot=bot_selectors.get_owned(request.user, bot_id))
        address = request.build_absolute_uri(f"/api/hooks/{token}")
        return Response({**HookRow(hook).data, "address": address}, status=201)

    @extend_schema(request=HookBody, responses=HookRow)
    def put(self, request: Request, bot_id: int) -> Response:
        given = HookBody(data=request.data)
        given.is_valid(raise_exception=True)
        bot = bot_selectors.get_owned(request.user, bot_id)
        return Response(HookRow(hooks.update(bot=bot, **given.validated_data)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, bot_id: int) -> Response:
        hooks.remove(bot=bot_selectors.get_owned(request.user, bot_id))
        return Response(status=204)


class BotSignalsApi(ListApi):
    """GET bots/{id}/signals: what came in, and what became of it."""

    queryset = BotSignal.objects.none()  # names the model to the schema
    serializer_class = SignalRow
    filterset_fields = ["state", "action", "code"]
    ordering_fields = ["id"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[BotSignal]:
        return selectors.of_bot(bot_selectors.get_owned(self.request.user, self.kwargs["bot_id"]))


class BotSignalReplayApi(APIView):
    """POST bots/{id}/signals/{signal_id}/replay: run it again; an admin may do so for anybody."""

    @extend_schema(request=None, responses={201: SignalRow})
    def post(self, request: Request, bot_id: int, signal_id: int) -> Response:
        signal = selectors.get(_bot_of(request.user, bot_id), signal_id)
        return Response(SignalRow(signals.replay(signal=signal)).data, status=201)


def _bot_of(user: Any, bot_id: int) -> Bot:
    if isinstance(user, User) and user.has_perm("accounts.replay_signals"):
        bot = Bot.objects.filter(pk=bot_id).first()
        if bot is not None:
            return bot
    return bot_selectors.get_owned(user, bot_id)
