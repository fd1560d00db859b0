"""A rule strategy as an order-level bot trades as simulator and kernel do, to the last float."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from hypothesis import HealthCheck, event, given, settings

from backtesting.core.compare import first_difference
from backtesting.core.run import run
from backtesting.tests.core.drawing import runs
from backtesting.tests.core.drawing_options import option_runs
from bots.core.engine.series import FILL_FLOATS, FILL_INTS

# `make soak` asks for more.
CASES = int(os.environ.get("PARITY_CASES", "1000"))


def asserted_same(arguments: dict[str, Any]) -> None:
    rest = dict(arguments)
    spec, candles = rest.pop("spec"), rest.pop("candles")
    first, *others = (
        run(spec, candles, engine=engine, **rest) for engine in ("events", "reference", "kernel")
    )
    for other in others:
        assert first_difference(first.trades, other.trades) is None
        assert np.array_equal(first.equity, other.equity)
        assert first.skipped == other.skipped
        assert first.final_equity == other.final_equity
    for name in FILL_INTS + FILL_FLOATS:
        columns = (getattr(one.fill_columns, name) for one in (first, others[0]))
        assert np.array_equal(*columns), name
    for reason in {*first.skipped, *(trade.exit_reason for trade in first.trades)}:
        event(reason)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs())
def test_without_options_the_bot_trades_as_the_simulators(arguments: dict[str, Any]) -> None:
    asserted_same(arguments)


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(option_runs())
def test_with_every_option_the_bot_trades_as_the_simulators(arguments: dict[str, Any]) -> None:
    asserted_same(arguments)
