"""Balances and positions as they were told last: only what is not so any more is news."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from exchanges.core.account_stream import AccountBalance, AccountPosition


@dataclass(slots=True)
class News:
    """count: how many were news so far."""

    count: int = 0
    _balances: dict[str, AccountBalance] = field(default_factory=dict)
    _positions: dict[tuple[str, str], AccountPosition] = field(default_factory=dict)

    def of_balances(self, told: Iterable[AccountBalance]) -> list[AccountBalance]:
        fresh = [one for one in told if self._balances.get(one.asset) != one]
        self._balances |= {one.asset: one for one in fresh}
        self.count += len(fresh)
        return fresh

    def of_positions(self, told: Iterable[AccountPosition]) -> list[AccountPosition]:
        """That one is closed is told each time, and nothing of it is remembered: the next one may
        look just the same."""
        fresh = []
        for one in told:
            key = (one.symbol, one.side)
            if not one.quantity:
                sides = ("long", "short") if one.side == "both" else (one.side,)
                for side in sides:
                    self._positions.pop((one.symbol, side), None)
            elif self._positions.get(key) == one:
                continue
            else:
                self._positions[key] = one
            fresh.append(one)
        self.count += len(fresh)
        return fresh

    def only(
        self, balances: Iterable[AccountBalance], positions: Iterable[AccountPosition]
    ) -> list[AccountPosition]:
        """These are all there are; positions that were told and are gone, as closed."""
        assets = {one.asset for one in balances}
        held = {(one.symbol, one.side) for one in positions}
        self._balances = {name: one for name, one in self._balances.items() if name in assets}
        gone = [key for key in self._positions if key not in held]
        nothing = Decimal(0)
        return [AccountPosition(*self._without(key), nothing, nothing, nothing) for key in gone]

    def _without(self, key: tuple[str, str]) -> tuple[str, str]:
        del self._positions[key]
        return key
