"""A signal on its way: from the webhook to an order on paper, once, also after a crash."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client

from backtesting.services import replay_sessions
from bots.core.kinds import KINDS
from bots.models import BotRun, BotSignal
from bots.selectors.signal_outcomes import outcomes
from bots.services import bots, hooks, playing
from bots.tests.hearing import Hearing
from bots.tests.world import World, flat, grant
from exchanges.models import Fill
from foundation.lib import clock

pytestmark = pytest.mark.django_db
MINUTE = 60_000


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setitem(KINDS, "hearing", Hearing())
    return World(flat(100, 101, 102, 103, 104, 105, 106, 107)).open_at(2)


@pytest.fixture
def bot(world, alice):
    made = bots.create(
        owner=alice, strategy=None, kind="hearing", params={}, timeframe="1m", name="Ears",
        venue=world.venue, symbol=world.symbol, allocation="1000",
    )  # fmt: skip
    grant(alice, "1000")
    with clock.fixed(world.time(2)):
        return bots.start(bot=made)


@pytest.fixture
def post(bot):
    _, token = hooks.make(bot=bot)

    def send(at_ms, **body):
        with clock.fixed(at_ms):
            answer = Client().post(
                f"/api/hooks/{token}", json.dumps(body), content_type="application/json"
            )
        assert answer.status_code == 202

    return send


def fills(bot):
    rows = Fill.objects.filter(wallet=bot.wallet).order_by("pk")
    return [(row.side, row.time_ms) for row in rows]


def test_a_signal_is_acted_on_at_the_close_after_it(world, bot, post):
    post(world.time(2) + 30_000, action="buy", amount=500, id="1")
    world.run_to(5)
    post(world.time(5) + 1, action="close", id="2")
    world.run_to(8)
    assert fills(bot) == [("buy", world.time(3)), ("sell", world.time(6))]
    rows = BotSignal.objects.order_by("pk").values_list("state", "taken_ms")
    assert list(rows) == [
        ("taken", world.time(2) + MINUTE), ("taken", world.time(5) + MINUTE)
    ]  # fmt: skip
    told = outcomes(bot, BotSignal.objects.order_by("pk"))
    assert [words.split()[0] for words in told.values()] == ["Bought", "Sold"]
    assert "BTC at 102" in next(iter(told.values()))


def test_a_signal_that_came_to_nothing_says_why(world, bot, post):
    post(world.time(2) + 30_000, action="close", id="1")
    world.run_to(4)
    row = BotSignal.objects.get()
    assert outcomes(bot, [row]) == {row.pk: "Sell order rejected; The order was refused."}


def test_a_replay_of_the_run_hears_the_same_signals(world, bot, post):
    post(world.time(2) + 30_000, action="buy", amount=500, id="1")
    post(world.time(5) + 1, action="close", id="2")
    world.run_to(8)
    run = BotRun.objects.get(bot=bot)
    steps = replay_sessions.replayed(run)
    assert sum(len(step.fills) for step in steps) == 2
    assert replay_sessions.difference(run, steps) is None


def test_late_ticks_act_on_each_signal_at_its_own_close(world, bot, post):
    post(world.time(2) + 1, action="buy", id="1")
    post(world.time(4) + 1, action="close", id="2")
    world.open_at(8)
    world.tick()
    assert fills(bot) == [("buy", world.time(3)), ("sell", world.time(5))]


def test_a_tick_that_dies_gives_the_signal_to_the_next_one(world, bot, post, monkeypatch):
    post(world.time(2) + 1, action="buy", id="1")
    with monkeypatch.context() as patch:
        patch.setattr(playing, "_save", lambda *_: 1 / 0)
        world.open_at(3)
        world.tick()
    assert BotSignal.objects.get().state == "accepted"
    assert fills(bot) == []
    world.run_to(5)
    assert fills(bot) == [("buy", world.time(3))]


def test_a_bot_that_hears_nothing_asks_nothing(world, bot, monkeypatch):
    monkeypatch.setattr(KINDS["hearing"], "inputs", "")
    with connection.execute_wrapper(_no_signals):
        world.run_to(4)


def _no_signals(execute, sql, *arguments):
    assert "bots_botsignal" not in sql
    return execute(sql, *arguments)
