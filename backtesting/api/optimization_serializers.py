"""Searches of parameters as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backtesting.core.samplers import METHODS
from backtesting.models import Optimization, Trial
from foundation.edge.fields import Body


class OptimizationRow(serializers.ModelSerializer[Optimization]):
    """In a list."""

    progress = serializers.FloatField()

    class Meta:
        model = Optimization
        fields = [
            "id", "name", "strategy", "venue", "symbols", "timeframe", "start_ms", "end_ms",
            "objectives", "method", "total", "done", "progress", "status", "stage", "best",
            "error", "created_at", "started_at", "finished_at",
        ]  # fmt: skip


class OptimizationDetail(serializers.ModelSerializer[Optimization]):
    """Everything but the trials, which have their own address.

    improvements: [trials over, best score] pairs. verdict: optimum and front (numbers of trials),
    words (why there is none), deflated_sharpe, overfitting.
    """

    progress = serializers.FloatField()
    fee = serializers.DecimalField(source="fee_rate", max_digits=38, decimal_places=18)

    class Meta:
        model = Optimization
        fields = [
            "id", "name", "strategy", "spec", "spec_fingerprint", "venue", "symbols",
            "timeframe", "start_ms", "end_ms", "cash", "fee", "slippage", "settings",
            "space", "objectives", "method", "seed", "early_stopping", "total", "done",
            "progress", "status", "stage", "best", "improvements", "verdict", "error",
            "code_version", "created_at", "started_at", "finished_at",
        ]  # fmt: skip


class TrialRow(serializers.ModelSerializer[Trial]):
    """One set of parameters. score: of the first objective."""

    class Meta:
        model = Trial
        fields = [
            "number", "values", "state", "score", "scores", "trades", "metrics", "error",
        ]  # fmt: skip


class OptimizationBody(Body):
    """POST optimizations: a strategy or a spec, the run as of a backtest, and the search."""

    strategy = serializers.IntegerField(required=False)
    spec = serializers.JSONField(required=False)
    venue = serializers.CharField()
    symbols = serializers.ListField(child=serializers.CharField(), required=False)
    timeframe = serializers.CharField(required=False)
    start = serializers.CharField(required=False, help_text="ISO time or milliseconds, inclusive")
    end = serializers.CharField(required=False, help_text="ISO time or milliseconds, exclusive")
    cash = serializers.CharField(required=False, help_text="10000")
    fee = serializers.CharField(required=False, help_text="a fraction: 0.0004 is 0.04 %")
    slippage = serializers.CharField(required=False, help_text="a fraction")
    parameters = serializers.ListField(
        child=serializers.JSONField(),
        help_text='"fast.period=5:24:1" or {"path", "type", "low", "high", "step"}',
    )
    constraints = serializers.ListField(
        child=serializers.CharField(), required=False, help_text='"fast.period < slow.period"'
    )
    objectives = serializers.JSONField(required=False, help_text='"sharpe", or up to three')
    method = serializers.ChoiceField(choices=METHODS, required=False)
    trials = serializers.IntegerField(required=False)
    seed = serializers.IntegerField(required=False)
    early_stopping = serializers.BooleanField(required=False)


class ResumeBody(Body):
    trials = serializers.IntegerField(required=False, help_text="how many there shall be in all")


class HeatMap(serializers.Serializer[Any]):
    """cells: a list of each row's scores, null where nothing was tried."""

    x = serializers.CharField()
    y = serializers.CharField()
    columns = serializers.ListField(child=serializers.JSONField())
    rows = serializers.ListField(child=serializers.JSONField())
    cells = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True))
    )


class StrategyVersion(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()
