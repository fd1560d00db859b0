"""The first difference between two runs, and where it lies: for parity tests and replays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backtesting.core.result import Trade

EXACT_FIELDS = ("symbol", "side", "entry_time_ms", "exit_time_ms", "exit_reason")
STEP_FIELDS = ("entry_price", "exit_price", "quantity")
MONEY_FIELDS = ("pnl", "fees", "funding")


@dataclass(frozen=True, slots=True)
class Difference:
    """trade: its number from 0; field "count": one run has more trades than the other."""

    trade: int
    field: str
    left: object
    right: object

    def __str__(self) -> str:
        return f"trade {self.trade}: {self.field} is {self.left!r} against {self.right!r}"


def first_difference(
    left: Sequence[Trade],
    right: Sequence[Trade],
    *,
    step_tolerance: float = 0.0,
    money_tolerance: float = 0.0,
) -> Difference | None:
    """None when both made the same trades.

    step_tolerance, money_tolerance: relative; 0 asks for the very same floats. Money is compared
    relative to the trade's size, since a profit near 0 says little about precision.
    """
    for number, (one, other) in enumerate(zip(left, right, strict=False)):
        size = abs(one.entry_price * one.quantity)
        checks = [(name, 0.0) for name in EXACT_FIELDS]
        checks += [(name, step_tolerance * abs(getattr(one, name))) for name in STEP_FIELDS]
        checks += [(name, money_tolerance * size) for name in MONEY_FIELDS]
        for name, allowed in checks:
            a, b = getattr(one, name), getattr(other, name)
            if a != b and (allowed == 0 or abs(a - b) > allowed):
                return Difference(number, name, a, b)
    if len(left) != len(right):
        return Difference(min(len(left), len(right)), "count", len(left), len(right))
    return None
