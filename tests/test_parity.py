"""One meaning, several engines: the same strategy on the same candles makes the same trades."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, event, given, settings

from backtesting.core.compare import first_difference
from backtesting.core.run import run
from backtesting.tests.core.drawing import runs


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
