"""How an explained candle looks in REST answers; amounts are text."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from exchanges.api.serializers import MomentField


class WhyQuery(serializers.Serializer[Any]):
    """at: open time of the candle."""

    at = MomentField()


class LineBody(serializers.Serializer[Any]):
    text = serializers.CharField()
    result = serializers.BooleanField()
    values = serializers.ListField(child=serializers.CharField())


class SideBody(serializers.Serializer[Any]):
    side = serializers.CharField()
    result = serializers.BooleanField()
    lines = LineBody(many=True)


class BlockBody(serializers.Serializer[Any]):
    code = serializers.CharField()
    words = serializers.CharField()


class DecidedBody(serializers.Serializer[Any]):
    """An order decided at the candle's close, and its fate."""

    side = serializers.CharField()
    reason = serializers.CharField()
    status = serializers.CharField()
    detail = serializers.CharField(help_text="why it came to nothing")
    tag = serializers.CharField()
    symbol = serializers.CharField(required=False)
    type = serializers.CharField(required=False)
    filled_quantity = serializers.CharField(required=False)
    price = serializers.CharField(required=False, allow_null=True, help_text="average fill price")


class CandleFillBody(serializers.Serializer[Any]):
    side = serializers.CharField()
    symbol = serializers.CharField()
    price = serializers.CharField()
    quantity = serializers.CharField()
    fee = serializers.CharField()
    time_ms = serializers.IntegerField()


class WhyBody(serializers.Serializer[Any]):
    """One candle of a bot. sides: empty for kinds without conditions. blocked: what kept it from an
    order that it wanted. orders: decided at the close. fills: in the candle. said: its own words.
    """

    open_time_ms = serializers.IntegerField()
    decided = serializers.BooleanField(help_text="whether the bot has decided at this candle")
    sides = SideBody(many=True)
    blocked = BlockBody(many=True)
    orders = DecidedBody(many=True)
    fills = CandleFillBody(many=True)
    said = serializers.ListField(child=serializers.CharField())
