"""An outcome as text: one JSON object for programs, a short report for people."""

from __future__ import annotations

import json
from typing import Any

from backtesting.core.result import Trade
from backtesting.services.plans import Plan
from backtesting.services.simulate import Outcome
from bots.core.metrics import METRICS, Metric
from exchanges.core.candles import DAY_MS
from foundation.lib import clock

# The keys of a trade, as programs rely on them.
TRADE_KEYS = {
    "side": "side",
    "entry_time": "entry_time_ms",
    "entry_price": "entry_price",
    "exit_time": "exit_time_ms",
    "exit_price": "exit_price",
    "quantity": "quantity",
    "pnl": "pnl",
    "fees": "fees",
    "exit_reason": "exit_reason",
}
LABEL_CHARS = 28


def as_json(outcome: Outcome) -> str:
    """{"final_equity", "metrics", "trades"}; numbers unrounded, times in milliseconds UTC."""
    result = outcome.result
    several = len(result.symbols) > 1
    trades = [_trade(trade, with_symbol=several) for trade in result.trades]
    found = {"final_equity": result.final_equity, "metrics": outcome.metrics, "trades": trades}
    return json.dumps(found, allow_nan=False)


def _trade(trade: Trade, *, with_symbol: bool) -> dict[str, Any]:
    # The symbol says something only where there are several.
    named: dict[str, Any] = {"symbol": trade.symbol} if with_symbol else {}
    return named | {key: getattr(trade, field) for key, field in TRADE_KEYS.items()}


def as_text(plan: Plan, outcome: Outcome) -> str:
    """What was run, what came out, what to mind."""
    result, spec = outcome.result, plan.spec
    first_ms, last_ms = int(result.open_time_ms[0]), int(result.open_time_ms[-1])
    head = [
        f"{spec.name or 'Strategy'} on {', '.join(spec.symbols)}, {spec.timeframe}, {plan.venue}",
        f"{clock.from_ms(first_ms):%Y-%m-%d %H:%M} to {clock.from_ms(last_ms):%Y-%m-%d %H:%M} UTC, "
        f"{outcome.candle_count:,} candles",
        "",
        _line("cash", f"{plan.cash:,.2f}"),
        _line("final equity", f"{result.final_equity:,.2f}"),
    ]
    metrics = [
        _line(metric.label, _shown(metric, outcome.metrics[key]))
        for key, metric in METRICS.items()
        if metric.unit != "list"
    ]
    return "\n".join([*head, *metrics, *_warnings(outcome)])


def _warnings(outcome: Outcome) -> list[str]:
    return ["", *(f"! {caution['message']}" for caution in outcome.warnings)]


def _line(label: str, value: str) -> str:
    return f"{label:<{LABEL_CHARS}}{value:>18}"


def _shown(metric: Metric, value: Any) -> str:
    if value is None:
        return "none"
    if metric.unit == "fraction":
        return f"{value:.2%}"
    if metric.unit == "ms":
        return f"{value / DAY_MS:,.1f} days"
    return f"{value:,}" if metric.unit == "count" else f"{value:,.2f}"
