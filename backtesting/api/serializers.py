"""Backtests as JSON. Times in milliseconds UTC where they belong to candles, ISO elsewhere."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backtesting.models import Backtest, BacktestTrade
from backtesting.selectors.backtests import HEADLINES
from bots.core.kinds import KINDS
from exchanges.core.costs import SLIPPAGE_MODELS
from foundation.edge.fields import Body


class BacktestRow(serializers.ModelSerializer[Backtest]):
    """In a list: the headline figures only."""

    figures = serializers.SerializerMethodField()

    class Meta:
        model = Backtest
        fields = [
            "id", "name", "strategy", "venue", "symbols", "timeframe", "start_ms", "end_ms",
            "status", "stage", "progress", "error", "final_equity", "figures",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip

    def get_figures(self, backtest: Backtest) -> dict[str, float | None]:
        return {key: getattr(backtest, f"figure_{key}") for key in HEADLINES}


class BacktestDetail(serializers.ModelSerializer[Backtest]):
    """Everything but trades and curves, which have their own addresses."""

    fee = serializers.DecimalField(source="fee_rate", max_digits=38, decimal_places=18)

    class Meta:
        model = Backtest
        fields = [
            "id", "name", "strategy", "spec", "spec_fingerprint", "venue", "symbols",
            "timeframe", "start_ms", "end_ms", "candles", "cash", "fee", "slippage", "settings",
            "refuse_gaps", "rerun_of",
            "status", "stage", "progress", "cancel_requested", "attempt", "error",
            "final_equity", "metrics", "warnings", "skipped", "data_fingerprint",
            "code_version", "environment", "reproduction", "created_at", "started_at",
            "finished_at",
        ]  # fmt: skip


class BacktestAnswer(BacktestDetail):
    """The answer of POST backtests. cached: nothing was run, this is the stored result."""

    cached = serializers.BooleanField()

    class Meta(BacktestDetail.Meta):
        fields = [*BacktestDetail.Meta.fields, "cached"]


class TradeFillRow(serializers.Serializer[Any]):
    """One fill of a trade of several: kind is entry, add, part (of an exit) or exit."""

    time = serializers.IntegerField()
    side = serializers.CharField()
    kind = serializers.CharField()
    price = serializers.FloatField()
    quantity = serializers.FloatField()
    fee = serializers.FloatField()
    reason = serializers.CharField()


class TradeRow(serializers.ModelSerializer[BacktestTrade]):
    """One round trip; entry_time and exit_time in milliseconds UTC."""

    entry_time = serializers.IntegerField(source="entry_time_ms")
    exit_time = serializers.IntegerField(source="exit_time_ms")
    fills = TradeFillRow(many=True, read_only=True, allow_null=True)

    class Meta:
        model = BacktestTrade
        fields = [
            "number", "symbol", "side", "entry_time", "entry_price", "exit_time", "exit_price",
            "quantity", "pnl", "fees", "funding", "return_fraction", "exit_reason",
            "mae", "mfe", "fills",
        ]  # fmt: skip


class BacktestBody(Body):
    """POST backtests: a strategy or a spec, and what replaces its symbols and timeframe.

    Or a kind of bot with its params (docs/bots.md), and the events of a kind that acts on some.
    """

    strategy = serializers.IntegerField(required=False)
    spec = serializers.JSONField(required=False)
    kind = serializers.CharField(required=False, help_text=", ".join(KINDS))
    params = serializers.JSONField(required=False)
    events = serializers.ListField(child=serializers.JSONField(), required=False)
    venue = serializers.CharField()
    symbols = serializers.ListField(child=serializers.CharField(), required=False)
    timeframe = serializers.CharField(required=False)
    start = serializers.CharField(required=False, help_text="ISO time or milliseconds, inclusive")
    end = serializers.CharField(required=False, help_text="ISO time or milliseconds, exclusive")
    cash = serializers.CharField(required=False, help_text="10000")
    fee = serializers.CharField(required=False, help_text="a fraction: 0.0004 is 0.04 %")
    slippage = serializers.CharField(required=False, help_text="a fraction")
    fee_maker = serializers.CharField(required=False, help_text="of limit orders; else the fee")
    slippage_model = serializers.ChoiceField(choices=SLIPPAGE_MODELS, required=False)
    price_impact = serializers.CharField(required=False, help_text="of volume_share: 0.1")
    volume_limit = serializers.CharField(required=False, help_text="of volume_share: 0.025")
    detail = serializers.CharField(required=False, help_text="timeframe of finer candles")
    funding = serializers.BooleanField(
        required=False, help_text="perpetuals pay and get the stored fundings"
    )
    refuse_gaps = serializers.BooleanField(required=False, help_text="refuse candles with gaps")
    force = serializers.BooleanField(required=False, help_text="run even if the result is stored")


Pairs = serializers.ListField(
    child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
)


class EquityChart(serializers.Serializer[Any]):
    """Each curve as [milliseconds, value] pairs."""

    equity = Pairs
    drawdown = Pairs
    exposure = Pairs
    buy_and_hold = Pairs


class YearRow(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    months = serializers.ListField(child=serializers.FloatField(allow_null=True))
    total = serializers.FloatField()


class GroupRow(serializers.Serializer[Any]):
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    pnl = serializers.FloatField()
    average_return = serializers.FloatField()
    fees = serializers.FloatField()


class ExitReasonRow(GroupRow):
    exit_reason = serializers.CharField()


class TradedSymbolRow(GroupRow):
    symbol = serializers.CharField()


class WeekdayHours(serializers.Serializer[Any]):
    """[7][24]: UTC weekday, Monday first, and hour of the entry."""

    pnl = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    trades = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class ExcursionPoint(serializers.Serializer[Any]):
    """mae <= 0 <= mfe, fractions of the entry price."""

    number = serializers.IntegerField()
    mae = serializers.FloatField()
    mfe = serializers.FloatField()
    pnl = serializers.FloatField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # "return" is a word of Python's own.
        return {**super().get_fields(), "return": serializers.FloatField()}


class Line(serializers.Serializer[Any]):
    """unit: ratio, fraction or multiple; pane: charts beneath each other, from 0."""

    name = serializers.CharField()
    unit = serializers.CharField()
    pane = serializers.IntegerField()
    points = serializers.ListField(child=serializers.ListField())


class Lines(serializers.Serializer[Any]):
    lines = Line(many=True)


class Comparison(serializers.Serializer[Any]):
    """values: one a run, in the order of the ids; best: indexes of the best ones."""

    runs = serializers.ListField(child=serializers.DictField())
    metrics = serializers.ListField(child=serializers.DictField())
    differences = serializers.ListField(child=serializers.DictField())
    same_data = serializers.BooleanField()


class Report(serializers.Serializer[Any]):
    """The backtest with its tables."""

    backtest = BacktestDetail()
    monthly_returns = YearRow(many=True)
    exit_reasons = ExitReasonRow(many=True)
    by_symbol = TradedSymbolRow(many=True)
    weekday_hours = WeekdayHours()
    returns_distribution = serializers.ListField(child=serializers.DictField())
    excursions = ExcursionPoint(many=True)
    first_close = serializers.DateTimeField()
    last_close = serializers.DateTimeField()
    buy_and_hold_final = serializers.FloatField(allow_null=True)


class CandleChart(serializers.Serializer[Any]):
    """Candles as [open time, open, high, low, close, volume]; two markers a trade."""

    symbol = serializers.CharField()
    timeframe = serializers.CharField()
    candles = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    markers = serializers.ListField(child=serializers.DictField())
    markers_left_off = serializers.IntegerField()
    trade = serializers.DictField(required=False)
    lines = serializers.ListField(child=serializers.DictField(), required=False)
