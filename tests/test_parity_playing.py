"""Bots on the venue in memory: live on paper they fill what their backtest filled, one by one."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import pytest

from accounts.selectors import ledger as books
from backtesting.core.run import run as simulate
from backtesting.services.replay import recorded_candles
from bots.core import run_rules
from bots.core.strategy.spec import parse
from bots.models import Bot, BotLog, BotRun
from bots.selectors import performance
from bots.services import bots
from bots.tests.core.building import spec_data
from bots.tests.world import World, grant, prices
from exchanges.core.matching import EXIT_REASONS
from exchanges.models import Order, Position
from tests.test_parity_bots import BOUNCE

pytestmark = pytest.mark.django_db
MONEY = 1e-9

OPTIONS: dict[str, dict[str, Any]] = {
    "limit entry": {"entry_order": {"type": "limit", "offset": 0.002, "expires_after": 3}},
    "scale in and out": {
        "scale_in": [{"at": -0.003, "size": 0.5}, {"at": -0.008, "size": 1}],
        "scale_out": [{"at": 0.004, "part": 0.5}],
        "max_position_size": 0.3,
        "stop_loss": 0.02,
    },
    "volatility": {"sizing": {"method": "volatility_target", "volatility": 0.3, "window": 30}},
    "kelly": {"sizing": {"method": "kelly", "window": 5, "fraction": 0.5}, "take_profit": 0.004},
    "fixed fraction": {"sizing": {"method": "fixed_fraction", "risk": 0.01}, "stop_loss": 0.01},
    "protections": {
        "protections": [
            {"type": "stoploss_guard", "lookback_candles": 60, "trade_limit": 1, "stop_candles": 9}
        ],
        "stop_loss": 0.004,
    },
    "trailing and drawdown": {
        "trailing_stop": 0.006, "max_drawdown": 0.05, "scale_out": [{"at": 0.005, "part": 0.4}],
        "cooldown_candles": 3,
    },
}  # fmt: skip


class Filled(NamedTuple):
    time_ms: int
    side: str
    price: float
    quantity: float
    fee: float
    reason: str


def live_fills(run: BotRun, before_ms: int) -> list[Filled]:
    found = [
        Filled(
            one.time_ms, one.side, float(one.price), float(one.quantity), float(one.fee),
            one.reason if one.side == "sell" else "",
        )
        for one in performance.fills_of(run)
    ]  # fmt: skip
    return [one for one in found if one.time_ms < before_ms]


def simulated_fills(run: BotRun, before_ms: int) -> list[Filled]:
    rules, costs = run_rules.from_json(run.rules)
    candles = recorded_candles(run)
    result = simulate(
        parse(run.spec),
        {run.symbol: candles},
        cash=float(run.equity_start),
        costs=costs,
        rules={run.symbol: rules},
        trade_from_ms=run.trade_from_ms,
    )
    columns = result.fill_columns
    found = [
        Filled(
            int(result.fill_time_ms[at]), "buy" if columns.direction[at] > 0 else "sell",
            float(columns.price[at]), float(columns.quantity[at]), float(columns.fee[at]),
            EXIT_REASONS[int(columns.reason[at])],
        )
        for at in range(len(columns))
    ]  # fmt: skip
    return [one for one in found if one.time_ms < before_ms]


def check(bot: Bot) -> int:
    """Every fill of the run against its backtest's; the answer counts them.

    The backtest's data end with the last candle, which closes everything: that one is left out.
    """
    bot.refresh_from_db()
    assert bot.status == "running", bot.status_reason
    run = BotRun.objects.get(bot=bot)
    live = live_fills(run, run.last_candle_ms)
    expected = simulated_fills(run, run.last_candle_ms)
    rough = [one._replace(fee=0.0) for one in live]
    assert rough == [one._replace(fee=0.0) for one in expected]
    for mine, theirs in zip(live, expected, strict=True):
        assert mine.fee == pytest.approx(theirs.fee, rel=MONEY)
    assert performance.performance(bot)["money"]["is_reconciled"]
    return len(live)


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_of_a_strategy_live_on_paper(alice, name):
    world = World(prices(500, seed=3)).open_at(150)
    spec = spec_data(**BOUNCE, risk=OPTIONS[name])
    bot = world.bot(alice, spec, allocation="1000.37", slippage="0.0005")
    assert BotRun.objects.get(bot=bot).runner == "venue"
    chance = random.Random(7)
    while world.now < 500:
        world.open_at(min(500, world.now + chance.choice([1, 1, 2, 7, 30])))
        world.tick()
    assert check(bot) >= 4
    assert books.faults() == []


def test_late_twice_in_bunches_and_out_of_order(alice):
    world = World(prices(700, seed=11)).open_at(200)
    made = [
        world.bot(alice, spec_data(**BOUNCE, risk=risk), allocation="500")
        for risk in OPTIONS.values()
    ]
    chance = random.Random(5)
    while world.now < 700:
        world.open_at(min(700, world.now + chance.choice([1, 1, 2, 7, 60])))
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            world.tick(chance.randrange(200, world.now))
    world.tick()
    assert sum(check(bot) for bot in made) > 30
    assert books.faults() == []


def test_stopped_it_takes_its_orders_back_sells_and_returns_the_money(alice):
    world = World(prices(400, seed=3)).open_at(150)
    spec = spec_data(**BOUNCE, risk=OPTIONS["scale in and out"])
    bot = world.bot(alice, spec, allocation="1000")
    while not Position.objects.open().filter(wallet=bot.wallet).exists():
        world.run_to(world.now + 1)
    bot = bots.stop(bot=bot)
    assert bot.status == "stopped"
    assert not Order.objects.working().filter(wallet=bot.wallet).exists()
    assert not Position.objects.open().filter(wallet=bot.wallet).exists()
    assert books.faults() == []
    assert BotRun.objects.get(bot=bot).state is None


def test_what_it_kept_is_in_its_hands_when_it_starts_again(alice):
    world = World(prices(700, seed=3)).open_at(150)
    spec = spec_data(**BOUNCE, risk=OPTIONS["scale in and out"])
    bot = world.bot(alice, spec, allocation="1000")
    while not Position.objects.open().filter(wallet=bot.wallet).exists():
        world.run_to(world.now + 1)
    bot = bots.stop(bot=bot, close_position=False)
    assert bot.status == "stopped"
    grant(alice, 1000)
    bot = bots.start(bot=bot)
    world.open_at(700).tick()
    bot.refresh_from_db()
    assert bot.status == "running", bot.status_reason
    assert Position.objects.closed().filter(wallet=bot.wallet).count() >= 2
    assert books.faults() == []


def test_books_that_do_not_add_up_pause_the_bot_and_say_why(alice):
    world = World(prices(400, seed=3)).open_at(150)
    spec = spec_data(**BOUNCE, risk=OPTIONS["fixed fraction"])
    bot = world.bot(alice, spec, allocation="1000")
    world.run_to(160)
    run = BotRun.objects.get(bot=bot)
    run.state["venue"]["cash"] -= 1
    run.save(update_fields=["state"])
    world.run_to(161)
    bot.refresh_from_db()
    assert bot.status == "paused"
    assert bot.status_reason.startswith("Does not add up. It counts ")
    assert BotLog.objects.filter(bot=bot, level="error", message=bot.status_reason).exists()
