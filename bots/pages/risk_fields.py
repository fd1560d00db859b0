"""The optional parts of a strategy's risk as the editor's rows read them: words, units, ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.core.strategy.risk_options import (
    ENTRY_ORDERS,
    PROTECTIONS,
    SCALE_IN,
    SCALE_OUT,
    SIZINGS,
    Bounds,
)

KIND_WORDS = {
    "fixed_fraction": "By risk: lose a set part at the stop-loss",
    "volatility_target": "By volatility: less where prices swing more",
    "kelly": "By Kelly's formula, from its last trades",
    "limit": "By a limit order, better than the close",
    "stoploss_guard": "After stopped trades",
    "max_drawdown": "After a fall by its trades",
    "low_profit": "After poor trades of a symbol",
}
# (kind, number) or ("", number): its label, its unit (without %), and what a new row begins with.
WORDS: dict[tuple[str, str], tuple[str, str, float]] = {
    ("fixed_fraction", "risk"): ("lose at the stop", "of equity", 0.01),
    ("volatility_target", "volatility"): ("aim at", "a year", 0.5),
    ("volatility_target", "window"): ("measured over", "candles", 100),
    ("kelly", "window"): ("of the last", "trades", 30),
    ("kelly", "fraction"): ("take of Kelly's fraction", "", 0.5),
    ("kelly", "cap"): ("at most", "of equity", 0.25),
    ("limit", "offset"): ("away from the close", "", 0.001),
    ("limit", "expires_after"): ("cancel after", "candles", 3),
    ("scale_in", "at"): ("price has moved", "from entry", -0.02),
    ("scale_in", "size"): ("add", "of the first quantity", 0.5),
    ("scale_out", "at"): ("at a profit of", "", 0.02),
    ("scale_out", "part"): ("close", "of all bought", 0.5),
    ("stoploss_guard", "trade_limit"): ("stopped trades, at least", "", 4),
    ("", "trade_limit"): ("counted from", "trades", 2),
    ("", "required_profit"): ("that made less than", "", 0),
    ("", "max_drawdown"): ("fall of", "", 0.1),
    ("", "lookback_candles"): ("within the last", "candles", 60),
    ("", "stop_candles"): ("enter nothing for", "candles", 30),
}
# In the order in which a protection reads as a sentence.
ORDER = ("trade_limit", "max_drawdown", "required_profit", "lookback_candles", "stop_candles")


def risk_options() -> dict[str, Any]:
    """{option: {"key", "kinds": {kind: {"label", "fields"}}}}; a list of steps has the kind ""."""
    return {
        "sizing": {"key": "method", "kinds": _kinds(SIZINGS)},
        "entry_order": {"key": "type", "kinds": _kinds(ENTRY_ORDERS)},
        "scale_in": {"key": "", "kinds": {"": _kind("scale_in", SCALE_IN)}},
        "scale_out": {"key": "", "kinds": {"": _kind("scale_out", SCALE_OUT)}},
        "protections": {"key": "type", "kinds": _kinds(PROTECTIONS)},
    }


def _kinds(tables: Mapping[str, Mapping[str, Bounds]]) -> dict[str, Any]:
    return {kind: _kind(kind, table) for kind, table in tables.items()}


def _kind(kind: str, table: Mapping[str, Bounds]) -> dict[str, Any]:
    names = sorted(table, key=lambda name: ORDER.index(name) if name in ORDER else -1)
    return {
        "label": KIND_WORDS.get(kind, ""),
        "fields": [_field(kind, name, table[name]) for name in names],
        "alone": kind == "stoploss_guard",
    }


def _field(kind: str, name: str, bounds: Bounds) -> dict[str, Any]:
    label, unit, begins = WORDS.get((kind, name)) or WORDS["", name]
    return {
        "name": name, "label": label, "unit": f"% {unit}".strip() if bounds.fraction else unit,
        "percent": bounds.fraction, "whole": bounds.whole, "default": bounds.default,
        "least": bounds.least, "most": bounds.most, "begins": begins,
    }  # fmt: skip
