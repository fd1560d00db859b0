"""A pause is part of the record: the replay, and the nightly comparison, keep it as it was."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.selectors import ledger as books
from backtesting.services import parity
from backtesting.services.replay import replay
from bots.models import BotHold, BotRun
from bots.services import bots
from bots.tests.core.building import spec_data
from bots.tests.world import World, grant, prices
from exchanges.models import Order
from exchanges.selectors import live
from tests.test_parity_bots import BOUNCE

pytestmark = pytest.mark.django_db
GRID = {"lower": 85.0, "upper": 115.0, "levels": 13}
RISKS = {
    "rules": {"stop_loss": 0.02},
    "resting entries": {
        "entry_order": {"type": "limit", "offset": 0.004, "expires_after": 20},
        "stop_loss": 0.02,
    },
}


def begin(owner, world, name):
    if name != "grid":
        return world.bot(owner, spec_data(**BOUNCE, risk=RISKS[name]), slippage="0.0005")
    bot = bots.create(
        owner=owner, name="Grid", venue=world.venue, symbol=world.symbol, allocation="1000",
        kind="grid", params=GRID, timeframe="1m",
    )  # fmt: skip
    grant(owner, 1000)
    return bots.start(bot=bot)


def run_of(bot):
    return BotRun.objects.select_related("bot").get(bot=bot)


@pytest.mark.parametrize("name", [*RISKS, "grid"])
def test_paused_twice_it_replays_as_it_lived(alice, name):
    world = World(prices(480, seed=3)).open_at(150)
    bot = begin(alice, world, name)
    for pause, resume in ((180, 260), (300, 301), (330, 420)):
        world.open_at(pause).tick()
        bots.pause(bot=bot)
        world.open_at(resume - 1).tick()
        world.open_at(resume).tick()
        bots.start(bot=bot)
    world.open_at(480).tick()
    run = run_of(bot)
    assert replay(run).difference is None
    found = parity.check(run)
    assert found.score == 1.0 and found.live >= 3
    assert set(found.causes) == {"rejection"}
    assert all("paused" in gap["words"] for gap in found.gaps)
    BotHold.objects.filter(run=run).delete()
    assert replay(run).difference is not None  # it is the pauses that make it so
    assert books.faults() == []


def test_what_rested_when_it_was_paused_is_taken_back_in_its_rows(alice):
    world = World(prices(480, seed=3)).open_at(150)
    bot = begin(alice, world, "grid")
    world.open_at(180).tick()
    resting = Order.objects.working().filter(wallet=bot.wallet, side="buy")
    assert resting.count() > 3
    bots.pause(bot=bot)
    world.open_at(181).tick()
    assert not resting.exists()


def test_a_silent_feed_is_kept_as_well(alice, monkeypatch):
    world = World(prices(480, seed=3)).open_at(150)
    made = [begin(alice, world, name) for name in RISKS]
    world.open_at(180).tick()
    with monkeypatch.context() as patch:
        patch.setattr(live, "is_stale", lambda *_: True)
        world.run_to(195)
    world.open_at(480).tick()
    for bot in made:
        assert replay(run_of(bot)).difference is None
        assert set(parity.check(run_of(bot)).causes) <= {"data"}


def test_the_command_says_so(alice):
    world = World(prices(480, seed=3)).open_at(150)
    bot = begin(alice, world, "rules")
    bots.pause(bot=bot)
    world.open_at(300).tick()
    bots.start(bot=bot)
    world.open_at(480).tick()
    said = StringIO()
    call_command("replay", str(bot.pk), stdout=said)
    assert "every decision and fill is as it was live" in said.getvalue()
