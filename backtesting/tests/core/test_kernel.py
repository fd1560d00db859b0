"""The kernel works in chunks, reports between them, and can be stopped there."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backtesting.core import kernel, kernel_full, kernel_multi
from backtesting.core.run import make_series, run
from backtesting.tests.core.drawing import runs
from backtesting.tests.core.drawing_options import option_runs
from bots.core.engine.series import Task
from bots.core.strategy.options import option_numbers
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.spec import parse
from bots.tests.core.building import spec_data, walk
from exchanges.core.costs import Costs
from exchanges.core.market import NO_RULES


def task_of(arguments: dict[str, Any]) -> Task:
    spec = arguments["spec"]
    series = [
        make_series(
            spec, symbol, candles, arguments["rules"].get(symbol, NO_RULES),
            arguments["funding"].get(symbol), detail=arguments.get("detail", {}).get(symbol),
        )
        for symbol, candles in arguments["candles"].items()
    ]  # fmt: skip
    terms = arguments["costs"].numbers(float)
    options = option_numbers(spec.risk)
    return Task(series, arguments["cash"], plan_numbers(spec.risk, float), terms, options=options)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs(), st.integers(1, 40))
def test_the_size_of_chunks_changes_nothing(arguments: dict[str, Any], chunk: int) -> None:
    task = task_of(arguments)
    whole = kernel.simulate(task)
    engine = kernel if len(task.series) == 1 else kernel_multi
    cut = engine.simulate(task, chunk=chunk)
    assert np.array_equal(whole.equity, cut.equity)
    assert (whole.skips, whole.cash) == (cut.skips, cut.cash)
    assert np.array_equal(whole.trades.pnl, cut.trades.pnl)
    assert np.array_equal(whole.trades.exit_index, cut.trades.exit_index)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(option_runs(), st.integers(1, 40))
def test_nor_does_it_with_options(arguments: dict[str, Any], chunk: int) -> None:
    task = task_of(arguments)
    whole, cut = kernel_full.simulate(task), kernel_full.simulate(task, chunk=chunk)
    assert np.array_equal(whole.equity, cut.equity)
    assert (whole.skips, whole.cash) == (cut.skips, cut.cash)
    assert np.array_equal(whole.trades.pnl, cut.trades.pnl)
    assert np.array_equal(whole.trades.exit_index, cut.trades.exit_index)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs())
def test_one_symbol_alone_is_the_same_in_both_kernels(arguments: dict[str, Any]) -> None:
    task = task_of(arguments)
    alone = Task(task.series[:1], task.cash, task.plan, task.terms)
    single, multi = kernel.simulate(alone), kernel_multi.simulate(alone)
    assert np.array_equal(single.equity, multi.equity)
    assert np.array_equal(single.trades.pnl, multi.trades.pnl)


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_progress_rises_to_one_and_may_cancel(engine: str) -> None:
    spec, candles = parse(spec_data()), walk(400)
    seen: list[float] = []
    run(spec, {"BTC/USDT": candles}, cash=1000, engine=engine, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        run(spec, {"BTC/USDT": candles}, cash=1000, engine=engine, on_progress=cancel)


def test_columns_may_be_read_only_and_strided() -> None:
    spec, candles = parse(spec_data()), walk(300)
    frozen = candles.slice(0, 300)
    for column in (frozen.open_time_ms, *frozen.columns()):
        column.flags.writeable = False
    strided = walk(300).take(np.arange(300))
    results = [run(spec, {"BTC/USDT": one}, cash=1000) for one in (candles, frozen, strided)]
    assert len({result.final_equity for result in results}) == 1
    assert len(kernel.run_nb.signatures) == 1, "one type of arguments, so one compilation"


WARM = """
from backtesting.core import kernel, kernel_full, warm
warm.warm()
compiled = (kernel.run_nb, kernel.kernel_multi.run_multi_nb, kernel_full.run_full_nb)
hits = [function.stats for function in compiled]
print(sum(len(stats.cache_misses) for stats in hits), sum(len(s.cache_hits) for s in hits))
"""


def test_a_new_process_finds_the_kernels_compiled() -> None:
    warm = [sys.executable, "-c", WARM]
    subprocess.run(warm, check=True, capture_output=True, timeout=300)
    again = subprocess.run(warm, check=True, capture_output=True, text=True, timeout=300)
    assert again.stdout.split() == ["0", "3"], "misses, hits"


def test_costs_are_checked_numbers() -> None:
    terms = Costs(fee_rate=0.001).numbers(float)
    assert (terms.fee_rate, terms.slippage, terms.liquidation_fee_rate) == (0.001, 0.0, 0.005)
