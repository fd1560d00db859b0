"""Candles to test on: a seeded walk, stored under a venue of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from exchanges.core.candles import TIMEFRAME_MS, Candles, make_candles

START_MS = 1_704_067_200_000  # 2024-01-01 00:00 UTC, a Monday
VENUE = "walk"


def walk(count: int, *, timeframe: str = "1m", seed: int = 7, start_ms: int = START_MS) -> Candles:
    """A random walk around 100, the same for the same seed."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.002, count)))
    open_ = np.concatenate([[100.0], close[:-1]])
    spread = np.abs(random.normal(0, 0.001, count))
    high, low = np.maximum(open_, close) * (1 + spread), np.minimum(open_, close) * (1 - spread)
    times = start_ms + TIMEFRAME_MS[timeframe] * np.arange(count)
    return make_candles(timeframe, times, open_, high, low, close, np.full(count, 1.0))


@pytest.fixture
def store_walk(db: None) -> Callable[..., Candles]:
    """store_walk("BTC/USDT", 500) stores and answers the candles."""
    from exchanges.services import candles as service

    def store(symbol: str = "BTC/USDT", count: int = 600, **options: Any) -> Candles:
        candles = walk(count, **options)
        service.store(venue=VENUE, symbol=symbol, candles=candles)
        return candles

    return store


@pytest.fixture
def spec() -> dict[str, Any]:
    """EMA 3 crossing EMA 8, with a stop and a target: trades often on a walk."""
    return {
        "version": 1,
        "name": "EMA cross",
        "category": "trend",
        "symbols": ["BTC/USDT"],
        "timeframe": "1m",
        "indicators": [
            {"id": "fast", "type": "ema", "params": {"period": 3}},
            {"id": "slow", "type": "ema", "params": {"period": 8}},
        ],
        "buy_conditions": {"all": [{"left": "fast", "op": "crosses_above", "right": "slow"}]},
        "sell_conditions": {"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
        "risk": {"stop_loss": 0.02, "take_profit": 0.04},
    }
