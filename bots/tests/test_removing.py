"""Deleting a bot asks what becomes of its position, and does it over any crash."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from accounts.selectors import ledger as books
from bots.models import Bot, BotRun
from bots.selectors import performance_groups
from bots.services import bots, manual, removing
from bots.services.removing import Choice, HoldsPosition
from bots.tests.exchange import Connected
from bots.tests.world import START_MS, World, above, flat
from exchanges.models import AccountOrder, Fill, Order, Position
from foundation.lib import clock
from foundation.lib.errors import Conflict

pytestmark = pytest.mark.django_db
CLOSES = (100, 111, 111, 112, 113, 114, 115, 116)
STEPS = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}
MINUTE_MS = 60_000


@pytest.fixture
def world():
    return World(flat(*CLOSES)).open_at(1)


@pytest.fixture
def real(alice):
    made = Connected(alice, World(flat(*[100.0] * 4, *[112.0] * 5), venue="binance", steps=STEPS))
    made.world.open_at(3)
    yield made
    made.close()


def holding(world, owner, **risk):
    bot = world.bot(owner, above(110, **risk))
    world.run_to(3)
    assert Position.objects.open().filter(wallet=bot.wallet).exists()
    return bot


def holding_there(real, owner):
    with clock.fixed(START_MS + 3 * MINUTE_MS):
        bot = real.bot(owner, above(110, stop_loss=0.05))
    for i in (4, 5, 6):
        with clock.fixed(START_MS + i * MINUTE_MS + 500):
            real.world.open_at(i).tick()
            real.market.price = D(112)
            real.settle()
    assert AccountOrder.objects.working().filter(wallet=bot.wallet).count() == 1, "its stop"
    return bot


def is_gone(bot) -> bool:
    bot.refresh_from_db()
    return bot.deleted_at is not None


def test_without_a_choice_nothing_happens_and_the_choices_are_named(alice, world):
    bot = holding(world, alice)
    with pytest.raises(HoldsPosition) as asked:
        removing.delete(bot=bot)
    told = [fault.message for fault in asked.value.faults]
    assert told[0].startswith('"close" sells') and "wallet" in told[1]
    bot.refresh_from_db()
    assert (bot.status, bot.delete_asked_at) == ("running", None)


def test_a_bot_that_holds_nothing_goes_at_once_also_while_it_runs(alice, world):
    bot = world.bot(alice, above(200))
    assert removing.delete(bot=bot) and is_gone(bot)
    assert BotRun.objects.get(bot=bot).ended_at is not None
    assert books.balance(alice, "paper_wallet", "USDT") == 1000


def test_close_sells_then_deletes(alice, world):
    bot = holding(world, alice)
    world.show(3, last=115.5)
    assert removing.delete(bot=bot, position=Choice.CLOSE) and is_gone(bot)
    trade = Position.objects.get(wallet=bot.wallet)
    assert (trade.exit_reason, trade.exit_price) == ("manual", D("115.5"))
    assert books.balance(alice, "paper_wallet", "USDT") == 1000 + trade.realised_pnl
    assert books.balances(alice, "paper_bot", bot.pk) == {"BTC": 0, "USDT": 0}
    assert books.faults() == []


def test_it_does_not_go_before_it_is_sold(alice, world):
    bot = holding(world, alice)
    world.blind()
    assert not removing.delete(bot=bot, position=Choice.CLOSE)
    assert not is_gone(bot) and bot.status == "stopping"
    with pytest.raises(Conflict, match="it can be started when it is stopped"):
        bots.start(bot=bot)
    world.run_to(4)
    assert removing.go_on(bot.pk) and is_gone(bot)
    assert Order.objects.filter(wallet=bot.wallet, side="sell").count() == 1


def test_a_crash_after_the_stop_is_finished_by_the_sweep(alice, world, monkeypatch):
    bot = holding(world, alice)
    monkeypatch.setattr(manual, "sell_now", lambda _: pytest.fail("crash"))
    with pytest.raises(pytest.fail.Exception):
        removing.delete(bot=bot, position=Choice.CLOSE)
    monkeypatch.undo()
    assert not is_gone(bot)
    assert removing.go_on_all() == 1 and is_gone(bot)
    assert removing.go_on_all() == 0
    assert Fill.objects.filter(wallet=bot.wallet, side="sell").count() == 1


def test_keep_moves_the_coins_to_the_owner_and_ends_the_trade_at_the_price_of_now(alice, world):
    bot = holding(world, alice)
    entry = Fill.objects.get(wallet=bot.wallet)
    world.show(3, last=120.0)
    assert removing.delete(bot=bot, position=Choice.KEEP) and is_gone(bot)
    assert books.balance(alice, "paper_wallet", "BTC") == entry.quantity
    assert books.balance(alice, "paper_wallet", "USDT") == 1000 - entry.amount_quote - entry.fee
    assert books.balances(alice, "paper_bot", bot.pk) == {"BTC": 0, "USDT": 0}
    trade = Position.objects.get(wallet=bot.wallet)
    worth = entry.quantity * 120
    assert (trade.exit_reason, trade.quantity) == ("handed_over", 0)
    assert trade.realised_pnl == worth - entry.amount_quote - entry.fee
    row = performance_groups.grouped(alice, "bot")[0]
    assert (row["trades"], row["realised_pnl"]) == (1, trade.realised_pnl)
    assert books.faults() == []


def test_who_sells_may_still_be_told_to_keep(alice, world):
    bot = holding(world, alice)
    world.blind()
    assert not removing.delete(bot=bot, position=Choice.CLOSE)
    assert removing.delete(bot=bot, position=Choice.KEEP) and is_gone(bot)
    assert not Fill.objects.filter(side="sell").exists()
    assert not Order.objects.working().exists()


@pytest.mark.parametrize("choice", list(Choice))
def test_what_a_stopped_bot_kept_is_asked_about_too(alice, world, choice):
    bot = holding(world, alice)
    bots.stop(bot=bot, close_position=False)
    with pytest.raises(HoldsPosition):
        removing.delete(bot=bot)
    world.show(3, last=112.0)
    assert removing.delete(bot=bot, position=choice) and is_gone(bot)
    has_coins = books.balance(alice, "paper_wallet", "BTC") > 0
    assert has_coins == (choice == Choice.KEEP)
    assert books.balances(alice, "paper_bot", bot.pk) == {"BTC": 0, "USDT": 0}
    assert books.faults() == []


def test_at_an_exchange_it_goes_once_the_sale_is_confirmed(alice, real):
    bot = holding_there(real, alice)
    with clock.fixed(START_MS + 6 * MINUTE_MS + 9_000):
        assert not removing.delete(bot=bot, position=Choice.CLOSE)
        assert removing.go_on_all() == 0 and not is_gone(bot)
        real.settle()
        assert removing.go_on_all() == 1 and is_gone(bot)
    last = AccountOrder.objects.filter(wallet=bot.wallet).latest("pk")
    assert (last.side, last.type, last.status) == ("sell", "market", "filled")
    assert not AccountOrder.objects.working().exists()


def test_at_an_exchange_kept_coins_stay_there_and_the_stop_is_cancelled(alice, real):
    bot = holding_there(real, alice)
    before = real.market.balances["BTC"]
    with clock.fixed(START_MS + 6 * MINUTE_MS + 9_000):
        assert not removing.delete(bot=bot, position=Choice.KEEP)
        real.settle()
        assert removing.go_on_all() == 1 and is_gone(bot)
    assert real.market.balances["BTC"] == before
    assert not AccountOrder.objects.working().exists()


def test_what_a_stopped_bot_kept_at_an_exchange_is_sold_by_a_last_run(alice, real):
    bot = holding_there(real, alice)
    with clock.fixed(START_MS + 6 * MINUTE_MS + 9_000):
        bots.stop(bot=bot, close_position=False)
        real.settle()
        with pytest.raises(HoldsPosition):
            removing.delete(bot=bot)
        assert not removing.delete(bot=bot, position=Choice.CLOSE)
        real.settle()
        assert removing.go_on_all() == 1 and is_gone(bot)
    assert real.market.balances["BTC"] < D("0.01")
    assert Bot.objects.owned_by(alice).count() == 0
