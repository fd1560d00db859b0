"""Bots on connected accounts: one order a decision, stops that follow fills, books that add up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.models import BotLog, BotRun, Decision
from bots.services import account_books, account_runs, bots, sub_accounts
from bots.services.sub_accounts import TooLittle
from bots.tests.exchange import Connected
from bots.tests.world import START_MS, World, above, flat
from exchanges.models import AccountOrder
from foundation.lib import clock
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
D = Decimal
CLOSES = [100.0] * 5 + [111.0, 112.0, 113.0, 104.0, 103.0, 103.0]
MINUTE_MS = 60_000


@pytest.fixture
def world():
    steps = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}
    return World(flat(*CLOSES), venue="binance", steps=steps).open_at(3)


@pytest.fixture
def real(alice, world):
    made = Connected(alice, world)
    yield made
    made.close()


def close_candle(real: Connected, i: int) -> None:
    """Candle i - 1 has just closed."""
    world = real.world
    real.market.price = D(repr(float(world.candles.close[i - 1])))
    with clock.fixed(START_MS + i * MINUTE_MS + 500):
        world.open_at(i)
        world.tick()
        real.settle()


def orders(bot) -> list[tuple[str, str, str]]:
    rows = AccountOrder.objects.filter(wallet=bot.wallet).order_by("pk")
    return [(one.side, one.type, one.status) for one in rows]


def part(bot) -> account_books.Books:
    return account_books.read(BotRun.objects.select_related("bot").get(bot=bot))


def start(real, alice, spec, **fields):
    with clock.fixed(START_MS + 3 * MINUTE_MS + 500):
        return real.bot(alice, spec, **fields)


def test_it_buys_protects_moves_on_and_sells(alice, real):
    bot = start(real, alice, above(110, below=105, stop_loss=0.05))
    for i in (4, 5, 6):
        close_candle(real, i)
    assert orders(bot) == [("buy", "market", "filled"), ("sell", "stop_loss", "open")]
    stop = AccountOrder.objects.filter(wallet=bot.wallet).latest("pk")
    # 1000 at 111 with a fee of 0.04 % counted on: 9.005; the exchange took 0.1 % in coins.
    assert stop.quantity == D("8.995") and stop.trigger_price == D("105.5")
    for i in (7, 8, 9):
        close_candle(real, i)
    assert orders(bot)[1:] == [("sell", "stop_loss", "cancelled"), ("sell", "market", "filled")]
    books = part(bot)
    assert books.is_settled and not account_guards_hold(books)
    assert Decision.objects.filter(bot=bot).count() == 3
    posts = [seen for seen in real.exchange.seen if seen[0] == "POST"]
    assert len(posts) == 3


def account_guards_hold(books) -> bool:
    return any(one.quantity > D("0.01") for one in books.part.holdings.values())


def test_a_part_that_fills_is_protected_and_the_stop_grows_with_it(alice, real):
    real.market.in_parts = True
    bot = start(real, alice, above(110, stop_loss=0.05))
    for i in (4, 5, 6):
        close_candle(real, i)
    rows = AccountOrder.objects.filter(wallet=bot.wallet).order_by("pk")
    assert [one.status for one in rows] == ["partially_filled", "open"]
    half = rows[1].quantity
    real.market.fill(real.exchange.book, real.exchange.book.orders[rows[0].client_order_id])
    with clock.fixed(START_MS + 6 * MINUTE_MS + 9_000):
        real.settle()
    assert orders(bot) == [
        ("buy", "market", "filled"), ("sell", "stop_loss", "cancelled"),
        ("sell", "stop_loss", "open"),
    ]  # fmt: skip
    assert AccountOrder.objects.filter(wallet=bot.wallet).latest("pk").quantity > D("1.9") * half


def test_a_stop_that_is_not_confirmed_alarms_and_then_sells(alice, real):
    bot = start(real, alice, above(110, stop_loss=0.05))
    for i in (4, 5):
        close_candle(real, i)
    with clock.fixed(START_MS + 6 * MINUTE_MS + 500):
        real.world.open_at(6).tick()
        real.send()
        real.read()
    run_id = BotRun.objects.get(bot=bot).pk
    for late_s, alarms in ((1, 0), (32, 1), (40, 1), (122, 2)):
        with clock.fixed(START_MS + 6 * MINUTE_MS + late_s * 1000):
            account_runs.look(run_id)  # the stop is written; nobody sends it
        assert BotLog.objects.filter(bot=bot, kind="alarm").count() == alarms
    with clock.fixed(START_MS + 6 * MINUTE_MS + 123_000):
        account_runs.look(run_id)
        real.settle()
    assert orders(bot)[-1] == ("sell", "market", "filled")


def test_stopping_takes_orders_back_sells_and_ends(alice, real):
    bot = start(real, alice, above(110, stop_loss=0.05))
    for i in (4, 5, 6):
        close_candle(real, i)
    with clock.fixed(START_MS + 6 * MINUTE_MS + 9_000):
        bots.stop(bot=bot)
        real.settle()
    bot.refresh_from_db()
    assert bot.status == "stopped"
    assert orders(bot)[-1] == ("sell", "market", "filled")
    assert not AccountOrder.objects.working().exists()


def test_stopping_may_keep_the_coins_and_the_next_run_has_them(alice, real):
    bot = start(real, alice, above(110, below=105, stop_loss=0.05))
    for i in (4, 5, 6):
        close_candle(real, i)
    with clock.fixed(START_MS + 6 * MINUTE_MS + 9_000):
        bots.stop(bot=bot, close_position=False)
        real.settle()
        bot.refresh_from_db()
        assert bot.status == "stopped"
        bot = bots.start(bot=bot)
    held = part_of_newest(bot).holdings["BTC/USDT"]
    assert held.quantity > 8
    for i in (7, 8, 9):
        close_candle(real, i)
    assert orders(bot)[-1] == ("sell", "market", "filled")


def part_of_newest(bot):
    run = BotRun.objects.select_related("bot").filter(bot=bot).latest("pk")
    return account_books.read(run).part


def test_a_late_candle_opens_nothing(alice, real):
    bot = start(real, alice, above(110))
    close_candle(real, 4)
    with clock.fixed(START_MS + 6 * MINUTE_MS + 25_000):
        real.world.open_at(6).tick()
        real.settle()
    assert orders(bot) == []


def test_what_bots_do_on_paper_only_is_refused(alice, real):
    with pytest.raises(BadInput, match=r"risk\.scale_out"):
        start(real, alice, above(110, scale_out=[{"at": 0.1, "part": 0.5}]))


def test_two_bots_share_an_account_and_no_third_gets_what_is_not_there(alice, real):
    real.market.balances["USDT"] = D(1500)
    first = start(real, alice, above(110), allocation="1000")
    start(real, alice, above(120), allocation="500")
    with pytest.raises(TooLittle, match="has 0 USDT to spare"):
        start(real, alice, above(130), allocation="1")
    for i in (4, 5, 6):
        close_candle(real, i)
    assert orders(first) == [("buy", "market", "filled")]
    assert sub_accounts.reconcile(real.account.pk) == []


def test_coins_that_went_elsewhere_pause_the_bot_at_the_second_reading(alice, real):
    bot = start(real, alice, above(110))
    for i in (4, 5, 6):
        close_candle(real, i)
    real.market.balances["BTC"] -= 1
    for minute, status in ((7, "running"), (8, "paused")):
        with clock.fixed(START_MS + minute * MINUTE_MS):
            real.read()
            missing = sub_accounts.reconcile(real.account.pk)
        bot.refresh_from_db()
        assert [one.asset for one in missing] == ["BTC"] and bot.status == status
    assert "does not add up" in bot.status_reason and "BTC" in bot.status_reason
