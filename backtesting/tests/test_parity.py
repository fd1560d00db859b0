"""Runs of every sort held against their backtests; what differs is told with its cause."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from backtesting.services import parity
from bots.models import BotParity, BotRun
from bots.services import bots
from bots.tests.core.building import spec_data
from bots.tests.world import World, prices
from exchanges.models import Fill
from tests.test_parity_bots import BOUNCE

pytestmark = pytest.mark.django_db
SCALED = {"scale_in": [{"at": -0.003, "size": 0.5}], "max_position_size": 0.4, "stop_loss": 0.02}


def lived(owner, risk) -> BotRun:
    world = World(prices(420, seed=3)).open_at(150)
    bot = world.bot(owner, spec_data(**BOUNCE, risk=risk), allocation="1000.37", slippage="0.0005")
    while world.now < 420:
        world.open_at(min(420, world.now + 30)).tick()
    return BotRun.objects.select_related("bot").get(bot=bot)


@pytest.mark.parametrize("risk", [{"stop_loss": 0.02}, SCALED])
def test_a_run_that_kept_its_word_scores_one(alice, risk):
    run = lived(alice, risk)
    assert parity.check_all() == 1
    found = BotParity.objects.get(run=run)
    assert (found.score, found.gaps, found.words) == (1.0, [], "")
    assert found.expected == found.live > 4
    assert parity.check_all() == 0  # nothing has moved since


@pytest.mark.parametrize("risk", [{"stop_loss": 0.02}, SCALED])
def test_a_fill_at_another_price_is_found(alice, risk):
    run = lived(alice, risk)
    fill = Fill.objects.filter(wallet=run.bot.wallet, side="buy").order_by("pk").first()
    Fill.objects.filter(pk=fill.pk).update(price=fill.price * 2)
    found = parity.check(run)
    assert found.causes == {"price": 1} and 0 < found.score < 1


def test_what_a_pause_kept_from_being_bought_is_no_fault_of_the_signal(alice):
    world = World(prices(420, seed=3)).open_at(150)
    bot = world.bot(alice, spec_data(**BOUNCE, risk={"stop_loss": 0.02}))
    bots.pause(bot=bot)
    world.open_at(420).tick()
    found = parity.check(BotRun.objects.select_related("bot").get(bot=bot))
    assert found.live == 0 and set(found.causes) == {"rejection"}
    assert "paused" in found.gaps[0]["words"]


def test_the_command_replays_a_run_on_the_venue_in_memory(alice):
    run = lived(alice, SCALED)
    said = StringIO()
    call_command("replay", str(run.bot_id), stdout=said)
    assert "every decision and fill is as it was live" in said.getvalue()
    fill = Fill.objects.filter(wallet=run.bot.wallet).order_by("pk").first()
    Fill.objects.filter(pk=fill.pk).update(price=fill.price + 1)
    with pytest.raises(SystemExit):
        call_command("replay", str(run.bot_id), stdout=said)
    assert "first difference: live filled" in said.getvalue()
