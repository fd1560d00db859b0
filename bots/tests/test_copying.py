"""A bot that copies: whom it may follow, and that each fill of the leader's reaches it once."""

from __future__ import annotations

import pytest

from bots.models import BotEvent, BotRun
from bots.services import bots
from bots.tests.world import World, above, flat, grant
from exchanges.models import Fill
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
CLOSES = (100, 100, 111, 111, 104, 104, 104, 112, 112, 112)


@pytest.fixture
def world():
    return World(flat(*CLOSES)).open_at(1)


@pytest.fixture
def leader(world, alice):
    return world.bot(alice, above(110, below=105))


def follow(owner, world, leader_id, **fields):
    values = {"symbol": world.symbol, "allocation": "500"} | fields
    bot = bots.create(
        owner=owner, name="Copy", venue=world.venue, kind="copy", timeframe="1m",
        params={"leader": leader_id, "share": 0.5}, **values,
    )  # fmt: skip
    grant(owner, values["allocation"])
    return bots.start(bot=bot)


def fills(bot):
    rows = Fill.objects.filter(wallet=bot.wallet).order_by("pk")
    return [(row.side, row.time_ms) for row in rows]


def test_each_fill_is_copied_one_candle_later_and_once(alice, world, leader):
    copy = follow(alice, world, leader.pk)
    world.run_to(10)
    minute = 60_000
    assert len(fills(leader)) >= 2
    told = [(side, at + minute) for side, at in fills(leader) if at + minute <= world.time(9)]
    assert fills(copy) == told
    assert BotEvent.objects.filter(run__bot=copy).count() == len(fills(leader))


def test_half_of_the_leaders_part(alice, world, leader):
    copy = follow(alice, world, leader.pk)
    world.run_to(5)
    bought = Fill.objects.get(wallet=copy.wallet, side="buy")
    assert float(bought.amount_quote) == pytest.approx(250, rel=0.01)


def test_a_follower_that_comes_late_hears_each_fill_at_its_own_close(alice, world, leader):
    copy = follow(alice, world, leader.pk)
    world.open_at(10).tick()
    events = BotEvent.objects.filter(run__bot=copy)
    assert [row.taken_ms for row in events] == [row.due_ms for row in events]
    assert BotRun.objects.get(bot=copy).last_candle_ms == world.time(9)


def test_only_another_bot_of_ones_own_is_followed(alice, bob, world, leader):
    for number in (leader.pk, 999_999):
        with pytest.raises(BadInput, match="another bot of yours"):
            follow(bob, world, number)


def test_a_leader_of_another_symbol_is_refused(alice, world, leader):
    World(flat(*CLOSES), venue=world.venue, symbol="ETH/USDT").open_at(1)
    with pytest.raises(BadInput, match="this bot would trade ETH/USDT"):
        follow(alice, world, leader.pk, symbol="ETH/USDT")
