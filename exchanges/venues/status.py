"""How full each venue's limits are, for those who run the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exchanges.core.budgets import SLOTS, Budget, Scope
from exchanges.venues import pacer, venue_clock
from exchanges.venues.capabilities import name_of
from exchanges.venues.limits import LIMITS, limits_of
from exchanges.venues.venue_clock import Offset
from foundation.lib import clock
from foundation.lib.redis_client import client


@dataclass(frozen=True, slots=True)
class Used:
    """One budget of this address: what is taken of it now."""

    budget: Budget
    used: int

    @property
    def share(self) -> float:
        return self.used / self.budget.limit


@dataclass(frozen=True, slots=True)
class VenueStatus:
    """paused_until_ms: nobody calls before; None: calls go. shed: refused here in the last hour, by
    priority."""

    venue: str
    budgets: tuple[Used, ...]
    per_account: tuple[Budget, ...]
    paused_until_ms: int | None
    is_banned: bool
    shed: dict[str, int]
    offset: Offset | None

    @property
    def name(self) -> str:
        """As people call it."""
        return name_of(self.venue)


def statuses() -> list[VenueStatus]:
    """Every venue with limits of its own, by name."""
    return [status(venue) for venue in sorted(LIMITS)]


def status(venue: str) -> VenueStatus:
    budgets = limits_of(venue).budgets
    shared = [one for one in budgets if one.scope is not Scope.KEY]
    pipe = client().pipeline(transaction=False)
    for one in shared:
        pipe.hgetall(pacer.budget_key(venue, one, ""))
    pipe.pttl(pacer.pause_key(venue))
    pipe.get(pacer.pause_key(venue))
    pipe.hgetall(f"{pacer.base(venue)}:shed")
    *kept, left_ms, word, shed = pipe.execute()
    return VenueStatus(
        venue,
        tuple(Used(one, _used(one, state)) for one, state in zip(shared, kept, strict=True)),
        tuple(one for one in budgets if one.scope is Scope.KEY),
        clock.now_ms() + left_ms if left_ms > 0 else None,
        word == b"banned",
        {name.decode(): int(count) for name, count in shed.items()},
        venue_clock.last(venue),
    )


def _used(budget: Budget, kept: dict[bytes, Any]) -> int:
    """As the script would count it now."""
    size, before = SLOTS + 1, int(kept.get(b"slot", 0))
    slot = max(before, clock.now_ms() // budget.slot_ms)
    alive = range(max(before - size, slot - size) + 1, before + 1)
    return sum(int(kept.get(str(number % size).encode(), 0)) for number in alive)
