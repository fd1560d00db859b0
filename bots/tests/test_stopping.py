"""Stopping: the position is sold or kept, the money goes back, twice is once."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from accounts.selectors import ledger as books
from bots.models import Bot, BotRun
from bots.selectors import performance
from bots.services import bots, removing
from bots.tests.world import World, above, flat, grant
from exchanges.models import Fill, Order, Position
from foundation.lib.errors import Conflict

pytestmark = pytest.mark.django_db
CLOSES = (100, 111, 111, 112, 113, 114, 115, 116)


@pytest.fixture
def world():
    return World(flat(*CLOSES)).open_at(1)


def holding(world, owner):
    bot = world.bot(owner, above(110))
    world.run_to(3)
    assert Position.objects.open().filter(wallet=bot.wallet).exists()
    return bot


def laddered(owner, world):
    params = {"base_amount": 100, "safety_amount": 100, "safety_count": 2}
    bot = bots.create(
        owner=owner, name="Ladder", venue=world.venue, symbol=world.symbol, kind="dca",
        params=params, timeframe=world.timeframe, allocation="1000", slippage="0",
    )  # fmt: skip
    grant(owner, "1000")
    return bots.start(bot=bot)


def test_stopping_sells_at_the_price_of_now_and_gives_the_money_back(alice, world):
    bot = holding(world, alice)
    world.show(3, last=115.5)
    assert bots.stop(bot=bot).status == "stopped"
    trade = Position.objects.get(wallet=bot.wallet)
    assert (trade.exit_reason, trade.exit_price) == ("manual", D("115.5"))
    assert trade.closed_at_ms == world.time(3)
    assert books.balance(alice, "paper_wallet", "USDT") == 1000 + trade.realised_pnl
    assert books.balances(alice, "paper_bot", bot.pk) == {"BTC": 0, "USDT": 0}
    assert BotRun.objects.get(bot=bot).equity == 1000 + trade.realised_pnl
    assert books.faults() == []


@pytest.mark.parametrize("is_deleted", [False, True], ids=["stopped", "deleted"])
def test_a_dca_bot_with_orders_on_the_book_takes_them_back_and_sells(alice, is_deleted):
    world = World(flat(*[100.0] * 6)).open_at(1)
    bot = laddered(alice, world)
    world.run_to(3)
    assert Order.objects.working().filter(wallet=bot.wallet).count() == 2, "its safety orders"
    world.show(3, last=100.25)
    if is_deleted:
        assert removing.delete(bot=bot, position=removing.Choice.CLOSE)
    else:
        assert bots.stop(bot=bot).status == "stopped"
    trade = Position.objects.get(wallet=bot.wallet)
    assert (trade.exit_reason, trade.exit_price) == ("manual", D("100.25"))
    assert not Order.objects.working().filter(wallet=bot.wallet).exists()
    assert books.balance(alice, "paper_wallet", "USDT") == 1000 + trade.realised_pnl
    assert books.faults() == []


def test_a_stopping_bot_whose_sale_was_never_written_sells_when_asked_again(alice, world):
    bot = holding(world, alice)
    Bot.objects.filter(pk=bot.pk).update(status="stopping")
    world.show(3, last=115.5)
    assert bots.stop(bot=bot).status == "stopped"
    assert Position.objects.get(wallet=bot.wallet).exit_reason == "manual"


def test_without_a_price_it_waits_for_the_next_open(alice, world):
    bot = holding(world, alice)
    world.blind()
    assert bots.stop(bot=bot).status == "stopping"
    assert bots.stop(bot=bot).status == "stopping"
    world.run_to(4)
    bot.refresh_from_db()
    trade = Position.objects.get(wallet=bot.wallet)
    assert bot.status == "stopped"
    assert (trade.exit_reason, trade.exit_price) == ("manual", D(111))
    assert Order.objects.filter(wallet=bot.wallet, side="sell").count() == 1


def test_a_kept_position_stays_in_the_bot_s_hands_and_goes_on_with_it(alice, world):
    bot = holding(world, alice)
    entry = Fill.objects.get(wallet=bot.wallet)
    stopped = bots.stop(bot=bot, close_position=False)
    assert stopped.status == "stopped"
    left = 1000 - entry.amount_quote - entry.fee
    assert books.balance(alice, "paper_wallet", "USDT") == left
    assert books.balance(alice, "paper_bot", "BTC", bot.pk) == entry.quantity
    with pytest.raises(Conflict, match="let it sell"):
        bots.update(bot=bot, allocation="5")
    world.run_to(4)
    grant(alice, 100)
    bots.start(bot=bot)
    world.run_to(6)
    bot.refresh_from_db()
    bots.stop(bot=bot)
    trade = Position.objects.get(wallet=bot.wallet)
    assert trade.exit_reason == "manual"
    assert books.balances(alice, "paper_bot", bot.pk) == {"BTC": 0, "USDT": 0}
    assert books.balance(alice, "paper_wallet", "USDT") == 1100 + trade.realised_pnl
    found = performance.performance(bot)
    assert found["money"]["is_reconciled"]
    assert books.faults() == []


def test_stopping_takes_back_an_entry_that_waits(alice, world):
    bot = world.bot(alice, above(110))
    world.open_at(2)
    world.blind()
    world.tick()
    assert Order.objects.get(wallet=bot.wallet).status == "open"
    assert bots.stop(bot=bot).status == "stopped"
    assert Order.objects.get(wallet=bot.wallet).status == "cancelled"
    world.run_to(4)
    assert not Fill.objects.exists()
    assert books.balance(alice, "paper_wallet", "USDT") == 1000


def test_a_bot_that_failed_can_be_stopped_or_started_again(alice, world):
    bot = holding(world, alice)
    bot.status = "error"
    bot.save()
    assert bots.start(bot=bot).status == "running"
    assert BotRun.objects.filter(bot=bot).count() == 1
    bot.status = "error"
    bot.save()
    assert bots.stop(bot=bot).status == "stopped"


def test_a_new_start_is_a_new_run_on_the_strategy_of_today(alice, world):
    bot = holding(world, alice)
    bots.stop(bot=bot)
    world.run_to(5)
    bot = bots.update(bot=bot, allocation="500")
    bots.start(bot=bot)
    first, second = BotRun.objects.filter(bot=bot).order_by("pk")
    assert first.ended_at is not None and second.ended_at is None
    assert second.equity_start == 500
    assert second.trade_from_ms == world.time(5)
