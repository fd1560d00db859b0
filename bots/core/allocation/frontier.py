"""The efficient frontier: the least risk for each return that the limits allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bots.core.allocation.assets import Assets
from bots.core.allocation.limits import Limits
from bots.core.allocation.methods import best_mean as highest_mean
from bots.core.allocation.methods import figures, mean_risk, weigh

POINTS = 25


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """expected_return and volatility per year; weights by name."""

    expected_return: float
    volatility: float
    weights: Mapping[str, float]


def frontier(assets: Assets, limits: Limits, points: int = POINTS) -> list[FrontierPoint]:
    """From the mix of least risk to that of highest return; one point where both are the same."""
    returns = assets.returns
    safest, _ = weigh(returns, "minimum_variance", limits)
    made = [safest]
    if highest_mean(returns, limits) - float(returns.mean(axis=0) @ safest) > 1e-9:
        found = np.atleast_2d(mean_risk(returns, limits, efficient_frontier_size=points))
        made = [limits.within(weights) for weights in found]
    listed = []
    for weights in made:
        mean, risk = figures(returns, weights, assets.periods_per_year)
        by_name = dict(zip(assets.names, weights.tolist(), strict=True))
        listed.append(FrontierPoint(mean, risk, by_name))
    return sorted(listed, key=lambda one: (one.volatility, one.expected_return))
