"""Strategies to start from: each shows one idea, and one way of writing it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """key stands in URLs; idea says in one sentence when it earns and when it loses."""

    key: str
    idea: str
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    def copy(self) -> dict[str, Any]:
        """The caller's own spec, to change as they like."""
        return copy.deepcopy(dict(self.spec))


def _indicator(name: str, kind: str, **params: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "params": params}


def _when(left: str | float, op: str, right: str | float) -> dict[str, Any]:
    return {"left": left, "op": op, "right": right}


BLANK: Mapping[str, Any] = {
    "version": 1, "name": "", "description": "", "category": "custom",
    "symbols": ["BTC/USDT"], "timeframe": "1h", "indicators": [],
    "buy_conditions": None, "sell_conditions": None,
    "short_conditions": None, "cover_conditions": None,
    "risk": {"stop_loss": 0.02, "take_profit": None, "max_position_size": 1.0},
}  # fmt: skip

EMA_CROSS = Example(
    "ema-cross",
    "Follows a trend once a quick average overtakes a slow one; loses a little, often, sideways.",
    {
        **BLANK, "name": "EMA cross", "category": "trend", "timeframe": "1m",
        "description": "Buys when the 12-candle average crosses above the 26-candle average.",
        "indicators": [_indicator("fast", "ema", period=12), _indicator("slow", "ema", period=26)],
        "buy_conditions": {"all": [_when("fast", "crosses_above", "slow")]},
        "sell_conditions": {"all": [_when("fast", "crosses_below", "slow")]},
        "risk": {"stop_loss": 0.02, "take_profit": 0.04, "max_position_size": 1.0},
    },
)  # fmt: skip
RSI_DIP = Example(
    "rsi-dip",
    "Buys a dip while the long average still rises; suffers when a dip becomes a fall.",
    {
        **BLANK, "name": "RSI dip in an uptrend", "category": "mean_reversion", "timeframe": "15m",
        "description": "Buys oversold candles above the 200-candle average, sells the recovery.",
        "indicators": [_indicator("rsi", "rsi", period=14), _indicator("long", "sma", period=200)],
        "buy_conditions": {"all": [_when("rsi", "<", 30), _when("close", ">", "long")]},
        "sell_conditions": {"any": [_when("rsi", ">", 60), _when("close", "<", "long")]},
        "risk": {"stop_loss": 0.03, "take_profit": None, "max_position_size": 0.5,
                 "cooldown_candles": 4},
    },
)  # fmt: skip
BREAKOUT = Example(
    "breakout",
    "Buys a new 20-candle high and lets a trailing stop decide; many small losses, a few big wins.",
    {
        **BLANK, "name": "Channel breakout", "category": "momentum", "timeframe": "1h",
        "description": "Buys above the highest high of 20 candles, sells below the lowest low.",
        "indicators": [_indicator("channel", "donchian", period=20)],
        "buy_conditions": {"all": [_when("close", ">", "channel.upper[1]")]},
        "sell_conditions": {"all": [_when("close", "<", "channel.lower[1]")]},
        "risk": {"stop_loss": 0.04, "take_profit": None, "trailing_stop": 0.03,
                 "max_position_size": 1.0},
    },
)  # fmt: skip
MACD_FILTER = Example(
    "macd-filter",
    "Trades momentum with the hourly trend only; misses turns, avoids most false starts.",
    {
        **BLANK, "name": "MACD with the hourly trend", "category": "momentum", "timeframe": "5m",
        "description": "A MACD cross counts only while the hourly average is below the price.",
        "indicators": [
            _indicator("macd", "macd", fast=12, slow=26, signal=9),
            {**_indicator("trend", "ema", period=50), "timeframe": "1h"},
        ],
        "buy_conditions": {"all": [_when("macd.macd", "crosses_above", "macd.signal"),
                                   _when("close", ">", "trend")]},
        "sell_conditions": {"any": [_when("macd.macd", "crosses_below", "macd.signal"),
                                    _when("close", "<", "trend")]},
        "risk": {"stop_loss": 0.02, "take_profit": 0.05, "max_position_size": 1.0},
    },
)  # fmt: skip

EXAMPLES: Mapping[str, Example] = {
    example.key: example for example in (EMA_CROSS, RSI_DIP, BREAKOUT, MACD_FILTER)
}
