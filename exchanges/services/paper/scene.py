"""Scene: where an order is worked off."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.core.book import Quote
from exchanges.models import Market
from exchanges.services.paper.desk import Desk
from exchanges.services.paper.risk import Marks


@dataclass(slots=True)
class Scene:
    """Where an order is worked off: the desk, the market, its prices."""

    desk: Desk
    market: Market
    quote: Quote
    marks: Marks
