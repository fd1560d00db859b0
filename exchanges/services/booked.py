"""What booking hands from one step to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exchanges.core.market import MarketRules
from exchanges.models import Fill, Order, Position

RulesOf = Callable[[Order], MarketRules]


@dataclass(slots=True)
class Booked:
    """What one event changed. fill and position are None for an event that moved no money.

    source: of an exchange of coins, the position of the one given away.
    """

    order: Order
    fill: Fill | None = None
    position: Position | None = None
    source: Position | None = None
