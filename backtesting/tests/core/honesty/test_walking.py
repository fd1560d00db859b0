"""A walk-forward is what its parts are, run by hand; its verdict says what they say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backtesting.core.honesty.verdicts import of_parts
from backtesting.core.honesty.walking import Terms, Walk, by_grid, efficiency, space_of, walk
from backtesting.core.honesty.windows import walk_forward_windows
from backtesting.core.run import run
from bots.core.strategy.spec import parse
from bots.tests.core.building import spec_data
from bots.tests.core.building import walk as candle_walk
from exchanges.core.candles import MINUTE_MS
from exchanges.core.costs import Costs
from foundation.lib.errors import BadInput

SPEC = parse(
    {
        **spec_data(),
        "indicators": [
            {"id": "fast", "type": "ema", "params": {"period": 3}},
            {"id": "slow", "type": "ema", "params": {"period": 8}},
        ],
        "buy_conditions": {"all": [{"left": "fast", "op": "crosses_above", "right": "slow"}]},
        "sell_conditions": {"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
    }
)
CANDLES = candle_walk(3000)
TERMS = Terms(SPEC, {"BTC/USDT": CANDLES}, 1000.0, Costs())
START_MS = int(CANDLES.open_time_ms[0])
END_MS = int(CANDLES.open_time_ms[-1]) + MINUTE_MS


def walked(folds: int = 3, params: tuple[str, ...] = (), **options: Any) -> Walk:
    windows = walk_forward_windows(START_MS, END_MS, folds=folds, step_ms=MINUTE_MS, **options)
    space = space_of(params, SPEC)
    choose = by_grid(TERMS, space, "total_return") if space else None
    return walk(TERMS, windows, choose=choose, kept=("total_return",))


def test_each_test_is_that_part_of_the_history_run_by_itself() -> None:
    for fold in walked().folds:
        part = {"BTC/USDT": CANDLES.slice(0, (fold.window.test_end_ms - START_MS) // MINUTE_MS)}
        alone = run(SPEC, part, cash=1000.0, costs=Costs(), trade_from_ms=fold.window.test_start_ms)
        assert fold.test is not None
        assert fold.test["final_equity"] == alone.final_equity
        assert int(alone.open_time_ms[0]) == fold.window.test_start_ms


def test_the_chosen_set_is_the_best_of_its_training_part_and_of_nothing_later() -> None:
    params = ("fast.period=2:5:1",)
    for fold in walked(params=params).folds:
        assert fold.values is not None and fold.train is not None
        end = (fold.window.train_end_ms - START_MS) // MINUTE_MS
        gains = {}
        for period in range(2, 6):
            slow = SPEC.indicators[1]
            fast = replace(SPEC.indicators[0], params=(("period", period),))
            spec = replace(SPEC, indicators=(fast, slow))
            result = run(
                spec,
                {"BTC/USDT": CANDLES.slice(0, end)},
                cash=1000.0,
                costs=Costs(),
                trade_from_ms=fold.window.train_start_ms,
            )
            gains[period] = result.metrics()["total_return"]
        assert fold.values == {"fast.period": max(gains, key=lambda p: gains[p])}
        assert fold.train["total_return"] == max(gains.values())


def test_the_joined_history_goes_on_with_what_was_left() -> None:
    found = walked(folds=4, anchored=True)
    level = 1.0
    for fold in found.folds:
        assert fold.test is not None
        level *= fold.test["final_equity"] / 1000.0
    assert found.joined["final_equity"] == pytest.approx(1000.0 * level)
    assert (found.time_ms[1:] > found.time_ms[:-1]).all()
    assert found.time_ms[-1] == END_MS


def test_efficiency_is_growth_per_time_outside_over_inside() -> None:
    fold = walked(folds=1, train_share=0.75).folds[0]
    even = replace(fold, train={"total_return": 0.3}, test={"total_return": 0.3})
    window = fold.window
    longer = (window.train_end_ms - window.train_start_ms) / (
        window.test_end_ms - window.test_start_ms
    )
    assert efficiency([even]) == pytest.approx(longer)
    assert efficiency([replace(even, train={"total_return": -0.1})]) is None
    assert efficiency([replace(even, test={"total_return": -1.0})]) is None


@pytest.mark.parametrize(
    ("gain", "kept", "trades", "tone"),
    [(0.1, 0.8, 100, "good"), (0.1, 0.8, 5, "warning"), (0.1, 0.2, 100, "warning"),
     (-0.1, -0.5, 100, "bad"), (0.1, None, 100, "warning"), (0.0, 0.0, 0, "bad")],
)  # fmt: skip
def test_the_verdict_follows_the_figures(
    gain: float, kept: float | None, trades: int, tone: str
) -> None:
    found = walked()
    joined = {**found.joined, "total_return": gain, "total_trades": trades}
    verdict = of_parts(replace(found, joined=joined, efficiency=kept), chosen=True, several=True)
    assert verdict.tone == tone
    assert f"{gain:+.1%}" in verdict.text


def test_a_metric_without_a_value_is_named() -> None:
    windows = walk_forward_windows(START_MS, END_MS, folds=2, step_ms=MINUTE_MS)
    space = space_of(["fast.period=2:3:1"], SPEC)
    assert space is not None
    with pytest.raises(BadInput, match="no value on the training part from 2024-") as caught:
        walk(TERMS, windows, choose=by_grid(TERMS, space, "sharpe"), kept=("sharpe",))
    assert caught.value.faults[0].path == "settings.metric"
