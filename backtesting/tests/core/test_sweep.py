"""A sweep gives the figures of each run by itself, whatever the runs share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtesting.core import lean
from backtesting.core import sweep as module
from backtesting.core.kernel_conditions import BLOCK_CANDLES, Compiler, codes_of
from backtesting.core.run import pack_codes, run
from backtesting.core.shared_columns import SharedColumns
from backtesting.core.sweep import sweep, with_values
from backtesting.tests.core import drawing
from bots.core.engine.series import Funding
from bots.core.indicators import CANDLE_COLUMNS
from bots.core.strategy.signals import signals
from bots.core.strategy.spec import parse, to_json
from bots.tests.core.building import spec_data, walk
from exchanges.core.candles import Candles, make_candles
from exchanges.core.costs import Costs
from foundation.lib.errors import BadInput

BTC, ETH = "BTC/USDT", "ETH/USDT"
# Squares are summed in another order: the last digits of one metric may differ.
ROUNDED = {"ulcer_index"}


def assert_same(found: dict[str, Any] | None, expected: dict[str, Any]) -> None:
    assert found is not None
    for key, value in found.items():
        if key in ROUNDED and value is not None:
            assert value == pytest.approx(expected[key], rel=1e-12, abs=1e-15), key
        else:
            assert value == expected[key], key


def long_walk(count: int, seed: int = 7) -> Candles:
    """Three-hour swings, so that averages cross and stops are reached, over several days."""
    random = np.random.default_rng(seed)
    wave = 3 * np.sin(np.arange(count) / 30) + np.cumsum(random.standard_normal(count) * 0.1)
    close = 100 + wave
    open_ = np.concatenate([[100.0], close[:-1]])
    high, low = np.maximum(open_, close) + 0.05, np.minimum(open_, close) - 0.05
    times = 1_704_067_200_000 + 60_000 * np.arange(count)
    return make_candles("1m", times, open_, high, low, close, random.random(count))


@settings(deadline=None, max_examples=60)
@given(
    strategy=drawing.specs(),
    candles=drawing.candle_sets(),
    costs=drawing.COSTS,
    rules=drawing.RULES,
    cut=st.sampled_from([0, 0, 5]),
)
def test_every_drawn_strategy_has_the_figures_of_its_run(
    strategy: Any, candles: Candles, costs: Costs, rules: Any, cut: int
) -> None:
    start_ms = int(candles.open_time_ms[min(cut, len(candles) - 1)]) if cut else None
    same: dict[str, Any] = {
        "cash": 1000.0, "costs": costs, "rules": {BTC: rules}, "trade_from_ms": start_ms,
    }  # fmt: skip
    expected = run(strategy, {BTC: candles}, **same)
    (found,) = sweep(strategy, {BTC: candles}, [{}], equity=True, **same)
    assert_same(found.metrics, expected.metrics())
    assert found.equity is not None and np.array_equal(found.equity, expected.equity)


def test_many_sets_on_two_threads_are_those_of_single_runs() -> None:
    candles = long_walk(40_000)
    sets = [
        {"fast.period": fast, "slow.period": slow, "risk.stop_loss": stop}
        for fast in (3, 5, 8)
        for slow in (20, 40)
        for stop in (0.01, 0.03)
    ]
    base = spec_data()
    found = sweep(base, {BTC: candles}, sets, cash=5000, workers=2)
    assert [one.values for one in found] == sets
    for one in found:
        expected = run(parse(with_values(base, one.values)), {BTC: candles}, cash=5000)
        assert len(expected.trades) > 10
        assert_same(one.metrics, expected.metrics())
        assert one.equity is None


def test_funding_and_a_drawdown_limit_are_carried() -> None:
    candles = long_walk(30_000)
    times = candles.open_time_ms[480::480]
    funding = {BTC: Funding(times, np.full(times.size, 0.0003))}
    base = spec_data(risk={"max_drawdown": 0.2, "leverage": 3, "stop_loss": 0.02})
    (found,) = sweep(base, {BTC: candles}, [{}], cash=5000, funding=funding)
    expected = run(parse(base), {BTC: candles}, cash=5000, funding=funding).metrics()
    assert expected["funding_paid"] != 0
    assert_same(found.metrics, expected)


def test_several_symbols_share_the_cash_as_in_a_run() -> None:
    candles = {BTC: long_walk(3000), ETH: long_walk(2500, seed=3)}
    base = spec_data(symbols=[BTC, ETH], risk={"max_open_positions": 2, "max_position_size": 0.5})
    found = sweep(base, candles, [{"fast.period": n} for n in (3, 9)], cash=1000, equity=True)
    for one in found:
        expected = run(parse(with_values(base, one.values)), candles, cash=1000)
        assert_same(one.metrics, expected.metrics())
        assert one.equity is not None and np.array_equal(one.equity, expected.equity)


def test_a_share_of_the_candles_is_a_run_on_the_first_ones() -> None:
    candles = long_walk(9000)
    (found,) = sweep(spec_data(), {BTC: candles}, [{}], cash=1000, share=1 / 3)
    expected = run(parse(spec_data()), {BTC: candles.slice(0, 3000)}, cash=1000)
    assert_same(found.metrics, expected.metrics())


def test_a_set_that_makes_no_strategy_has_a_fault_and_the_others_run() -> None:
    sets = [{"fast.period": 0}, {"fast.period": 5}]
    bad, good = sweep(spec_data(), {BTC: walk(600)}, sets, cash=1000)
    assert bad.metrics is None
    assert "indicators[0].params.period" in bad.fault
    assert good.metrics is not None and not good.fault


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"sets": [{"nothing.here": 1}]}, "nothing.here"),
        ({"metrics": ["sharp"]}, "metrics"),
        ({"share": 0.0}, "share"),
        ({"cash": 0}, "cash"),
        ({"candles": {}}, "symbols"),
        ({"trade_from_ms": 4_000_000_000_000}, ""),
    ],
)
def test_what_no_set_can_run_with_is_refused(changes: dict[str, Any], path: str) -> None:
    call: dict[str, Any] = {"candles": {BTC: walk(300)}, "sets": [{}], "cash": 1000, **changes}
    candles, sets = call.pop("candles"), call.pop("sets")
    with pytest.raises(BadInput) as refusal:
        sweep(spec_data(), candles, sets, **call)
    assert [one.path for one in refusal.value.faults] == ([path] if path else [])


def test_who_is_told_of_the_progress_may_stop_the_rest() -> None:
    class Stop(Exception):
        pass

    def on_done(count: int) -> None:
        if count == 3:
            raise Stop

    with pytest.raises(Stop):
        sweep(spec_data(), {BTC: walk(600)}, [{}] * 50, cash=1000, on_done=on_done, workers=2)


def test_an_indicator_of_many_sets_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from bots.core.strategy import signals as computing

    computed = []
    real = computing.compute

    def counted(key: str, *rest: Any) -> Any:
        computed.append((key, rest[1]))
        return real(key, *rest)

    monkeypatch.setattr(computing, "compute", counted)
    sets = [{"slow.period": slow} for slow in (20, 30, 40, 50)]
    sweep(spec_data(), {BTC: walk(600)}, sets, cash=1000, workers=1)
    assert len(computed) == len({str(one) for one in computed})


CONDITION_OPS = [
    {"left": "close", "op": ">", "right": "fast"},
    {"left": "close", "op": ">=", "right": 100},
    {"left": 100, "op": "<", "right": "close[3]"},
    {"left": "fast", "op": "<=", "right": "slow[1]"},
    {"left": "open", "op": "==", "right": "close[1]"},
    {"left": "fast", "op": "!=", "right": "slow"},
    {"left": "fast", "op": "crosses_above", "right": "slow"},
    {"left": "fast[2]", "op": "crosses_below", "right": 100},
    {"left": "close", "op": "rising", "n": 3},
    {"left": "close[1000]", "op": "falling", "n": 2},
    {"left": "close", "op": "between", "low": "slow", "high": 101},
    {"not": {"all": [{"left": "fast", "op": ">", "right": "slow"},
                     {"left": 1, "op": "<", "right": "volume"}]}},
    {"any": [{"not": {"left": "fast", "op": "!=", "right": "slow"}},
             {"left": "high", "op": "<", "right": 99}]},
]  # fmt: skip


@pytest.mark.parametrize("condition", CONDITION_OPS, ids=str)
@pytest.mark.parametrize("count", [1, 2, 30, BLOCK_CANDLES, BLOCK_CANDLES + 1, 3 * BLOCK_CANDLES])
def test_compiled_conditions_are_those_of_the_evaluator(
    condition: dict[str, Any], count: int
) -> None:
    strategy = parse(spec_data(buy_conditions=condition, short_conditions={"not": condition}))
    candles = long_walk(count)
    found = signals(strategy, candles)
    columns = {**found.columns, **{name: getattr(candles, name) for name in CANDLE_COLUMNS}}
    program = Compiler(columns).program(*strategy.conditions().values())
    assert program is not None
    expected = pack_codes(found.buy, found.sell, found.short, found.cover)
    assert np.array_equal(codes_of(program, count), expected)


def test_conditions_on_more_columns_than_compiled_code_takes_run_all_the_same() -> None:
    ids = [f"a{n}" for n in range(20)]
    many = [{"id": one, "type": "sma", "params": {"period": 2 + n}} for n, one in enumerate(ids)]
    base = spec_data()
    base["indicators"] = [*base["indicators"], *many]
    base["buy_conditions"] = {
        "any": [{"left": "close", "op": "crosses_above", "right": one} for one in ids]
    }
    (found,) = sweep(base, {BTC: long_walk(2000)}, [{}], cash=1000)
    assert_same(found.metrics, run(parse(base), {BTC: long_walk(2000)}, cash=1000).metrics())


def test_shared_columns_stay_within_their_bytes_and_a_run_keeps_what_it_uses() -> None:
    shared = SharedColumns(3 * 800)
    first = shared.view()
    for number in range(5):
        first[number] = {"value": np.full(100, float(number))}
    assert shared.bytes_held <= 3 * 800
    assert first[0]["value"][0] == 0.0
    other = shared.view()
    assert 4 in other and 0 not in other


def test_memory_of_a_sweep_is_bounded_by_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer bytes than one column: nothing is kept, and the figures are the same."""
    sets = [{"fast.period": fast} for fast in (3, 5)]
    before = sweep(spec_data(), {BTC: walk(600)}, sets, cash=1000)
    monkeypatch.setattr(lean, "COLUMN_BYTES_MAX", 100)
    after = sweep(to_json(parse(spec_data())), {BTC: walk(600)}, sets, cash=1000)
    assert [one.metrics for one in before] == [one.metrics for one in after]


def test_more_sets_than_anybody_can_mean_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SETS_MAX", 2)
    with pytest.raises(BadInput, match="3 sets of parameters; at most 2"):
        sweep(spec_data(), {BTC: walk(300)}, [{}] * 3, cash=1000)
