"""From a strategy to a running bot in one step."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.models import User
from bots.models import Bot
from bots.services import bots, strategies
from bots.services.bot_checks import NAME_CHARS_MAX


@transaction.atomic
def deploy(*, owner: User, spec: object = None, name: str = "", **asked: Any) -> Bot:
    """Create a bot and start it; where one of the two is refused, nothing is left.

    spec: of a strategy that is stored first. name: the strategy's without one. asked: as
    `bots.create` takes it, and raises what it and `bots.start` raise.
    """
    if spec is not None:
        asked["strategy"] = strategies.create(owner=owner, spec=spec)
    if not name and asked.get("strategy") is not None:
        name = asked["strategy"].name[:NAME_CHARS_MAX]
    return bots.start(bot=bots.create(owner=owner, name=name, **asked))
