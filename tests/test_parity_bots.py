"""The third driver of the one core: a bot fed candle by candle makes the backtest's trades.

Decisions, times, prices and quantities exactly; money, which is Decimal on one side and float64
on the other, within 1e-9 of the trade's size.
"""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.selectors import ledger as books
from backtesting.core.compare import first_difference
from backtesting.services.replay import (
    MONEY_TOLERANCE,
    decisions_of,
    live_decisions,
    live_trades,
    recorded_candles,
    replay,
    simulated,
)
from backtesting.tests.core import drawing
from bots.core.strategy.spec import parse, to_json
from bots.models import Bot, BotRun
from bots.selectors import performance
from bots.tests.core.building import spec_data
from bots.tests.world import STEPS, World, prices
from cryptobot.embedded import BASE_DIR
from exchanges.core.candles import Candles
from exchanges.selectors import candles as stored
from exchanges.services import candle_import

pytestmark = pytest.mark.django_db
REAL = BASE_DIR.parent / "shared" / "data" / "candles"
RSI = [{"id": "r", "type": "rsi", "params": {"period": 7}}]
BOUNCE = {
    "indicators": RSI,
    "buy_conditions": {"all": [{"left": "r", "op": "crosses_below", "right": 35}]},
    "sell_conditions": {"all": [{"left": "r", "op": ">", "right": 65}]},
}
SPECS: dict[str, dict[str, Any]] = {
    "stops and targets": spec_data(risk={"stop_loss": 0.006, "take_profit": 0.009}),
    "signals only": spec_data(risk={}),
    "trailing and cooldown": spec_data(
        **BOUNCE, risk={"stop_loss": 0.02, "trailing_stop": 0.008, "cooldown_candles": 5}
    ),
    "half the money": spec_data(**BOUNCE, risk={"max_position_size": 0.5, "take_profit": 0.004}),
    "drawdown stop": spec_data(**BOUNCE, risk={"max_drawdown": 0.03, "stop_loss": 0.01}),
    "formula": spec_data(
        indicators=[
            {
                "id": "above",
                "type": "formula",
                "params": {"expression": "(high + low) / 2 - ema(close, 20)[1]"},
            }
        ],
        buy_conditions={"all": [{"left": "above", "op": "crosses_above", "right": 0}]},
        sell_conditions={"all": [{"left": "above", "op": "crosses_below", "right": 0}]},
        risk={"stop_loss": 0.01},
    ),
    "slower timeframe": spec_data(
        indicators=[
            {"id": "fast", "type": "ema", "params": {"period": 5}},
            {"id": "slow", "type": "ema", "params": {"period": 8}, "timeframe": "15m"},
        ],
        risk={"stop_loss": 0.01, "cooldown_candles": 2},
    ),
    "slower formula": spec_data(
        indicators=[
            {
                "id": "far",
                "type": "formula",
                "timeframe": "15m",
                "params": {"expression": "max(close - close[2], 0) / (atr(period=3) + 1e-9)"},
            }
        ],
        buy_conditions={"all": [{"left": "far", "op": "crosses_above", "right": 0.5}]},
        sell_conditions={"all": [{"left": "far", "op": "crosses_below", "right": 0.5}]},
        risk={"stop_loss": 0.01},
    ),
}


def check(bot: Bot) -> int:
    """Everything the run did against the simulation of it; the answer counts its trades."""
    run = BotRun.objects.get(bot=bot)
    candles, spec = recorded_candles(run), parse(run.spec)
    times = candles.open_time_ms.tolist()
    expected, live = simulated(run, spec, candles), live_trades(run, times[-1])
    decided = decisions_of(expected, times, run.trade_from_ms)
    assert live_decisions(run, times) == decided
    exact = first_difference(live, expected, money_tolerance=MONEY_TOLERANCE)
    rough = first_difference(
        live, expected, step_tolerance=MONEY_TOLERANCE, money_tolerance=MONEY_TOLERANCE
    )
    assert (exact if run.rules["amount_step"] and run.rules["price_step"] else rough) is None
    found = performance.performance(bot)
    assert found["money"]["is_reconciled"]
    return len(live)


@pytest.mark.parametrize("name", SPECS)
def test_candle_by_candle(alice, name):
    world = World(prices(330, seed=3)).open_at(150)
    bot = world.bot(alice, SPECS[name], allocation="1000.37", slippage="0.0005")
    world.run_to(330)
    assert check(bot) >= 2
    assert replay(BotRun.objects.get(bot=bot)).difference is None
    assert books.faults() == []


def test_late_twice_in_bunches_and_out_of_order(alice):
    """Six bots in one batch; the feed stalls, ticks come again, and some come too early."""
    world = World(prices(900, seed=11)).open_at(200)
    made = [world.bot(alice, spec, allocation="500") for spec in SPECS.values()]
    chance = random.Random(5)
    while world.now < 900:
        world.open_at(min(900, world.now + chance.choice([1, 1, 2, 7, 60])))
        if chance.random() < 0.3:
            world.blind() if world.now < 900 else None
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            world.tick(chance.randrange(200, world.now))
    world.tick()
    assert sum(check(bot) for bot in made) > 30
    assert books.faults() == []


def test_without_steps_money_still_agrees(alice):
    world = World(prices(400, seed=8), steps={}).open_at(120)
    bot = world.bot(alice, SPECS["trailing and cooldown"], slippage="0.001")
    world.run_to(400)
    assert check(bot) >= 1


def _long_only(spec: Any) -> bool:
    return spec.short_conditions is None and spec.buy_conditions is not None


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_strategy_on_any_candles(alice, data):
    candles = data.draw(drawing.candle_sets().filter(lambda one: len(one) >= 40))
    spec = to_json(data.draw(drawing.specs().filter(_long_only)))
    spec["risk"] |= {"leverage": 1}
    rules = data.draw(drawing.RULES)
    steps = {name: getattr(rules, name) for name in STEPS}
    world = World(candles, steps=steps).open_at(10)
    bot = world.bot(alice, spec, allocation="10000", slippage="0.001")
    while world.now < len(candles):
        world.open_at(min(len(candles), world.now + data.draw(st.sampled_from([1, 5, 50]))))
        world.tick()
    check(bot)


FILES = [
    ("binance_spot_BTC-USDT_1m_2023-03_2023-05.csv.gz", "1m", "0.01", "0.00001"),
    ("binance_spot_BTC-USDT_5m_2022-08_2023-09.csv.gz", "5m", "0.01", "0.00001"),
    ("binance_spot_XRP-ETH_1m_2019-10.csv.gz", "1m", "0.0000001", "1"),
    ("coinbase_spot_BTC-USD_1h_2017-2019.csv.gz", "1h", "0.01", "0.0001"),
]
CANDLES_MAX = 600


@pytest.mark.parametrize(("name", "timeframe", "price_step", "amount_step"), FILES)
def test_on_real_candles(alice, name, timeframe, price_step, amount_step):
    candles = _read(REAL / name, timeframe)
    steps = {"price_step": Decimal(price_step), "amount_step": Decimal(amount_step)}
    world = World(candles, steps=steps).open_at(300)
    made = [
        world.bot(alice, {**spec, "indicators": _on(spec, timeframe)}, allocation="10000")
        for spec in SPECS.values()
    ]
    while world.now < len(candles):
        world.open_at(min(len(candles), world.now + 500))
        world.tick()
    assert sum(check(bot) for bot in made) > 20
    assert books.faults() == []


def _read(path: Path, timeframe: str) -> Candles:
    if not path.exists():
        pytest.skip(f"{path.name} is not here: real candles are not part of the repository")
    market = {"venue": "files", "symbol": "BTC/USDT", "timeframe": timeframe}
    candle_import.import_file(path=path, **market)
    candles = stored.load(*market.values())
    middle = len(candles) // 2
    return candles.slice(max(0, middle - CANDLES_MAX // 2), middle + CANDLES_MAX // 2)


def _on(spec: dict[str, Any], timeframe: str) -> list[dict[str, Any]]:
    """Indicators of 15 minutes made ones of a day where the base is not shorter."""
    slower = {"timeframe": "1d"} if timeframe == "1h" else {}
    return [{**one, **(slower if "timeframe" in one else {})} for one in spec["indicators"]]


def test_a_change_of_the_stored_candles_is_found(alice):
    world = World(prices(330, seed=3)).open_at(150)
    bot = world.bot(alice, SPECS["stops and targets"])
    world.run_to(330)
    run = BotRun.objects.get(bot=bot)
    assert replay(run).difference is None
    run.spec["risk"]["stop_loss"] = 0.004
    assert "the replay" in (replay(run).difference or "")
    assert np.isfinite(float(run.equity))
