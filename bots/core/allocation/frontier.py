"""The efficient frontier: the least risk for each return that the limits allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bots.core.allocation.assets import Assets
from bots.core.allocation.limits import Limits
from bots.core.allocation.methods import STILL, figures, mean_risk, weigh
from bots.core.allocation.methods import best_mean as highest_mean

POINTS = 25
SAME = 1e-6


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """expected_return and volatility per year; weights by name."""

    expected_return: float
    volatility: float
    weights: Mapping[str, float]


def frontier(assets: Assets, limits: Limits, points: int = POINTS) -> list[FrontierPoint]:
    """From the mix of least risk to that of highest return; one point where both are the same.

    None at all where an asset did not move: its risk is unknown.
    """
    returns = assets.returns
    safest, remark = weigh(returns, "minimum_variance", limits)
    if remark == STILL:
        return []
    made = [safest]
    low, high = float(returns.mean(axis=0) @ safest), highest_mean(returns, limits)
    if high - low > SAME * returns.std():
        # A hair below the highest, where rounding would leave no mix at all. The fit takes
        # returns in units of their deviation, and so the targets.
        targets = np.linspace(low, high - SAME * (high - low), points) / returns.std()
        found = mean_risk(returns, limits, min_return=targets)
        made = [limits.within(weights) for weights in np.atleast_2d(found)]
    listed = []
    for weights in made:
        mean, risk = figures(returns, weights, assets.periods_per_year)
        by_name = dict(zip(assets.names, weights.tolist(), strict=True))
        listed.append(FrontierPoint(mean, risk, by_name))
    return sorted(listed, key=lambda one: (one.volatility, one.expected_return))
