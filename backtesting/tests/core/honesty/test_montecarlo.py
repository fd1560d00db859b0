"""Trades played again: what must stay the same, and what may change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtesting.core.honesty.montecarlo import Method, monte_carlo, trade_returns
from foundation.lib.errors import BadInput

RETURNS = st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=40).map(np.array)


@settings(max_examples=60, deadline=None)
@given(RETURNS, st.integers(0, 99))
def test_another_order_ends_at_the_same_money(returns: np.ndarray, seed: int) -> None:
    found = monte_carlo(returns, cash=1000, method=Method.ORDER, paths=50, seed=seed)
    assert np.allclose(found.final, np.prod(1 + returns) - 1)
    assert found.fan.bands[:, 0] == pytest.approx(1000)
    assert np.all(np.diff(found.fan.bands, axis=0) >= -1e-9), "percentiles never cross"
    assert np.all((found.drawdown <= 0) & (found.drawdown >= -1))


def test_the_order_decides_how_deep_it_falls() -> None:
    returns = np.array([-0.1] * 5 + [0.2] * 5)
    found = monte_carlo(returns, cash=1, method=Method.ORDER, paths=500)
    assert found.drawdown.min() == pytest.approx(0.9**5 - 1), "all losses in a row"
    assert found.drawdown.max() == pytest.approx(-0.1), "never two in a row"


def test_missing_trades_shrink_what_they_made() -> None:
    returns = np.full(100, 0.01)
    found = monte_carlo(returns, cash=1, method=Method.SKIP, paths=400, skip=0.25)
    made = np.log1p(found.final) / np.log(1.01)
    assert np.allclose(made, np.round(made)), "whole trades are missed"
    assert 72 < made.mean() < 78
    assert found.loss == 0


def test_the_bootstrap_spreads_around_what_was() -> None:
    returns = np.random.default_rng(0).normal(0.01, 0.05, 200)
    found = monte_carlo(returns, cash=1, method=Method.BOOTSTRAP, paths=2000)
    middle = np.median(np.log1p(found.final))
    assert abs(middle - np.log1p(returns).sum()) < 0.15
    assert found.percentiles()["total_return"][5] < found.percentiles()["total_return"][95]


@pytest.mark.parametrize("method", list(Method))
def test_the_same_seed_is_the_same_answer(method: Method) -> None:
    returns = np.array([0.1, -0.2, 0.3, -0.1])
    one, same, other = (
        monte_carlo(returns, cash=1, method=method, paths=300, seed=seed).final.tolist()
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other or method is Method.ORDER


def test_ruin_is_half_of_the_money_gone_on_the_way() -> None:
    found = monte_carlo(np.array([-0.6, 2.0]), cash=1, method=Method.BOOTSTRAP, paths=4000)
    assert found.ruin == pytest.approx(0.5, abs=0.03), "a first loss; a gain before it carries it"
    gone = monte_carlo(np.array([-1.5]), cash=1, method=Method.ORDER, paths=1)
    assert (gone.final[0], gone.drawdown[0], gone.ruin) == (-1.0, -1.0, 1.0)


def test_a_trades_effect_is_over_the_equity_before_it() -> None:
    assert trade_returns(np.array([100.0, -110.0]), 1000).tolist() == [0.1, -0.1]
    assert trade_returns(np.array([-1000.0, 5.0]), 1000).tolist() == [-1.0, 0.0]


@pytest.mark.parametrize(
    ("returns", "fields", "path"),
    [
        (np.empty(0), {}, "backtest"),
        (np.ones(3), {"paths": 0}, "paths"),
        (np.ones(3), {"paths": 10**9}, "paths"),
        (np.ones(3), {"skip": 1.0}, "skip"),
        (np.ones(3), {"skip": float("nan")}, "skip"),
    ],
)
def test_bad_input_names_its_field(returns: np.ndarray, fields: dict, path: str) -> None:
    with pytest.raises(BadInput) as caught:
        monte_carlo(returns, cash=1, method=Method.SKIP, **fields)
    assert [fault.path for fault in caught.value.faults] == [path]
