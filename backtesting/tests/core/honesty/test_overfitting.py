"""Deflated Sharpe ratio and probability of overfitting: published values, and what must hold."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from backtesting.core.honesty.overfitting import (
    confidence,
    deflated_sharpe,
    expected_maximum,
    overfitting,
    probabilistic_sharpe,
)


def test_the_example_of_the_paper() -> None:
    """The Deflated Sharpe Ratio (2014), a numerical example: 100 trials, five years of days."""
    sharpe = 2.5 / sqrt(250)
    bar = expected_maximum(100, sqrt(1 / 2 / 250))
    assert bar == pytest.approx(0.1132, abs=5e-5)
    assert confidence(sharpe, 1250, -3, 10, bar) == pytest.approx(0.9004, abs=5e-5)
    # With 46 trials the same record would have passed at 95 %.
    fewer = expected_maximum(46, sqrt(1 / 2 / 250))
    assert confidence(sharpe, 1250, -3, 10, fewer) == pytest.approx(0.9505, abs=5e-4)


def test_more_trials_and_shorter_records_weaken_the_same_sharpe_ratio() -> None:
    random = np.random.default_rng(1)
    returns = 0.001 + 0.01 * random.standard_normal(500)
    few, many = (
        deflated_sharpe(returns, 0.05 * random.standard_normal(count)) for count in (5, 500)
    )
    assert few is not None
    assert many is not None
    assert few.probability > many.probability
    whole, part = probabilistic_sharpe(returns), probabilistic_sharpe(returns[:50])
    assert whole is not None
    assert part is not None
    assert whole > part


@pytest.mark.parametrize("returns", [np.zeros(10), np.array([0.1]), np.empty(0)])
def test_without_variance_there_is_nothing_to_say(returns: np.ndarray) -> None:
    assert probabilistic_sharpe(returns) is None
    assert deflated_sharpe(returns, np.array([0.1, 0.2])) is None


def test_strategies_of_pure_luck_are_overfitted_half_of_the_time() -> None:
    random = np.random.default_rng(2)
    found = [overfitting(random.standard_normal((240, 20)), splits=8) for _ in range(30)]
    share = np.mean([one.probability for one in found if one is not None])
    assert 0.4 < share < 0.65


def test_a_strategy_that_is_really_better_is_not() -> None:
    random = np.random.default_rng(3)
    returns = random.standard_normal((480, 20)) * 0.01
    returns[:, 7] += 0.005
    found = overfitting(returns)
    assert found is not None
    assert found.probability < 0.01
    assert found.loss < 0.01


def test_a_strategy_that_was_fitted_to_one_half_is_found_out() -> None:
    """Column k earns in blocks of its own and loses elsewhere: the best inside is bad outside."""
    blocks, rows = 6, 10
    returns = np.full((blocks * rows, blocks), -0.01)
    for k in range(blocks):
        returns[k * rows : (k + 1) * rows, k] = 0.05
    returns += np.random.default_rng(4).standard_normal(returns.shape) * 0.001
    found = overfitting(returns, splits=blocks)
    assert found is not None
    assert found.probability == 1.0
    assert found.degradation is not None


@pytest.mark.parametrize("shape", [(100, 1), (3, 5), (0, 5)])
def test_too_little_to_say(shape: tuple[int, int]) -> None:
    assert overfitting(np.ones(shape)) is None


def test_the_order_of_trials_changes_nothing() -> None:
    returns = np.random.default_rng(5).standard_normal((160, 9))
    one, other = overfitting(returns, 8), overfitting(returns[:, ::-1], 8)
    assert one is not None
    assert other is not None
    assert one.probability == other.probability
