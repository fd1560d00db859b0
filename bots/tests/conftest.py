"""A small strategy that every test may bend."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def ema_spec() -> dict[str, Any]:
    """EMA 12 crossing EMA 26 on BTC/USDT minutes."""
    return {
        "version": 1,
        "name": "EMA cross",
        "category": "trend",
        "symbols": ["BTC/USDT"],
        "timeframe": "1m",
        "indicators": [
            {"id": "fast", "type": "ema", "params": {"period": 12}},
            {"id": "slow", "type": "ema", "params": {"period": 26}},
        ],
        "buy_conditions": {"all": [{"left": "fast", "op": "crosses_above", "right": "slow"}]},
        "sell_conditions": {"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
        "risk": {"stop_loss": 0.02, "take_profit": 0.04},
    }
