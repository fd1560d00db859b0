"""What a call to a venue asks of the limits it shares with all others."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol


class Priority(IntEnum):
    """Who goes first when a budget is short; data is the first to be shed."""

    PROTECT = 0  # cancels, stops, what makes a position smaller in an emergency
    CLOSE = 1
    OPEN = 2
    DATA = 3


class Pacer(Protocol):
    """The limits of one venue, shared by every process. account "": a call without keys."""

    def take(self, account: str, weight: int, priority: Priority, *, order: bool = False) -> None:
        """Waits for room, at most as long as the priority may; VenueFault RATE_LIMITED if none.

        order: counts against the venue's number of orders as well.
        """
        ...

    def refused(self, account: str, retry_after_s: float | None, *, banned: bool = False) -> None:
        """The venue said 429, or 418 (banned): nobody calls until it is over."""
        ...

    def offset_ms(self) -> int:
        """What to add to our clock for the venue's, as last measured."""
        ...
