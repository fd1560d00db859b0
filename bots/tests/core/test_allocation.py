"""Portfolio weights: each method against its formula, limits, refusals, no look-ahead."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.core.allocation import (
    METHODS,
    Assets,
    Limits,
    allocate,
    correlation,
    frontier,
    read_settings,
    walk_forward,
)
from bots.core.allocation.methods import LOSING, STILL, best_mean
from bots.tests.core.building import START_MS

DAY_MS = 86_400_000
NAMES = ("A", "B", "C", "D", "E")


def market(days: int = 260, seed: int = 3, drift: float = 0.001) -> Assets:
    """Five assets: A and B move together, E swings most."""
    random = np.random.default_rng(seed)
    common = random.normal(0, 0.02, days)
    returns = np.column_stack(
        [
            common + random.normal(0, 0.005, days),
            common + random.normal(0, 0.005, days),
            random.normal(0, 0.01, days),
            random.normal(0, 0.02, days) + drift,
            random.normal(0, 0.05, days),
        ]
    )
    values = 100 * np.vstack([np.ones(5), np.cumprod(1 + returns + drift, axis=0)])
    times = START_MS + DAY_MS * np.arange(1, days + 2)
    return Assets(NAMES, "1d", times, values)


MARKET = market()
FREE = Limits.of(NAMES)


def weights_of(method: str, limits: Limits = FREE, assets: Assets = MARKET) -> np.ndarray:
    return np.array(list(allocate(assets, method, limits).weights.values()))


def test_equal_and_inverse_volatility_are_their_formulas():
    np.testing.assert_allclose(weights_of("equal"), [0.2] * 5)
    inverse = 1 / MARKET.returns.std(axis=0, ddof=1)
    np.testing.assert_allclose(weights_of("inverse_volatility"), inverse / inverse.sum())


def test_minimum_variance_is_the_closed_form_where_no_limit_binds():
    assets = Assets(("A", "B"), "1d", MARKET.time_ms, MARKET.values[:, 2:4])
    covariance = np.cov(assets.returns, rowvar=False)
    exact = np.linalg.solve(covariance, np.ones(2))
    made = weights_of("minimum_variance", Limits.of(assets.names), assets)
    np.testing.assert_allclose(made, exact / exact.sum(), atol=1e-6)


@pytest.mark.parametrize("limits", [FREE, Limits.of(NAMES, 0.05, 0.4)], ids=["free", "bound"])
def test_no_mix_beats_the_optimum(limits):
    """Ten thousand random mixes within the limits: none is safer, none has the better ratio."""
    random = np.random.default_rng(1)
    covariance, means = np.cov(MARKET.returns, rowvar=False), MARKET.returns.mean(axis=0)
    mixes = random.dirichlet(np.ones(5), 10_000)
    inside = (mixes >= limits.least).all(axis=1) & (mixes <= limits.most).all(axis=1)
    mixes = mixes[inside]
    assert len(mixes) > 100
    risks = np.einsum("ni,ij,nj->n", mixes, covariance, mixes)
    safest = weights_of("minimum_variance", limits)
    assert safest @ covariance @ safest <= risks.min() * (1 + 1e-6)
    best = weights_of("maximum_sharpe", limits)
    ratio = best @ means / np.sqrt(best @ covariance @ best)
    assert ratio >= (mixes @ means / np.sqrt(risks)).max() * (1 - 1e-6)


def test_hierarchical_risk_parity_gives_twins_the_weight_of_one():
    made = dict(zip(NAMES, weights_of("hierarchical_risk_parity"), strict=True))
    assert made["C"] > made["D"] > made["E"]
    assert made["A"] + made["B"] < made["C"]
    two = Assets(("A", "B"), "1d", MARKET.time_ms, MARKET.values[:, 2:4])
    inverse = 1 / two.returns.var(axis=0, ddof=1)
    made_of_two = weights_of("hierarchical_risk_parity", Limits.of(two.names), two)
    np.testing.assert_allclose(made_of_two, inverse / inverse.sum())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("low", "high", "own"),
    [(0, 1, {}), (0.1, 0.3, {}), (0.2, 0.2, {}), (0, 0.5, {"E": (0.25, 0.5), "C": (0, 0.1)})],
)
def test_every_method_keeps_the_limits_and_invests_everything(method, low, high, own):
    limits = Limits.of(NAMES, low, high, own)
    made = weights_of(method, limits)
    assert made.sum() == pytest.approx(1, abs=1e-9)
    assert (made >= limits.least - 1e-7).all() and (made <= limits.most + 1e-7).all()


def test_figures_of_an_allocation_are_those_of_the_window():
    made = allocate(MARKET, "equal", FREE)
    mixed = MARKET.returns.mean(axis=1)
    assert made.expected_return == pytest.approx(mixed.mean() * 365)
    assert made.volatility == pytest.approx(mixed.std(ddof=1) * 365**0.5)
    assert made.sharpe == pytest.approx(made.expected_return / made.volatility)
    assert made.at_ms == MARKET.time_ms[-1] and tuple(made.weights) == NAMES


def test_where_everything_lost_the_least_risky_mix_is_taken_and_said():
    losing = Assets(NAMES, "1d", MARKET.time_ms, np.exp(-np.arange(261) * 0.01)[:, None]
                    * MARKET.values / MARKET.values[0])  # fmt: skip
    made = allocate(losing, "maximum_sharpe", FREE)
    assert made.remark == LOSING
    safest = allocate(losing, "minimum_variance", FREE)
    assert dict(made.weights) == pytest.approx(dict(safest.weights))


def test_the_highest_mean_fills_the_best_assets_first():
    returns = np.array([[0.01, 0.03, 0.02], [0.01, 0.03, 0.02]])
    limits = Limits.of(("a", "b", "c"), 0.1, 0.6)
    assert best_mean(returns, limits) == pytest.approx(0.6 * 0.03 + 0.3 * 0.02 + 0.1 * 0.01)


@settings(max_examples=200, deadline=None)
@given(
    base=st.lists(st.floats(0, 1e6), min_size=2, max_size=12).filter(lambda one: max(one) > 0),
    data=st.data(),
)
def test_weights_brought_within_limits_keep_them_and_sum_to_one(base, data):
    n = len(base)
    low = data.draw(st.lists(st.floats(0, 1 / n), min_size=n, max_size=n))
    high = data.draw(st.lists(st.floats(1 / n, 1), min_size=n, max_size=n))
    made = Limits(np.array(low), np.array(high)).within(np.array(base))
    assert made.sum() == pytest.approx(1, abs=1e-9)
    assert (made >= np.array(low) - 1e-5).all() and (made <= np.array(high) + 1e-5).all()


def test_the_frontier_rises_from_the_safest_mix_within_the_limits():
    limits = Limits.of(NAMES, 0.02, 0.6)
    points = frontier(MARKET, limits, 12)
    assert len(points) == 12
    risks, means = ([getattr(p, n) for p in points] for n in ("volatility", "expected_return"))
    assert risks == sorted(risks) and (np.diff(means) > -1e-6).all()
    safest = allocate(MARKET, "minimum_variance", limits)
    assert points[0].volatility == pytest.approx(safest.volatility, rel=1e-3)
    assert means[-1] == pytest.approx(best_mean(MARKET.returns, limits) * 365, rel=1e-3)
    for point in points:
        assert sum(point.weights.values()) == pytest.approx(1)
        assert all(0.02 - 1e-6 <= one <= 0.6 + 1e-6 for one in point.weights.values())


def test_the_correlation_puts_alike_assets_side_by_side():
    made = correlation(MARKET)
    assert abs(made.names.index("A") - made.names.index("B")) == 1
    order = [NAMES.index(name) for name in made.names]
    whole = np.corrcoef(MARKET.returns, rowvar=False)
    np.testing.assert_allclose(made.matrix, whole[np.ix_(order, order)])
    assert -1 <= made.mean <= 1


def test_an_asset_that_stands_still_has_no_frontier_and_is_like_none():
    values = MARKET.values.copy()
    values[:, 2] = 50.0
    assets = Assets(NAMES, "1d", MARKET.time_ms, values)
    assert frontier(assets, FREE) == []
    made = correlation(assets)
    at = made.names.index("C")
    assert made.matrix[at].tolist() == [float(i == at) for i in range(5)]


def test_where_everything_lost_there_is_still_a_frontier():
    assets = market(drift=-0.02)
    assert assets.returns.mean(axis=0).max() < 0
    points = frontier(assets, FREE, 8)
    assert len(points) == 8
    assert points[-1].expected_return == pytest.approx(
        assets.returns.mean(axis=0).max() * 365, rel=1e-3
    )


def asked(**changes):
    return read_settings({"method": "inverse_volatility", "fee": 0.001, **changes}, NAMES)


def test_walk_forward_holds_past_weights_through_the_next_candles_and_pays():
    """Written out for two periods: weights of the window before, drift, fee on what is traded."""
    assets = market(days=40)
    told = walk_forward(assets, asked(window=20, step=10))
    assert len(told.periods) == 2 and len(told.equity) == 21 == len(told.time_ms)
    equity, held = 1.0, np.zeros(5)
    for number, start in enumerate((20, 30)):
        inverse = 1 / assets.returns[start - 20 : start].std(axis=0, ddof=1)
        weights = inverse / inverse.sum()
        np.testing.assert_allclose(list(told.periods[number].weights.values()), weights)
        equity *= 1 - 0.001 * np.abs(weights - held).sum()
        grown = weights * assets.values[start + 10] / assets.values[start]
        equity, held = equity * grown.sum(), grown / grown.sum()
    assert told.equity[-1] == pytest.approx(equity)
    assert told.metrics["total_return"] == pytest.approx(equity - 1)
    assert told.periods[0].decided_ms == assets.time_ms[20]
    assert told.periods[1].until_ms == assets.time_ms[40] == told.time_ms[-1]


def test_equal_weights_without_a_fee_differ_in_nothing_from_equal_weights():
    told = walk_forward(MARKET, asked(method="equal", fee=0))
    np.testing.assert_array_equal(told.equity, told.equal_equity)
    assert told.metrics == told.equal_metrics and told.metrics["fees_paid"] == 0


@pytest.mark.parametrize("method", METHODS)
def test_weights_see_nothing_that_comes_after_them(method):
    whole = market(days=120)
    crash = whole.values.copy()
    crash[91:] *= np.linspace(1, 0.2, 30)[:, None] * np.array([1, 0.5, 2, 1, 3])
    later = Assets(NAMES, "1d", whole.time_ms, crash)
    first, second = (walk_forward(one, asked(method=method, window=60)) for one in (whole, later))
    for one, other in zip(first.periods, second.periods, strict=True):
        if one.decided_ms <= whole.time_ms[90]:
            assert dict(one.weights) == dict(other.weights)
    assert first.equity[-1] != second.equity[-1]


def test_a_window_in_which_an_asset_stands_still_is_weighed_equally_and_said():
    values = MARKET.values.copy()
    values[:100, 2] = 50.0
    assets = Assets(NAMES, "1d", MARKET.time_ms, values)
    told = walk_forward(assets, asked(method="minimum_variance", window=60, step=30))
    assert [period.remark for period in told.periods[:2]] == [STILL, STILL]
    assert told.periods[-1].remark == ""
