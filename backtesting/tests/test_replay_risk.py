"""A bot that limits of risk held back is replayed with the same refusals, and its gaps say so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backtesting.services import parity, replay
from bots.models import BotRun
from bots.services import bots
from bots.tests.test_risk import ladder
from bots.tests.world import World, flat
from exchanges.models import Fill, Order, RiskLimits

pytestmark = pytest.mark.django_db
CLOSES = [100.0] * 6 + [98.5, 97.0, 96.0, 95.0, 99.0, 101.0, 101.0]


def test_refusals_are_part_of_the_record(alice, monkeypatch):
    RiskLimits.objects.create(owner=alice, exposure_coin=Decimal(450))
    world = World(flat(*CLOSES)).open_at(3)
    bot = ladder(alice, world, monkeypatch)
    world.run_to(12)
    assert Fill.objects.filter(wallet=bot.wallet).count() == 2
    assert Order.objects.filter(wallet=bot.wallet, status="rejected").count() == 1
    run = BotRun.objects.get(bot=bot)
    assert replay.replay(run).difference is None
    found = parity.compare(run)
    assert [one.cause for one in found.gaps] == [parity.Cause.REJECTION]
    assert "450" in found.gaps[0].words
    bots.stop(bot=bot)
