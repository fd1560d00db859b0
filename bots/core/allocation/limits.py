"""Least and most weight of each asset, and weights brought within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bots.core.allocation.assets import Floats
from foundation.lib.errors import BadInput, FieldFault

ROUNDS = 200
# Weights below this are what a solver leaves of nothing.
NOTHING = 1e-6
SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Of each asset, in order; fractions of the whole, which is always invested."""

    least: Floats
    most: Floats

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        least: float = 0.0,
        most: float = 1.0,
        own: Mapping[str, tuple[float, float]] | None = None,
    ) -> Limits:
        """The same for all, but for those that have their own. BadInput where none can be met."""
        pairs = [(own or {}).get(name, (least, most)) for name in names]
        made = cls(np.array([one[0] for one in pairs]), np.array([one[1] for one in pairs]))
        made.check()
        return made

    def check(self) -> None:
        least, most = float(self.least.sum()), float(self.most.sum())
        if least > 1 + SLACK:
            words = f"the least weights add up to {least:.4g}, more than the whole (1); lower them"
            raise BadInput(f"min_weight: {words}", [FieldFault("min_weight", words)])
        if most < 1 - SLACK:
            words = f"the most weights add up to {most:.4g}, less than the whole (1); raise them"
            raise BadInput(f"max_weight: {words}", [FieldFault("max_weight", words)])

    def within(self, base: Floats) -> Floats:
        """Weights in proportion to `base` (0 or more), as far as the limits allow; they sum to 1.

        clip(scale * base) for the one scale that makes the sum right, found by bisection.
        """
        base = np.maximum(base, 0.0)
        base = base / base.max()
        base = np.where(base > NOTHING, base, NOTHING**2)
        low, high = 0.0, 2.0 / float(base.min())
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            if np.clip(middle * base, self.least, self.most).sum() < 1:
                low = middle
            else:
                high = middle
        weights = np.clip(high * base, self.least, self.most)
        weights = np.where((weights < NOTHING) & (self.least <= 0), 0.0, weights)
        whole: Floats = weights / weights.sum()
        return whole
