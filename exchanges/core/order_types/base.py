"""What a type of order is: the fields it needs, when it acts, and what it then does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from exchanges.core.orders import Side
from foundation.lib.registry import Registry


class Trigger(StrEnum):
    """What an order waits for before it is a market or limit order."""

    NONE = ""
    STOP = "stop"  # the price has come against the holder: buy above, sell below
    TAKE = "take"  # the price has come for the holder: buy below, sell above
    TRAIL = "trail"  # a stop that hangs behind the best price


class When(StrEnum):
    """On which side of a level an order acts."""

    NEVER = ""
    BELOW = "below"  # at the level or below it
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class OrderType:
    """needs: fields that must be given, may: that can be. rests: it becomes a limit order."""

    key: str
    name: str
    meaning: str
    needs: frozenset[str]
    may: frozenset[str]
    trigger: Trigger
    rests: bool

    def acts_when(self, side: Side, *, is_triggered: bool) -> When:
        """On which side of its level it acts next: trigger first, then the limit price."""
        buys = side == Side.BUY
        if self.trigger and not is_triggered:
            return When.ABOVE if (self.trigger is Trigger.TAKE) != buys else When.BELOW
        if self.rests:
            return When.BELOW if buys else When.ABOVE
        return When.NEVER


ORDER_TYPES: Registry[OrderType] = Registry("order type")


def order_type(
    key: str,
    name: str,
    meaning: str,
    *,
    needs: str = "",
    may: str = "",
    trigger: Trigger = Trigger.NONE,
    rests: bool = False,
) -> OrderType:
    """Declare a type; fields as one line of words."""
    declared = OrderType(
        key, name, meaning, frozenset(needs.split()), frozenset(may.split()), trigger, rests
    )
    return ORDER_TYPES.add(key, declared)
