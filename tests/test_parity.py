"""One meaning, several engines: the same strategy on the same candles makes the same trades."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, event, given, settings

from backtesting.core.compare import first_difference
from backtesting.core.run import run
from backtesting.tests.core.drawing import runs
from bots.core.strategy.spec import parse
from bots.tests.core.building import spec_data, walk

GAP = "(high + low) / 2 - ema(close, 20)"


def test_a_formula_trades_as_what_it_is_made_of() -> None:
    """Both simulators, and the same rule written with the library's own indicator."""
    crossing = {"left": "gap", "op": "crosses_above", "right": 0}
    written = {
        "indicators": [{"id": "gap", "type": "formula", "params": {"expression": GAP}}],
        "buy_conditions": {"all": [crossing]},
        "sell_conditions": {"all": [{**crossing, "op": "crosses_below"}]},
        "risk": {"stop_loss": 0.01},
    }
    middle = {"id": "m", "type": "sma", "source": "hl2", "params": {"period": 1}}
    average = {"id": "gap", "type": "ema", "params": {"period": 20}}
    above = {"left": "m", "op": "crosses_above", "right": "gap"}
    built = {
        **written,
        "indicators": [middle, average],
        "buy_conditions": {"all": [above]},
        "sell_conditions": {"all": [{**above, "op": "crosses_below"}]},
    }
    candles = {"BTC/USDT": walk(1500)}
    kernel, reference, other = (
        run(parse(spec_data(**spec)), candles, cash=1000.0, engine=engine)
        for spec, engine in ((written, "kernel"), (written, "reference"), (built, "kernel"))
    )
    assert len(kernel.trades) > 20
    assert first_difference(kernel.trades, reference.trades) is None
    assert first_difference(kernel.trades, other.trades) is None


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs())
def test_kernel_equals_the_reference_to_the_last_float(arguments: dict[str, Any]) -> None:
    arguments = dict(arguments)
    spec, candles = arguments.pop("spec"), arguments.pop("candles")
    kernel = run(spec, candles, engine="kernel", **arguments)
    reference = run(spec, candles, engine="reference", **arguments)
    assert first_difference(kernel.trades, reference.trades) is None
    assert np.array_equal(kernel.equity, reference.equity)
    assert kernel.skipped == reference.skipped
    assert kernel.final_equity == reference.final_equity == reference.equity[-1]
    assert kernel.final_equity >= 0
    for reason in {trade.exit_reason for trade in kernel.trades}:
        event(f"exit: {reason}")
    for reason in kernel.skipped:
        event(f"skip: {reason}")
    event(f"{len(candles)} symbols")
    event(f"trades: {min(len(kernel.trades), 10)}")
