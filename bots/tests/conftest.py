"""A small strategy that every test may bend."""

from __future__ import annotations

from typing import Any

import pytest

from bots.tests.hearing import Hearing


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


@pytest.fixture
def hearing_bot(alice: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Alice's running bot of a kind that acts on signals."""
    from bots.core.kinds import KINDS
    from bots.models import Bot

    monkeypatch.setitem(KINDS, "hearing", Hearing("ETH/USDT"))
    return Bot.objects.create(
        owner=alice, name="Ears", kind="hearing", venue="v", symbol="BTC/USDT",
        allocation=1000, status="running", timeframe="1m",
    )  # fmt: skip
