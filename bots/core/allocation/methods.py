"""The ways of weighing, and the weights one of them gives."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bots.core.allocation.assets import Assets, Floats
from bots.core.allocation.limits import Limits

Weigh = Callable[[Floats, Limits], tuple[Floats, str]]
LOSING = "no mix gained in this window, so the least risky one was taken"
STILL = "an asset did not move in this window, so the weights are equal there"


@dataclass(frozen=True, slots=True)
class Method:
    """weigh: returns[times, assets] and limits -> weights, and a remark or nothing."""

    label: str
    doc: str
    weigh: Weigh


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a rebalancing bot needs: how much of each asset to hold, by name; they sum to 1.

    expected_return, volatility: per year, as they were in the window, no forecast; sharpe: their
    ratio, None without volatility. at_ms: the close they were decided on.
    """

    method: str
    weights: Mapping[str, float]
    expected_return: float
    volatility: float
    sharpe: float | None
    at_ms: int
    remark: str = ""


def allocate(assets: Assets, method: str, limits: Limits) -> Allocation:
    """The weights one method gives on all the history of `assets`."""
    weights, remark = weigh(assets.returns, method, limits)
    mean, risk = figures(assets.returns, weights, assets.periods_per_year)
    return Allocation(
        method=method,
        weights=dict(zip(assets.names, weights.tolist(), strict=True)),
        expected_return=mean,
        volatility=risk,
        sharpe=mean / risk if risk > 0 else None,
        at_ms=int(assets.time_ms[-1]),
        remark=remark,
    )


def weigh(returns: Floats, method: str, limits: Limits) -> tuple[Floats, str]:
    """Weights within the limits, and a remark or nothing; never fails on a still asset."""
    if method != "equal" and (np.ptp(returns, axis=0) <= 1e-12).any():
        return limits.within(np.ones(returns.shape[1])), STILL
    made, remark = METHODS[method].weigh(returns, limits)
    return limits.within(made), remark


def figures(returns: Floats, weights: Floats, per_year: float) -> tuple[float, float]:
    """Mean and sample deviation per year of the mix, rebalanced at every step."""
    mixed = returns @ weights
    return float(mixed.mean() * per_year), float(mixed.std(ddof=1) * np.sqrt(per_year))


def _equal(returns: Floats, _limits: Limits) -> tuple[Floats, str]:
    return np.ones(returns.shape[1]), ""


def _inverse_volatility(returns: Floats, _limits: Limits) -> tuple[Floats, str]:
    return 1 / returns.std(axis=0, ddof=1), ""


def _minimum_variance(returns: Floats, limits: Limits) -> tuple[Floats, str]:
    from skfolio.optimization import ObjectiveFunction

    return mean_risk(returns, limits, objective_function=ObjectiveFunction.MINIMIZE_RISK), ""


def _maximum_sharpe(returns: Floats, limits: Limits) -> tuple[Floats, str]:
    from skfolio.optimization import ObjectiveFunction

    # Of losses the largest ratio is the riskiest mix: a question without a sensible answer.
    if best_mean(returns, limits) <= 0:
        return _minimum_variance(returns, limits)[0], LOSING
    return mean_risk(returns, limits, objective_function=ObjectiveFunction.MAXIMIZE_RATIO), ""


def _hierarchical(returns: Floats, limits: Limits) -> tuple[Floats, str]:
    from skfolio.optimization import HierarchicalRiskParity

    if returns.shape[1] == 2:  # nothing to cluster: it is the inverse variance
        return 1 / returns.var(axis=0, ddof=1), ""
    model = HierarchicalRiskParity(min_weights=limits.least, max_weights=limits.most)
    return _fitted(model, returns), ""


def mean_risk(returns: Floats, limits: Limits, **options: Any) -> Floats:
    from skfolio.optimization import MeanRisk

    model = MeanRisk(min_weights=limits.least, max_weights=limits.most, **options)
    return _fitted(model, returns)


def _fitted(model: Any, returns: Floats) -> Floats:
    """The library's import costs seconds, so it is made inside the functions that need it."""
    with warnings.catch_warnings():
        # Of twins (one asset twice) the covariance is singular; it clips it and says so.
        warnings.simplefilter("ignore")
        # In units of its own deviation: the solver's tolerances are absolute, and weights do not
        # depend on the unit. As they come, daily variances cost four digits.
        model.fit(returns / returns.std())
    made: Floats = np.asarray(model.weights_, dtype=np.float64)
    return made


def best_mean(returns: Floats, limits: Limits) -> float:
    """The highest mean a mix within the limits had: the best assets filled up first."""
    means, weights = returns.mean(axis=0), limits.least.copy()
    for i in np.argsort(-means):
        room = max(0.0, 1 - float(weights.sum()))
        weights[i] += min(room, float(limits.most[i] - limits.least[i]))
    return float(means @ weights)


METHODS: dict[str, Method] = {
    "equal": Method("Equal", "The same of each", _equal),
    "inverse_volatility": Method(
        "Inverse volatility", "Less of what swings more, each by itself", _inverse_volatility
    ),
    "minimum_variance": Method(
        "Minimum variance", "The mix that swung least (Markowitz 1952)", _minimum_variance
    ),
    "maximum_sharpe": Method(
        "Maximum Sharpe", "The most return for its risk (Sharpe 1966)", _maximum_sharpe
    ),
    "hierarchical_risk_parity": Method(
        "Hierarchical risk parity",
        "Risk shared among clusters of alike assets (López de Prado 2016)",
        _hierarchical,
    ),
}
