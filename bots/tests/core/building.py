"""Builders shared by the tests of the strategy core: specs and candles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from exchanges.core.candles import TIMEFRAME_MS, Candles, make_candles

START_MS = 1_704_067_200_000  # Monday 2024-01-01 00:00 UTC: a boundary of every timeframe


def spec_data(**changes: Any) -> dict[str, Any]:
    """The EMA cross of docs/semantics.md, with some top-level keys replaced."""
    return {
        "version": 1,
        "name": "EMA cross",
        "description": "",
        "category": "trend",
        "symbols": ["BTC/USDT"],
        "timeframe": "1m",
        "indicators": [
            {"id": "fast", "type": "ema", "params": {"period": 12}, "source": "close"},
            {"id": "slow", "type": "ema", "params": {"period": 26}, "source": "close"},
        ],
        "buy_conditions": {"all": [{"left": "fast", "op": "crosses_above", "right": "slow"}]},
        "sell_conditions": {"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
        "short_conditions": None,
        "cover_conditions": None,
        "risk": {"stop_loss": 0.02, "take_profit": 0.04},
    } | changes


def walk(n: int, seed: int = 7, timeframe: str = "1m", start_ms: int = START_MS) -> Candles:
    """A seeded random walk of n candles; volumes now and then zero."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, n)))
    open_ = close * np.exp(random.normal(0, 0.003, n))
    high = np.maximum(open_, close) * (1 + random.random(n) * 0.01)
    low = np.minimum(open_, close) * (1 - random.random(n) * 0.01)
    volume = np.where(random.random(n) < 0.05, 0.0, random.random(n) * 1000)
    times = start_ms + np.arange(n) * TIMEFRAME_MS[timeframe]
    made = make_candles(timeframe, times, open_, high, low, close, volume)
    return replace(made, beside=beside(made, random))


def beside(candles: Candles, random: np.random.Generator) -> dict[str, Any]:
    """What stands beside them: BTC moves somewhat alike, fundings change every eight candles."""
    n = len(candles)
    bitcoin = candles.close**0.5 * np.exp(np.cumsum(random.normal(0, 0.004, n)))
    return {
        "funding": np.repeat(random.normal(0, 0.0003, n // 8 + 1), 8)[:n],
        "basis": random.normal(0, 0.001, n),
        "bitcoin": bitcoin,
        "paired": candles.close,
    }


def closes(*values: float, timeframe: str = "1m") -> Candles:
    """Candles whose four prices are all the given close."""
    n = len(values)
    times = [START_MS + i * TIMEFRAME_MS[timeframe] for i in range(n)]
    return make_candles(timeframe, times, values, values, values, values, [1.0] * n)
