"""What the market endpoints take and give."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from typing_extensions import override

from exchanges.core.candles import TIME_MS_MAX, TIMEFRAME_MS
from exchanges.core.leverage import leverage_max
from exchanges.core.symbols import (
    SYMBOL_CHARS_MAX,
    SYMBOL_PATTERN,
    VENUE_PATTERN,
    check_venue,
)
from exchanges.models import FundingRate, Market
from exchanges.selectors.funding import newest
from exchanges.selectors.ticket_room import is_tradable
from exchanges.services.paper import funding
from foundation.lib import clock
from foundation.lib.decimals import DECIMAL_PLACES, MAX_DIGITS, plain

CANDLES_MAX = 5000
CANDLES_USUAL = 500


@extend_schema_field({"type": "string", "pattern": VENUE_PATTERN})
class VenueText(serializers.CharField):
    """A venue's key."""


@extend_schema_field({"type": "string", "pattern": SYMBOL_PATTERN, "maxLength": SYMBOL_CHARS_MAX})
class SymbolText(serializers.CharField):
    """A market's name: BTC/USDT is spot, BTC/USDT:USDT a perpetual."""


@extend_schema_field(OpenApiTypes.STR)
class MomentField(serializers.Field[int, str, int, Any]):
    """Unix milliseconds or an ISO date or time; UTC unless it says otherwise."""

    default_error_messages = {
        "invalid": "must be unix milliseconds or an ISO date or time, before the year 2100"
    }

    @override
    def to_internal_value(self, data: str) -> int:
        text = str(data)
        try:
            # A "+" that nobody escaped arrives as a space.
            ms = clock.parse_ms(text.replace(" ", "+", 1) if "T" in text else text)
        except ValueError:
            self.fail("invalid")
        if not 0 <= ms <= TIME_MS_MAX:
            self.fail("invalid")
        return ms

    @override
    def to_representation(self, value: int) -> int:
        return value


class VenueQuery(serializers.Serializer[Any]):
    """?venue=binance; without it the venue of the market feed."""

    venue = VenueText(required=False, max_length=32)

    def validate_venue(self, value: str) -> str:
        try:
            return check_venue(value)
        except ValueError as fault:
            raise serializers.ValidationError(str(fault)) from fault

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"venue": settings.FEED_VENUE, **attrs}


class CandleQuery(VenueQuery):
    """start and end bound the open time (start included, end not); both may be left out.

    With start the earliest candles of the range are given, without it the latest.
    """

    timeframe = serializers.ChoiceField(choices=list(TIMEFRAME_MS), default="1m")
    start = MomentField(required=False)
    end = MomentField(required=False)
    limit = serializers.IntegerField(default=CANDLES_USUAL, min_value=1, max_value=CANDLES_MAX)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "start" in attrs and "end" in attrs and attrs["start"] >= attrs["end"]:
            raise serializers.ValidationError({"end": "must be after start"})
        return super().validate(attrs)


def _amount(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        normalize_output=True,
        read_only=True,
        **options,
    )


class MarketRow(serializers.ModelSerializer[Market]):
    """One market. A step or minimum that is null is not known."""

    price_step = _amount(allow_null=True)
    amount_step = _amount(allow_null=True)
    amount_min = _amount(allow_null=True)
    notional_min = _amount(allow_null=True)
    fee_maker = _amount()
    fee_taker = _amount()

    class Meta:
        model = Market
        fields = [
            *("venue", "symbol", "base", "quote", "kind", "is_active", "is_simulated"),
            *("price_step", "amount_step", "amount_min", "notional_min", "fee_maker", "fee_taker"),
        ]


class TierRow(serializers.Serializer[Any]):
    """Below notional_cap: maintenance margin = notional x rate - amount."""

    notional_cap = _amount()
    rate = _amount()
    amount = _amount()
    leverage_max = serializers.IntegerField(read_only=True)


class MarketDetail(MarketRow):
    """One market with what only a contract has; null where it is spot."""

    price_symbol = serializers.CharField(help_text="the market whose prices it follows")
    leverage_max = serializers.SerializerMethodField()
    leverage_tiers = serializers.SerializerMethodField()
    funding_rate = serializers.SerializerMethodField()
    next_funding_ms = serializers.SerializerMethodField()

    class Meta(MarketRow.Meta):
        fields = [
            *MarketRow.Meta.fields,
            *("price_symbol", "leverage_max", "leverage_tiers", "funding_rate", "next_funding_ms"),
        ]

    def get_leverage_max(self, market: Market) -> int | None:
        return leverage_max(market.rules().tiers) if market.is_contract else None

    @extend_schema_field(TierRow(many=True, allow_null=True))
    def get_leverage_tiers(self, market: Market) -> Any:
        return TierRow(market.rules().tiers, many=True).data if market.is_contract else None

    def get_funding_rate(self, market: Market) -> str | None:
        """The paper venue's next one; of a real venue the last that was told within a day."""
        if not market.is_contract:
            return None
        rate = market.funding_rate if is_tradable(market) else newest(market, clock.now_ms())
        return None if rate is None else plain(rate)

    def get_next_funding_ms(self, market: Market) -> int | None:
        """The paper venue's; a real venue's interval is its own."""
        known = market.is_contract and is_tradable(market)
        return funding.time_after(clock.now_ms()) if known else None


class FundingRow(serializers.ModelSerializer[FundingRate]):
    """One funding: longs pay rate x notional at the mark to shorts; below 0 the other way.

    mark_price: null where the venue does not tell it.
    """

    rate = _amount()
    mark_price = _amount(allow_null=True)

    class Meta:
        model = FundingRate
        fields = ["time_ms", "rate", "mark_price"]


class CandleRange(serializers.Serializer[Any]):
    """What is stored of one timeframe."""

    timeframe = serializers.CharField()
    first_open_ms = serializers.IntegerField()
    last_open_ms = serializers.IntegerField()
    candle_count = serializers.IntegerField()


class SymbolRow(serializers.ModelSerializer[Market]):
    """One market and the candles that are stored of it."""

    candles = serializers.SerializerMethodField()

    class Meta:
        model = Market
        fields = ["venue", "symbol", "base", "quote", "kind", "is_simulated", "candles"]

    def get_candles(self, market: Market) -> list[dict[str, Any]]:
        rows = [row for row in market.candle_series.all() if row.candle_count]
        rows.sort(key=lambda row: TIMEFRAME_MS[row.timeframe])
        return [dict(CandleRange(row).data) for row in rows]


class CandleAnswer(serializers.Serializer[Any]):
    """Candles, oldest first: [open time in ms, open, high, low, close, volume] each."""

    venue = serializers.CharField()
    symbol = serializers.CharField()
    timeframe = serializers.CharField()
    candles = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))


class VenueRow(serializers.Serializer[Any]):
    """One venue whose market data can be fetched."""

    key = serializers.CharField()
    name = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    timeframes = serializers.ListField(child=serializers.CharField())
    market_count = serializers.IntegerField(help_text="markets known of it here")
    is_feed = serializers.BooleanField(help_text="the live feed's venue")
    can_connect = serializers.BooleanField(help_text="accounts there can be connected")
    needs_passphrase = serializers.BooleanField(help_text="its keys have a passphrase")
    has_testnet = serializers.BooleanField()


class TickerAnswer(serializers.Serializer[Any]):
    """Newest price and the rolling 24 hours; ts is the market's time of it."""

    symbol = serializers.CharField()
    last = serializers.FloatField()
    bid = serializers.FloatField(required=False, allow_null=True)
    ask = serializers.FloatField(required=False, allow_null=True)
    open = serializers.FloatField()
    high = serializers.FloatField()
    low = serializers.FloatField()
    close = serializers.FloatField()
    volume = serializers.FloatField()
    change = serializers.FloatField(help_text="a fraction: 0.01 is 1 %")
    simulated = serializers.BooleanField()
    stale = serializers.BooleanField(help_text="the feed gives no sign of life")
    ts = serializers.IntegerField()


class BookAnswer(serializers.Serializer[Any]):
    """Depth, best first: [price, amount] each."""

    bids = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    asks = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    time = serializers.IntegerField()
    ts = serializers.IntegerField()


class TradeAnswer(serializers.Serializer[Any]):
    """One public trade; side is the taker's."""

    id = serializers.CharField()
    time = serializers.IntegerField()
    price = serializers.FloatField()
    amount = serializers.FloatField()
    side = serializers.ChoiceField(choices=["buy", "sell"])


class TradesAnswer(serializers.Serializer[Any]):
    """The last public trades, newest last."""

    trades = TradeAnswer(many=True)
