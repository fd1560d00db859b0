"""The kill switch: everything is closed, verified, and stays closed until its owner lifts it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.services import roles
from bots.models import BotRun
from bots.selectors import attention, open_things
from bots.services import bots, flattening, kill_switch
from bots.services.bots import NotStartable
from bots.tests.exchange import Connected
from bots.tests.world import START_MS, World, above, flat
from exchanges.models import (
    AccountHoldings,
    AccountOrder,
    KillSwitch,
    Order,
    Position,
)
from exchanges.selectors import wallets
from exchanges.services import account_orders, halts
from exchanges.services.paper import catalogue
from exchanges.services.risk_gate import RiskRefused
from exchanges.tests.credentials import account as connected
from exchanges.tests.paper.world import SWAP, PaperWorld, fund
from foundation.lib import clock

pytestmark = pytest.mark.django_db
D = Decimal
CLOSES = [100.0] * 5 + [111.0, 112.0, 112.0, 112.0]


@pytest.fixture
def paper(settings):
    return PaperWorld(settings)


@pytest.fixture
def world(paper):
    """Bots' candles on the very market that is traded by hand."""
    made = World(flat(*CLOSES), venue=paper.venue)
    catalogue.forget()
    return made.open_at(3)


def pulled(owner) -> KillSwitch:
    row = kill_switch.pull(owner=owner)
    found = kill_switch.verify(row.pk)
    assert found is not None
    return found


def test_bots_contracts_coins_and_orders_are_gone_and_that_is_verified(alice, paper, world):
    holding = world.bot(alice, above(110))
    waiting = world.bot(alice, above(500))
    world.run_to(6)
    fund(alice)
    paper.show()
    paper.place(alice, SWAP, quantity=1)
    paper.place(alice, quantity=2)
    paper.place(alice, type="limit", quantity=1, price="90")
    assert Position.objects.open().filter(wallet=holding.wallet).exists()
    told = open_things.find(alice).words()
    assert len(told) == 5, told
    row = pulled(alice)
    assert row.is_flat and row.left == []
    assert not Position.objects.open().exists()
    assert not Order.objects.working().exists()
    assert wallets.owned_of(alice, "BTC").total == 0
    for bot in (holding, waiting):
        bot.refresh_from_db()
        assert bot.status == "stopped"
    assert not BotRun.objects.filter(ended_at__isnull=True).exists()


def test_nothing_opens_until_its_owner_lifts_it(alice, bob, paper, world):
    bot = world.bot(alice, above(500))
    fund(alice)
    fund(bob)
    row = pulled(alice)
    assert kill_switch.pull(owner=alice).pk == row.pk, "a second click finds it on"
    with pytest.raises(RiskRefused):
        paper.place(alice, quantity=1)
    bot.refresh_from_db()
    with pytest.raises(NotStartable):
        bots.start(bot=bot)
    paper.place(bob, quantity=1)
    with pytest.raises(kill_switch.NotOn):
        kill_switch.lift(owner=bob)
    kill_switch.lift(owner=alice)
    paper.place(alice, quantity=1)
    bots.start(bot=bot)
    assert kill_switch.verify(row.pk) is None, "a lifted one closes nothing"
    assert Order.objects.filter(owner=alice, status="filled").count() == 1


def test_a_suspended_account_opens_nothing_and_closes_what_it_holds(alice, bob, paper, world):
    tempted, others = world.bot(alice, above(110)), world.bot(bob, above(110))
    fund(alice)
    paper.place(alice, quantity=1)
    roles.suspend(user=alice, by=None)
    world.run_to(7)
    assert not Position.objects.open().filter(wallet=tempted.wallet).exists()
    assert Position.objects.open().filter(wallet=others.wallet).exists()
    with pytest.raises(RiskRefused, match="suspended"):
        paper.place(alice, quantity=1)
    assert paper.place(alice, side="sell", quantity=1).status == "filled"
    roles.reactivate(user=alice, by=None)
    assert paper.place(alice, quantity=1).status == "filled"


def test_an_entry_that_was_on_its_way_is_closed_at_the_next_look(alice, paper, world):
    fund(alice)
    row = pulled(alice)
    KillSwitch.objects.filter(pk=row.pk).update(lifted_at=clock.now())
    paper.place(alice, SWAP, quantity=1)
    KillSwitch.objects.filter(pk=row.pk).update(lifted_at=None)
    assert kill_switch.verify_all() == 0
    assert paper.position(alice) is None


def test_a_crash_in_the_middle_is_resumed(alice, paper, world, monkeypatch):
    bot = world.bot(alice, above(110))
    world.run_to(6)
    fund(alice)
    paper.show()
    paper.place(alice, SWAP, quantity=1)
    row = kill_switch.pull(owner=alice)

    def dies(**_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(flattening.closing, "close", dies)
    with pytest.raises(KeyboardInterrupt):
        kill_switch.verify(row.pk)
    monkeypatch.undo()
    bot.refresh_from_db()
    assert bot.status == "stopped" and paper.position(alice) is not None
    assert kill_switch.verify_all() == 0
    assert paper.position(alice) is None
    row.refresh_from_db()
    assert row.is_flat


def test_what_cannot_be_closed_is_told_and_alarms_after_a_minute(alice, paper, world):
    bot = world.bot(alice, above(110))
    world.run_to(6)
    world.blind()
    row = pulled(alice)
    assert not row.is_flat and row.left == [f"The bot “{bot.name}” is stopping."]
    assert row.alarmed_at is None
    KillSwitch.objects.filter(pk=row.pk).update(started_at=clock.now() - timedelta(seconds=61))
    kill_switch.verify_all()
    row.refresh_from_db()
    assert row.alarmed_at is not None
    told = attention._kill_switch(alice)[0]
    assert "after a minute" in told.text and bot.name in told.text
    world.show(6)
    assert kill_switch.verify_all() == 0
    row.refresh_from_db()
    assert row.is_flat and row.alarmed_at is None


def test_coins_that_a_stopped_bot_kept_are_sold_and_their_money_comes_back(alice, paper, world):
    bot = world.bot(alice, above(110))
    world.run_to(6)
    bots.stop(bot=bot, close_position=False)
    assert Position.objects.open().filter(wallet=bot.wallet).exists()
    row = pulled(alice)
    assert row.is_flat
    assert not Position.objects.open().exists()
    owned = wallets.owned_of(alice, "USDT")
    assert owned.in_bots == 0 and D(995) < owned.free < D(1000)


@pytest.fixture
def real(alice):
    steps = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}
    world = World(flat(*CLOSES), venue="binance", steps=steps).open_at(3)
    made = Connected(alice, world)
    yield made
    made.close()


def close_candle(real: Connected, i: int) -> None:
    real.market.price = D(repr(float(real.world.candles.close[i - 1])))
    with clock.fixed(START_MS + i * 60_000 + 500):
        real.world.open_at(i)
        real.world.tick()
        real.settle()


def test_a_bot_at_an_exchange_sells_though_sending_was_stopped(alice, real):
    with clock.fixed(START_MS + 3 * 60_000 + 500):
        bot = real.bot(alice, above(110, stop_loss=0.05))
    close_candle(real, 6)
    assert real.market.balances["BTC"] > 1
    halts.stop(owner=alice, by="alice")
    row = kill_switch.pull(owner=alice)
    for _ in range(3):
        kill_switch.verify(row.pk)
        real.settle()
    bot.refresh_from_db()
    assert bot.status == "stopped"
    assert real.market.balances["BTC"] < D("0.001")
    with pytest.raises(halts.SendingHalted):
        account_orders.request(
            owner=alice, credential_id=real.account.pk, symbol="BTC/USDT", type="market",
            side="buy", quantity=D("0.1"),
        )  # fmt: skip
    halts.resume(owner=alice, by="alice")
    with pytest.raises(RiskRefused):
        account_orders.request(
            owner=alice, credential_id=real.account.pk, symbol="BTC/USDT", type="market",
            side="buy", quantity=D("0.1"),
        )  # fmt: skip
    row = kill_switch.verify(row.pk)
    assert row.is_flat, row.left


def test_a_contract_by_hand_at_an_exchange_is_closed_once_until_read_again(alice):
    account = connected(alice, "Main", venue="binanceusdm")
    AccountHoldings.objects.create(credential=account, read_at=clock.now() - timedelta(minutes=1))
    position = {"symbol": "BTC/USDT:USDT", "quantity": "-2", "mark_price": "100"}
    AccountHoldings.objects.update(positions=[position])
    row = pulled(alice)
    order = AccountOrder.objects.get()
    assert (order.side, order.quantity, order.reduce_only) == ("buy", 2, True)
    assert any("-2 of BTC/USDT:USDT is held at Main" in one for one in row.left)
    AccountOrder.objects.update(status="filled", filled_quantity=1, looked_at=clock.now())
    kill_switch.verify(row.pk)
    assert AccountOrder.objects.count() == 1, "the reading is older than the closing"
    later = clock.now() + timedelta(seconds=5)
    left = [{**position, "quantity": "-1"}]
    AccountHoldings.objects.update(positions=left, read_at=later)
    kill_switch.verify(row.pk)
    assert AccountOrder.objects.order_by("pk").last().quantity == 1
    AccountOrder.objects.update(status="filled", looked_at=clock.now())
    AccountHoldings.objects.update(positions=[], read_at=clock.now() + timedelta(seconds=5))
    assert kill_switch.verify(row.pk).is_flat
