from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection

from accounts.selectors import ledger as books
from bots.models import BotLog, BotRun, Decision
from bots.tests.world import World, above, flat
from exchanges.feed import live as live_feed
from exchanges.models import Fill, Order, OrderEvent, Position
from exchanges.selectors import live
from foundation.lib import clock

pytestmark = pytest.mark.django_db


def test_a_signal_is_decided_at_the_close_and_filled_at_the_next_open(alice):
    world = World(flat(100, 100, 111, 112, 113)).open_at(2)
    bot = world.bot(alice, above(110))
    world.run_to(3)
    decision = Decision.objects.get(bot=bot)
    assert (decision.decided_at_ms, decision.leg, decision.reason) == (
        world.time(2),
        "entry",
        "signal",
    )
    fill = Fill.objects.get(wallet=bot.wallet)
    # 1000 / (111 x 1.0004), down to the step of 0.0001
    assert (fill.time_ms, fill.price, fill.quantity) == (world.time(3), D(111), D("9.0054"))
    assert fill.fee == fill.amount_quote * D("0.0004")
    order = Order.objects.get(wallet=bot.wallet)
    assert order.status == "filled" and order.client_order_id == decision.client_order_id
    steps = OrderEvent.objects.filter(order=order).values_list("status_before", "status")
    assert list(steps) == [("", "pending"), ("pending", "filled")]
    assert books.faults() == []


def test_without_a_next_price_the_order_waits_and_fills_at_the_open_once_it_is_known(alice):
    world = World(flat(100, 100, 111, 112, 113)).open_at(2)
    bot = world.bot(alice, above(110))
    world.open_at(3)
    world.blind()
    world.tick()
    order = Order.objects.get(wallet=bot.wallet)
    assert order.status == "open" and not Fill.objects.exists()
    world.open_at(4)
    world.tick()
    fill = Fill.objects.get(wallet=bot.wallet)
    assert (fill.time_ms, fill.price) == (world.time(3), D(111))
    order.refresh_from_db()
    assert order.status == "filled"


def test_a_candle_that_closes_during_the_tick_does_not_move_the_fill(alice):
    """The order is for the next open: not for the one that is newest when it is sent."""
    world = World(flat(100, 100, 111, 112, 113, 114)).open_at(2)
    bot = world.bot(alice, above(110))
    world.open_at(3)

    def feed_goes_on(execute, sql, *arguments):
        answer = execute(sql, *arguments)
        if 'INTO "exchanges_order"' in sql and world.now == 3:
            world.open_at(4)
        return answer

    with connection.execute_wrapper(feed_goes_on):
        world.tick()
    assert world.now == 4
    world.tick()
    fill = Fill.objects.get(wallet=bot.wallet)
    assert (fill.time_ms, fill.price) == (world.time(3), D(111))


CASES = [
    # closes, risk, exit price, exit candle, reason
    ((100, 111, 111, 107), {"stop_loss": 0.02}, "108.78", 3, "stop_loss"),
    ((100, 111, 111, 118), {"take_profit": 0.05}, "116.55", 3, "take_profit"),
    ((100, 111, 111, 120, 110), {"trailing_stop": 0.05}, "114", 4, "trailing_stop"),
    ((100, 111, 111, 90, 90), {"max_drawdown": 0.1}, "90", 4, "max_drawdown"),
]


@pytest.mark.parametrize(("closes", "risk", "price", "candle", "reason"), CASES)
def test_every_kind_of_exit(alice, closes, risk, price, candle, reason):
    world = World(flat(*closes, closes[-1], closes[-1])).open_at(1)
    bot = world.bot(alice, above(110, **risk))
    world.run_to(candle + 1)
    position = Position.objects.filter(wallet=bot.wallet).order_by("pk").first()
    assert position.exit_reason == reason
    assert position.closed_at_ms == world.time(candle)
    assert position.exit_price == D(price)
    entry, exit_ = Fill.objects.filter(position=position)
    cash = books.balance(alice, "paper_bot", "USDT", bot.pk)
    if Fill.objects.filter(wallet=bot.wallet).count() == 2:
        assert cash == 1000 + position.realised_pnl
    assert position.realised_pnl == (
        exit_.amount_quote - entry.amount_quote - entry.fee - exit_.fee
    )
    assert books.faults() == []


def test_a_tick_run_twice_late_or_in_any_order_changes_nothing(alice):
    closes = (100, 111, 111, 104, 104, 112, 113, 101, 101)
    world = World(flat(*closes)).open_at(1)
    bot = world.bot(alice, above(110, below=105))
    world.open_at(8)
    for i in (7, 3, 5, 7, 1):
        world.tick(i)
    fills = list(Fill.objects.filter(wallet=bot.wallet).values_list("time_ms", "price", "side"))
    assert fills == [
        (world.time(2), D(111), "buy"),
        (world.time(4), D(104), "sell"),
        (world.time(6), D(112), "buy"),
        (world.time(8), D(101), "sell"),
    ]
    assert Decision.objects.filter(bot=bot).count() == 4


def test_a_bot_that_fails_is_set_aside_and_the_others_go_on(alice, monkeypatch):
    world = World(flat(100, 100, 111, 112, 113, 114, 115)).open_at(1)
    good = [world.bot(alice, above(110)) for _ in range(4)]
    broken = world.bot(alice, above(110))
    BotRun.objects.filter(bot=broken).update(rules={"nothing": None})
    world.run_to(5)
    broken.refresh_from_db()
    assert broken.status == "error" and "3 times" in broken.status_reason
    assert BotLog.objects.filter(bot=broken, level="error").exists()
    for bot in good:
        assert Fill.objects.filter(wallet=bot.wallet).count() == 1


def test_below_the_minimum_nothing_is_bought_and_the_owner_is_told(alice):
    world = World(flat(100, 111, 111, 112)).open_at(1)
    bot = world.bot(alice, above(110), allocation="4")
    world.run_to(2)
    order = Order.objects.get(wallet=bot.wallet)
    assert (order.status, order.detail) == ("rejected", "below_minimum_notional")
    assert BotLog.objects.filter(bot=bot, kind="skip").exists()


def test_the_cooldown_counts_candles_since_the_exit(alice):
    closes = (100, 111, 111, 100, 111, 111, 111, 111, 111)
    world = World(flat(*closes)).open_at(1)
    bot = world.bot(alice, above(110, stop_loss=0.05, cooldown_candles=3))
    world.run_to(8)
    exit_ms = Position.objects.filter(wallet=bot.wallet).earliest("pk").closed_at_ms
    assert exit_ms == world.time(3)
    entries = Decision.objects.filter(bot=bot, leg="entry").values_list("decided_at_ms", flat=True)
    assert list(entries) == [world.time(1), world.time(6)]


def test_a_paused_bot_sells_but_does_not_buy(alice):
    from bots.services import bots

    world = World(flat(100, 111, 111, 104, 104, 112, 113)).open_at(1)
    bot = world.bot(alice, above(110, below=105))
    world.run_to(2)
    bots.pause(bot=bot)
    world.run_to(7)
    assert [fill.side for fill in Fill.objects.filter(wallet=bot.wallet)] == ["buy", "sell"]


def test_a_candle_s_own_high_does_not_move_its_own_stop(alice):
    """The close decides a sale on the candle whose high is new: it is not settled twice."""
    candles = flat(100, 111, 111, 112, 112, 112)
    candles.high[3] = 130.0
    candles.close[3] = candles.open[4] = 112.0
    world = World(candles).open_at(1)
    spec = above(110, below=None, trailing_stop=0.05)
    sell = {"all": [{"left": "close", "op": "==", "right": 112}]}
    bot = world.bot(alice, {**spec, "sell_conditions": sell})
    world.run_to(5)
    trade = Position.objects.filter(wallet=bot.wallet).earliest("pk")
    assert (trade.exit_reason, trade.closed_at_ms) == ("signal", world.time(4))


@pytest.mark.parametrize("silent", ["its book", "the whole feed"])
def test_stale_prices_stop_an_entry_and_say_so(alice, silent):
    world = World(flat(100, 100, 111, 112, 113)).open_at(2)
    bot = world.bot(alice, above(110))
    if silent == "its book":
        live_feed.beat(world.venue, source="x", market_ms=0, stale={world.symbol: ["book"]})
    else:
        with clock.fixed(clock.now_ms() - live.STALE_AFTER_MS - 1_000):
            live_feed.beat(world.venue, source="x", market_ms=0)
    world.run_to(3)
    assert not Order.objects.filter(wallet=bot.wallet).exists()
    line = BotLog.objects.filter(bot=bot, kind="skip").first()
    assert "are stale, its feed is silent" in line.message
    live_feed.beat(world.venue, source="x", market_ms=0, stale={"ANOTHER/ONE": ["book"]})
    world.run_to(4)
    assert Order.objects.filter(wallet=bot.wallet, leg="entry").count() == 1


def test_stale_prices_never_stop_a_stop_loss(alice):
    world = World(flat(100, 111, 111, 107, 107)).open_at(1)
    bot = world.bot(alice, above(110, stop_loss=0.02))
    world.run_to(2)
    live_feed.beat(world.venue, source="x", market_ms=0, stale={world.symbol: ["book"]})
    world.run_to(4)
    position = Position.objects.get(wallet=bot.wallet)
    assert (position.exit_reason, position.closed_at_ms) == ("stop_loss", world.time(3))
