"""What a bot or a backtest that uses a strategy means for its deletion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.core.lifecycle import BotStatus
from bots.models import Bot, Strategy
from bots.services import strategies
from foundation.lib.errors import Conflict


@pytest.fixture
def mine(alice, ema_spec) -> Strategy:
    return strategies.create(owner=alice, spec=ema_spec)


def bot_of(strategy: Strategy, status: BotStatus) -> Bot:
    return Bot.objects.create(
        owner=strategy.owner,
        strategy=strategy,
        name=f"{status} bot",
        venue="simulated",
        symbol="BTC/USDT",
        allocation=Decimal(100),
        status=status,
    )


@pytest.mark.parametrize("status", ["running", "paused", "stopping"])
def test_an_active_bot_keeps_its_strategy(mine, status):
    bot_of(mine, BotStatus(status))
    with pytest.raises(Conflict, match=f"{status} bot"):
        strategies.delete(strategy=mine)


def test_a_stopped_bot_goes_on_with_its_own_copy(mine):
    bot = bot_of(mine, BotStatus.STOPPED)
    strategies.delete(strategy=mine)
    bot.refresh_from_db()
    assert bot.strategy is None


def test_two_editors_and_one_winner(mine, ema_spec):
    strategies.update(strategy=mine, version=1, spec={**ema_spec, "name": "First"})
    with pytest.raises(Conflict, match="reload"):
        strategies.update(strategy=mine, version=1, spec={**ema_spec, "name": "Second"})
    mine.refresh_from_db()
    assert (mine.name, mine.version) == ("First", 2)


def test_an_equal_spec_has_an_equal_fingerprint(alice, mine, ema_spec):
    again = strategies.create(owner=alice, spec=dict(reversed(ema_spec.items())))
    assert again.fingerprint == mine.fingerprint
