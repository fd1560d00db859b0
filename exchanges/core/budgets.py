"""Budgets of calls: so much weight in any window of time, the last of it kept for what protects.

A window is cut into SLOTS slots of whole milliseconds, and what was taken in the current slot and
the SLOTS before it counts. Two moments less than a window apart are at most SLOTS slots apart, so
no window, wherever it begins, ever holds more than the limit. All arithmetic is on integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from exchanges.core.pacing import Priority

SLOTS = 20
NEVER = -1

# Percent of a budget that each priority may fill: who is less urgent is refused earlier.
SHARES = {Priority.PROTECT: 100, Priority.CLOSE: 95, Priority.OPEN: 80, Priority.DATA: 60}


class Scope(StrEnum):
    """Whom a venue counts: the address that calls, the account, or the address for calls without
    keys only."""

    IP = "ip"
    KEY = "key"
    PUBLIC = "public"


class Counted(StrEnum):
    """What a venue counts: the weight of every call, or only orders, one each."""

    CALLS = "calls"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `limit` in any window_ms; both positive."""

    scope: Scope
    counted: Counted
    window_ms: int
    limit: int

    @property
    def slot_ms(self) -> int:
        return -(-self.window_ms // SLOTS)

    def ceiling(self, priority: Priority) -> int:
        """How full the budget may be after a call of this priority; at least 1."""
        return max(1, self.limit * SHARES[priority] // 100)


@dataclass(slots=True)
class Window:
    """What was taken of a budget lately. now_ms may stand still or go back; it counts as still."""

    slot_ms: int
    slot: int = 0  # number of the current slot since the epoch
    taken: list[int] = field(default_factory=lambda: [0] * (SLOTS + 1))

    def used(self, now_ms: int) -> int:
        """Weight that counts at this moment."""
        self._roll(now_ms)
        return sum(self.taken)

    def wait_ms(self, now_ms: int, weight: int, ceiling: int, limit: int) -> int:
        """0: there is room; else milliseconds until there may be, or NEVER.

        A call that is heavier than its ceiling, but not than the limit, goes when nothing counts.
        """
        if weight > limit:
            return NEVER
        used = self.used(now_ms)
        if used + weight <= ceiling or used == 0:
            return 0
        for age in range(SLOTS, -1, -1):
            used -= self.taken[(self.slot - age) % (SLOTS + 1)]
            if used + weight <= ceiling or used == 0:
                return max(1, (self.slot - age + SLOTS + 1) * self.slot_ms - now_ms)
        raise AssertionError("unreachable: the slots add up to what is used")

    def take(self, now_ms: int, weight: int) -> None:
        """Counts it; `wait_ms` must have said 0 for it."""
        self._roll(now_ms)
        self.taken[self.slot % (SLOTS + 1)] += weight

    def _roll(self, now_ms: int) -> None:
        slot = max(self.slot, now_ms // self.slot_ms)
        for gone in range(self.slot + 1, min(slot, self.slot + SLOTS + 1) + 1):
            self.taken[gone % (SLOTS + 1)] = 0
        self.slot = slot
