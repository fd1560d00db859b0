"""Strategies as lists and details; a strange one is as absent as a missing one."""

from __future__ import annotations

from typing import Any

from bots.core.strategy.spec import parse
from bots.core.strategy.wording import summary
from bots.models import Strategy
from bots.models.strategy import StrategyQuerySet
from foundation.lib.errors import BadInput, NotFound


def owned(user: Any) -> StrategyQuerySet:
    """The user's own, newest change first."""
    return Strategy.objects.owned_by(user).select_related("owner")


def public() -> StrategyQuerySet:
    """What anyone signed in may read, clone and backtest."""
    return Strategy.objects.public().select_related("owner")


def get_owned(user: Any, strategy_id: int) -> Strategy:
    """To change it: the owner's only."""
    return _one(owned(user), strategy_id)


def get_visible(user: Any, strategy_id: int) -> Strategy:
    """To read it, clone it or run it: the owner's, or public."""
    return _one(Strategy.objects.visible_to(user).select_related("owner"), strategy_id)


def summary_of(strategy: Strategy) -> list[str]:
    """The strategy in plain sentences; empty where today's grammar no longer reads its spec."""
    try:
        return summary(parse(strategy.spec))
    except BadInput:
        return []


def _one(strategies: StrategyQuerySet, strategy_id: int) -> Strategy:
    found = strategies.filter(pk=strategy_id).first()
    if found is None:
        raise NotFound("no such strategy")
    return found
