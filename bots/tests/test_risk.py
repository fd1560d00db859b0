"""Bots at the gate of risk: in batches, on the venue in memory, and on connected accounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots.core.kinds import KINDS
from bots.core.kinds.base import Desk
from bots.models import BotLog, BotRun
from bots.services import bots
from bots.tests.world import START_MS, World, above, flat, grant
from exchanges.models import Order, Position, RiskLimits, RiskRefusal
from exchanges.services import risk_gate
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
D = Decimal
CLOSES = [100.0] * 5 + [111.0, 112.0, 104.0, 111.0, 112.0, 104.0, 111.0, 112.0, 112.0]


@pytest.fixture
def world():
    return World(flat(*CLOSES)).open_at(3)


def orders(bot) -> list[tuple[str, str]]:
    rows = Order.objects.filter(wallet=bot.wallet).order_by("pk")
    return list(rows.values_list("side", "status"))


def refused(**only) -> list[tuple[str, str]]:
    return list(RiskRefusal.objects.filter(**only).order_by("pk").values_list("wallet", "rule"))


def test_an_entry_beyond_a_limit_is_not_ordered_and_its_owner_is_told(alice, world):
    RiskLimits.objects.create(owner=alice, exposure_coin=D(1500))
    made = [world.bot(alice, above(110, below=105)) for _ in range(3)]
    world.run_to(6)
    assert [orders(bot) for bot in made] == [[("buy", "filled")], [], []]
    assert refused() == [(bot.wallet, "exposure_coin") for bot in made[1:]]
    line = BotLog.objects.get(bot=made[1], kind="risk")
    assert line.level == "warning" and "1500" in line.message
    assert line.data["risk"][0]["rule"] == "exposure_coin"


def test_exits_go_whatever_the_limits(alice, world):
    bot = world.bot(alice, above(110, below=105))
    world.run_to(6)
    RiskLimits.objects.create(
        owner=None, exposure_coin=D(1), leverage=D("0.01"), orders_hour=1, daily_loss=D("0.01")
    )
    world.run_to(9)
    assert orders(bot) == [("buy", "filled"), ("sell", "filled")]
    world.run_to(10)
    assert orders(bot) == [("buy", "filled"), ("sell", "filled")], "and nothing opens"
    assert refused()


def test_bots_and_orders_by_hand_share_the_room(alice, bob, world):
    RiskLimits.objects.create(owner=None, leverage=D(1))
    first, other = world.bot(alice, above(110)), world.bot(bob, above(110))
    world.run_to(6)
    assert orders(first) == orders(other) == [("buy", "filled")]


def queries(world, i: int) -> int:
    """Of the tick in which candle i - 1 has closed."""
    world.open_at(i)
    with CaptureQueriesContext(connection) as asked:
        world.tick()
    return len(asked)


def test_a_batch_asks_once_for_all_its_owners_and_only_when_it_enters(
    alice, bob, world, monkeypatch
):
    real, asked = risk_gate.opened, []

    def opened(owner_ids, **named):
        with CaptureQueriesContext(connection) as seen:
            gate = real(owner_ids, **named)
        asked.append((set(owner_ids), len(seen)))
        return gate

    monkeypatch.setattr(risk_gate, "opened", opened)
    for owner in (alice, bob):
        for _ in range(5):
            world.bot(owner, above(110, below=105))
    world.run_to(5)
    assert asked == [], "nobody wants anything"
    world.run_to(6)
    assert asked == [({alice.pk, bob.pk}, 1)]
    world.run_to(8)
    assert Order.objects.filter(side="sell").count() == 10
    assert len(asked) == 1, "exits are not asked about"


def test_questions_of_the_gate_do_not_grow_with_owners_who_have_limits(make_user):
    def asked(name: str, owners: int) -> int:
        world = World(flat(*CLOSES)).open_at(3)
        made = [world.bot(make_user(f"{name}{i}"), above(110)) for i in range(owners)]
        found = queries(world, 6)
        assert [orders(bot) for bot in made] == [[("buy", "filled")]] * owners
        return found

    without = asked("few", 2), asked("many", 12)
    RiskLimits.objects.create(owner=None, leverage=D(3))
    limited = asked("fewer", 2), asked("more", 12)
    assert limited[0] > without[0], "they are held, and weighed"
    assert limited[1] - without[1] == limited[0] - without[0]


def test_the_bots_own_trades_a_day_and_pause_after_a_loss(alice, world):
    once = world.bot(alice, above(110, below=105), risk={"trades_day": 1})
    rests = world.bot(alice, above(110, below=105), risk={"cooldown_minutes": 3})
    free = world.bot(alice, above(110, below=105))
    world.run_to(13)
    assert [side for side, _ in orders(free)] == ["buy", "sell", "buy", "sell", "buy"]
    assert [side for side, _ in orders(once)] == ["buy", "sell"]
    assert refused(wallet=once.wallet)[0] == (once.wallet, "bot_trades_day")
    assert Position.objects.filter(wallet=rests.wallet, realised_pnl__lt=0).exists()
    assert refused(wallet=rests.wallet)[0] == (rests.wallet, "bot_cooldown")


def test_the_bots_own_loss_of_a_day_counts_from_its_equity_at_midnight(alice, world):
    bot = world.bot(alice, above(110, below=105), risk={"daily_loss": 0.05})
    world.run_to(13)
    run = BotRun.objects.get(bot=bot)
    assert (run.day_ms, run.day_equity) == (START_MS, 1000)
    assert [side for side, _ in orders(bot)] == ["buy", "sell"]
    assert refused(wallet=bot.wallet)[0] == (bot.wallet, "bot_daily_loss")


def test_a_fault_of_a_bots_own_limits_names_its_field(alice, world):
    with pytest.raises(BadInput) as fault:
        world.bot(alice, above(110), risk={"daily_loss": 7})
    assert [one.path for one in fault.value.faults] == ["risk.daily_loss"]


class Ladder:  # its replay: backtesting/tests/test_replay_risk.py
    """Three resting buys below the price, again at each close that has none."""

    def __init__(self, sent: int = 0) -> None:
        self.sent = sent

    def on_event(self, desk: Desk, event) -> None: ...
    def on_fill(self, desk: Desk, told) -> None: ...

    def on_candle(self, desk: Desk) -> None:
        if self.sent == 0:
            for i in range(3):
                desk.send("BTC/USDT", 1, amount=200.0, kind="limit", price=99.0 - i, tag=f"b{i}")
            self.sent = 1

    def state(self):
        return {"sent": self.sent}


class LadderKind:
    name, title, summary, params, inputs = "ladder", "Ladder", "Three buys", (), ""
    backtests, wallet, own = "", False, ""

    def faults(self, values, *, allocation, market):
        return []

    def symbols(self, values, symbol):
        return (symbol,)

    def make(self, values, state=None):
        return Ladder(**(state or {}))


def ladder(alice, world, monkeypatch, **fields):
    monkeypatch.setitem(KINDS, "ladder", LadderKind())
    grant(alice, 1000)
    made = bots.create(
        owner=alice, name="Ladder", kind="ladder", params={}, timeframe="1m", venue=world.venue,
        symbol=world.symbol, allocation="1000", **fields,
    )  # fmt: skip
    return bots.start(bot=made)


def test_an_order_refused_on_the_venue_in_memory_says_why(alice, world, monkeypatch):
    RiskLimits.objects.create(owner=alice, exposure_coin=D(450))
    bot = ladder(alice, world, monkeypatch)
    world.run_to(5)
    rows = list(Order.objects.filter(wallet=bot.wallet).order_by("pk"))
    assert [one.status for one in rows] == ["open", "open", "rejected"]
    assert "450" in rows[2].detail
    assert refused() == [(bot.wallet, "exposure_coin")]
    assert BotLog.objects.filter(bot=bot, kind="risk").count() == 1
    world.run_to(8)
    bot.refresh_from_db()
    assert bot.status == "running", "it adds up, and goes on"


def test_the_own_trades_of_a_day_on_the_venue_in_memory(alice, world, monkeypatch):
    bot = ladder(alice, world, monkeypatch, risk={"trades_day": 2})
    world.run_to(5)
    statuses = Order.objects.filter(wallet=bot.wallet).order_by("pk")
    assert [one.status for one in statuses] == ["open", "open", "rejected"]
    assert refused() == [(bot.wallet, "bot_trades_day")]
