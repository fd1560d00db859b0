"""Kinds of bots live on paper fill what their backtest fills, one by one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from accounts.selectors import ledger as books
from backtesting.core.events.run_kind import run_kind
from bots.core import run_rules
from bots.core.kinds import KINDS
from bots.models import Bot, BotRun
from bots.selectors import performance
from bots.services import bots
from bots.tests.world import World, grant, prices

pytestmark = pytest.mark.django_db

GIVEN: dict[str, dict[str, Any]] = {
    "grid": {"lower": 85.0, "upper": 115.0, "levels": 25, "trailing": True, "reinvest": True},
    "dca": {
        "base_amount": 100.0, "safety_amount": 100.0, "safety_count": 5, "safety_active": 2,
        "deviation": 0.006, "step_scale": 1.2, "take_profit": 0.006, "stop_loss": 0.08,
    },
    "rebalance": {"weights": {"BTC/USDT": 0.5}, "threshold": 0.01},
}  # fmt: skip
TRAILING = GIVEN["dca"] | {"trailing": 0.002, "cooldown": 3}


def live(owner: Any, world: World, kind: str, params: dict[str, Any]) -> Bot:
    bot = bots.create(
        owner=owner, name="Kind", venue=world.venue, symbol=world.symbol, allocation="1000.37",
        kind=kind, params=params, timeframe="1m", slippage="0.0005",
    )  # fmt: skip
    grant(owner, "1000.37")
    return bots.start(bot=bot)


@pytest.mark.parametrize(
    ("kind", "params"), [*GIVEN.items(), pytest.param("dca", TRAILING, id="dca trailing")]
)
def test_live_on_paper_as_in_the_backtest(alice, kind, params):
    world = World(prices(500, seed=3)).open_at(150)
    bot = live(alice, world, kind, params)
    chance = random.Random(7)
    while world.now < 500:
        world.open_at(min(500, world.now + chance.choice([1, 1, 2, 7, 30])))
        world.tick()
    bot.refresh_from_db()
    assert bot.status == "running", bot.status_reason
    run = BotRun.objects.get(bot=bot)
    rules, costs = run_rules.from_json(run.rules)
    first = int(np.searchsorted(world.candles.open_time_ms, run.trade_from_ms))
    candles = world.candles.slice(first, 500)
    result = run_kind(
        KINDS[kind], run.params, {world.symbol: candles}, cash=1000.37, costs=costs,
        rules={world.symbol: rules},
    )  # fmt: skip
    before_ms = run.last_candle_ms  # the data's end closes what is held, and takes no orders
    expected = [
        (fill.time_ms, fill.side, fill.price, fill.quantity)
        for fill in sorted(result.fills, key=lambda one: one.time_ms)
        if fill.time_ms < before_ms
    ]
    found = [
        (one.time_ms, one.side, float(one.price), float(one.quantity))
        for one in performance.fills_of(run)
        if one.time_ms < before_ms
    ]
    assert len(found) >= 5
    assert sorted(found) == sorted(expected)
    assert performance.performance(bot)["money"]["is_reconciled"]
    assert books.faults() == []
