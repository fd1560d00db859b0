"""Four strategies of different kinds, for the demo user: to read, run, copy and change."""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]

TREND: Spec = {
    "name": "Trend: EMA cross",
    "description": "Buys when the short average rises above the long one and the trend is strong.",
    "category": "trend",
    "symbols": ["BTC/USDT"],
    "timeframe": "1h",
    "indicators": [
        {"id": "fast", "type": "ema", "params": {"period": 12}},
        {"id": "slow", "type": "ema", "params": {"period": 26}},
        {"id": "strength", "type": "adx", "params": {"period": 14}},
    ],
    "buy_conditions": {
        "all": [
            {"left": "fast", "op": "crosses_above", "right": "slow"},
            {"left": "strength", "op": ">", "right": 15},
        ]
    },
    "sell_conditions": {"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
    "risk": {"stop_loss": 0.03, "trailing_stop": 0.05, "max_position_size": 0.9},
}

MEAN_REVERSION: Spec = {
    "name": "Mean reversion: RSI dips",
    "description": "Buys short dips as they end, sells the recovery; often, and small.",
    "category": "mean_reversion",
    "symbols": ["BTC/USDT"],
    "timeframe": "1m",
    "indicators": [{"id": "rsi", "type": "rsi", "params": {"period": 7}}],
    "buy_conditions": {"all": [{"left": "rsi", "op": "crosses_above", "right": 30}]},
    "sell_conditions": {"any": [{"left": "rsi", "op": ">", "right": 60}]},
    "risk": {"stop_loss": 0.01, "take_profit": 0.015, "max_position_size": 0.1},
}

MOMENTUM: Spec = {
    "name": "Momentum: Bollinger breakout with MACD",
    "description": "Buys a close above the upper band while MACD gains; sells below the middle.",
    "category": "momentum",
    "symbols": ["ETH/USDT"],
    "timeframe": "30m",
    "indicators": [
        {"id": "band", "type": "bbands", "params": {"period": 20, "multiplier": 2.0}},
        {"id": "macd", "type": "macd", "params": {"fast": 12, "slow": 26, "signal": 9}},
    ],
    "buy_conditions": {
        "all": [
            {"left": "close", "op": "crosses_above", "right": "band.upper"},
            {"left": "macd.hist", "op": ">", "right": 0},
            {"left": "macd.hist", "op": "rising", "n": 2},
        ]
    },
    "sell_conditions": {"all": [{"left": "close", "op": "<", "right": "band.middle"}]},
    "risk": {"stop_loss": 0.025, "take_profit": 0.08, "max_position_size": 0.9},
}

SEVERAL_TIMEFRAMES: Spec = {
    "name": "Several timeframes: Supertrend",
    "description": "Trades the quarter-hour's Supertrend, but only with that of four hours.",
    "category": "trend",
    "symbols": ["SOL/USDT", "XRP/USDT", "ADA/USDT"],
    "timeframe": "15m",
    "indicators": [
        {"id": "now", "type": "supertrend", "params": {"period": 10, "multiplier": 3.0}},
        {
            "id": "big",
            "type": "supertrend",
            "params": {"period": 10, "multiplier": 3.0},
            "timeframe": "4h",
        },
    ],
    "buy_conditions": {
        "all": [
            {"left": "now.direction", "op": "crosses_above", "right": 0},
            {"left": "big.direction", "op": ">", "right": 0},
        ]
    },
    "sell_conditions": {
        "any": [
            {"left": "now.direction", "op": "<", "right": 0},
            {"left": "big.direction", "op": "<", "right": 0},
        ]
    },
    "risk": {
        "stop_loss": 0.04,
        "max_position_size": 0.3,
        "max_open_positions": 3,
        "max_drawdown": 0.3,
    },
}

EXAMPLES = (TREND, MEAN_REVERSION, MOMENTUM, SEVERAL_TIMEFRAMES)
