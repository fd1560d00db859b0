"""The sentence says what the figures say."""

from __future__ import annotations

import numpy as np
import pytest

from backtesting.core.honesty import verdicts
from backtesting.core.honesty.lookahead import Leak, LookAhead, Warmup, WarmupRow
from backtesting.core.honesty.montecarlo import Method, monte_carlo
from backtesting.core.honesty.sensitivity import Outcome, changes
from exchanges.core.costs import Costs

ROW = WarmupRow(800, 0, {})


@pytest.mark.parametrize(
    ("names", "tone", "words"),
    [
        ([], "good", "No look-ahead: 700 values before 20 cuts"),
        (["fast"], "bad", "leaks in: fast changes once"),
        (["buy_conditions", "fast"], "bad", "buy_conditions, fast change once"),
    ],
)
def test_a_leak_is_named(names: list[str], tone: str, words: str) -> None:
    leaks = tuple(Leak(name, 1, 1, 1.0, 0.0) for name in names)
    verdict = verdicts.of_look_ahead({"BTC/USDT": LookAhead(20, 700, leaks)})
    assert verdict.tone == tone and words in verdict.text


@pytest.mark.parametrize(
    ("enough", "assumed", "tone"), [(50, 180, "good"), (400, 180, "warning"), (None, 180, "bad")]
)
def test_the_symbol_that_needs_most_past_counts(
    enough: int | None, assumed: int, tone: str
) -> None:
    easy, hard = (Warmup((ROW,), need, assumed, 200) for need in (50, enough))
    assert verdicts.of_warm_up({"A/B": easy, "C/D": hard}).tone == tone


@pytest.mark.parametrize(
    ("mean", "count", "tone"), [(0.01, 200, "good"), (0.01, 20, "warning"), (-0.01, 200, "bad")]
)
def test_luck_is_told_from_gain(mean: float, count: int, tone: str) -> None:
    returns = mean + np.random.default_rng(3).normal(0, 0.02, count)
    found = monte_carlo(returns, cash=1000.0, method=Method.BOOTSTRAP, paths=500)
    verdict = verdicts.of_monte_carlo(found)
    assert verdict.tone == tone, verdict.text
    assert f"{found.loss:.1%} of the paths lose money" in verdict.text


@pytest.mark.parametrize(
    ("costs_per_factor", "late", "tone", "words"),
    [
        (0.01, 0.0, "good", "some profit is left in every case"),
        (0.05, 0.0, "warning", "gone at 2 times the fee."),
        (0.01, 0.2, "bad", "gone when orders come 1 candle late."),
    ],
)
def test_what_ends_the_profit_is_named(
    costs_per_factor: float, late: float, tone: str, words: str
) -> None:
    """A run that makes 10 %: each fee costs so much, each late candle so much."""
    outcomes = []
    for change in changes(Costs()):
        lost = costs_per_factor * change.value if change.name == "fee" else 0.0
        lost += late * change.value if change.name == "delay" else 0.0
        outcomes.append(Outcome(change, {"total_return": 0.1 - lost}))
    verdict = verdicts.of_sensitivity(0.1, outcomes)
    assert (verdict.tone, words in verdict.text) == (tone, True), verdict.text
    assert verdicts.of_sensitivity(-0.1, outcomes).tone == "bad"
