"""Triangular arbitrage live on paper: as in its backtest, to the last coin, and stopped midway."""

from __future__ import annotations

import random
from decimal import Decimal

import numpy as np
import pytest

from accounts.selectors import ledger as books
from backtesting.core.events.run_kind import run_kind
from backtesting.services import parity
from backtesting.services.replay import replay
from bots.core import run_rules
from bots.core.kinds import KINDS
from bots.models import BotRun, Decision
from bots.selectors import performance
from bots.selectors.holdings import holdings
from bots.services import bots, removing
from bots.services.removing import Choice
from bots.tests.triangle_world import CASH, CROSS, FIRST, SECOND, Triangle
from bots.tests.world import World, prices
from exchanges.models import Fill, Position
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
D = Decimal


def test_live_on_paper_as_in_the_backtest(alice):
    triangle = Triangle().open_at(100)
    bot = triangle.bot(alice)
    chance = random.Random(7)
    while triangle.now < 300:
        triangle.open_at(min(300, triangle.now + chance.choice([1, 7, 30, 30]))).tick()
    bot.refresh_from_db()
    assert bot.status == "running", bot.status_reason
    run = BotRun.objects.select_related("bot").get(bot=bot)
    result = backtest(run, triangle)
    shown = performance.performance(bot)
    assert run.state["player"]["rounds"] > 5
    assert shown["money"]["is_reconciled"]
    # The data's end sells what steps have left over: the candle before it is compared.
    assert shown["equity"][-2][1] == pytest.approx(result.equity[-2], rel=1e-9)
    assert shown["equity"][-1][1] == pytest.approx(float(run.equity), rel=1e-9)
    closed = [trade for trade in result.trades if trade.exit_reason == "signal"]
    assert shown["metrics"]["total_trades"] == len(closed)
    checked = parity.check(run)
    assert (checked.gaps, checked.words, checked.score) == ([], "", 1.0)
    assert checked.live > 15
    assert replay(run).difference is None
    assert books.faults() == []


def backtest(run, triangle):
    rules = {symbol: run_rules.from_json(row)[0] for symbol, row in run.markets.items()}
    _, costs = run_rules.from_json(run.rules)
    first = int(np.searchsorted(triangle.first.candles.open_time_ms, run.trade_from_ms))
    candles = {symbol: one.slice(first, 300) for symbol, one in triangle.candles.items()}
    return run_kind(
        KINDS["triangle"], run.params, candles, cash=float(CASH), costs=costs, rules=rules
    )


def test_books_say_what_is_held_of_each_coin_and_what_it_cost(alice):
    triangle = Triangle().open_at(100)
    bot = triangle.bot(alice)
    triangle.open_at(160).tick()
    triangle.open_at(220).tick()
    assert Fill.objects.filter(wallet=bot.wallet, symbol=CROSS).count() >= 5
    for row in Position.objects.filter(wallet=bot.wallet):
        assert row.symbol in (FIRST, SECOND)
    for asset, symbol in (("BTC", FIRST), ("ETH", SECOND)):
        held = Position.objects.open().filter(wallet=bot.wallet, symbol=symbol).first()
        there = books.balance(alice.pk, "paper_bot", asset, bot.pk)
        assert there == (held.quantity if held else 0)
    # Nothing is made or lost where coins change: all rows together moved what the ledger moved.
    rows = Position.objects.filter(wallet=bot.wallet)
    spent = sum(row.exit_quote - row.entry_quote - row.fees for row in rows)
    assert spent == books.balance(alice.pk, "paper_bot", "USDT", bot.pk) - D(CASH)


def midway(alice):
    """A bot whose way around was not finished: it holds coins."""
    triangle = Triangle().open_at(100)
    bot = triangle.bot(alice)
    while not any(row.cost_held > 100 for row in Position.objects.open().filter(wallet=bot.wallet)):
        # What the first leg buys is less than the second was to spend.
        at = triangle.now
        for symbol in (FIRST, SECOND):
            one = triangle.worlds[symbol].candles
            one.open[at + 1] = one.high[at + 1] = one.high[at + 1] * 1.01
        triangle.run_to(at + 1)
    return triangle, bot


def test_a_leg_that_fails_is_sold_for_home_at_the_next_close(alice):
    triangle, bot = midway(alice)
    row = next(one for one in Position.objects.open().filter(wallet=bot.wallet))
    triangle.run_to(triangle.now + 1)
    bot.refresh_from_db()
    assert bot.status == "running", bot.status_reason
    row.refresh_from_db()
    assert row.closed_at_ms == triangle.first.time(triangle.now - 1)
    assert Decision.objects.filter(bot=bot, inputs__tag="home").exists()


def test_stopped_midway_it_sells_every_coin(alice):
    _, bot = midway(alice)
    bot = bots.stop(bot=bot)
    assert bot.status == "stopped"
    assert holdings(bot) == []
    assert books.balance(alice.pk, "paper_bot", "USDT", bot.pk) == 0
    assert books.faults() == []


def test_deleted_midway_it_hands_the_coins_over_if_asked_to(alice):
    _, bot = midway(alice)
    held = {row.symbol: row.quantity for row in Position.objects.open().filter(wallet=bot.wallet)}
    with pytest.raises(removing.HoldsPosition):
        removing.delete(bot=bot)
    assert removing.delete(bot=bot, position=Choice.KEEP)
    for symbol, quantity in held.items():
        asset = symbol.partition("/")[0]
        assert books.balance(alice.pk, "paper_wallet", asset) == quantity
    assert books.faults() == []


def test_paused_it_begins_no_way_around(alice):
    triangle = Triangle().open_at(100)
    bot = triangle.bot(alice)
    bots.pause(bot=bot)
    triangle.open_at(130).tick()
    assert not Fill.objects.filter(wallet=bot.wallet).exists()
    bots.start(bot=bot)
    triangle.open_at(180).tick()
    run = BotRun.objects.select_related("bot").get(bot=bot)
    assert Fill.objects.filter(wallet=bot.wallet).exists()
    assert replay(run).difference is None


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"cross": "SOL/BTC"}, "params.cross", "are no triangle"),
        ({"first": SECOND, "second": FIRST}, "params.first", "must be the bot's own market"),
    ],
)
def test_markets_that_do_not_fit_are_named(alice, change, path, words):
    with pytest.raises(BadInput) as caught:
        Triangle(n=10).open_at(5).bot(alice, start=False, **change)
    assert words in {one.path: one.message for one in caught.value.faults}[path]


def test_a_cross_market_that_the_venue_has_not_got_is_named(alice):
    world = World(prices(10), symbol=FIRST).open_at(5)
    with pytest.raises(BadInput, match="ETH/BTC"):
        bots.create(
            owner=alice, name="Round", venue=world.venue, symbol=FIRST, allocation="1000",
            kind="triangle", timeframe="1m", params={
                "first": FIRST, "second": SECOND, "cross": CROSS, "amount": 100.0,
            },
        )  # fmt: skip
