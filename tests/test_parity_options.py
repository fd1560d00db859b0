"""Every option in the plain simulator and compiled: the same to the last float, and it adds up."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings

from backtesting.core.compare import first_difference
from backtesting.core.run import run
from backtesting.tests.core.drawing import runs
from backtesting.tests.core.drawing_options import option_runs
from bots.core.engine.series import FILL_FLOATS, FILL_INTS

# `make soak` asks for more.
CASES = int(os.environ.get("PARITY_CASES", "1000"))
SETTINGS = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))


def both(arguments: dict[str, Any], *engines: str) -> Any:
    """Results of the engines, after checking that they say the same."""
    rest = dict(arguments)
    spec, candles = rest.pop("spec"), rest.pop("candles")
    first, *others = (run(spec, candles, engine=engine, **rest) for engine in engines)
    for other in others:
        assert first_difference(first.trades, other.trades) is None
        assert np.array_equal(first.equity, other.equity)
        assert first.skipped == other.skipped
        assert first.final_equity == other.final_equity
    return first, *others


@SETTINGS
@given(option_runs())
def test_every_option_is_the_same_in_both(arguments: dict[str, Any]) -> None:
    compiled, reference = both(arguments, "full", "reference")
    for name in FILL_INTS + FILL_FLOATS:
        one, other = getattr(compiled.fill_columns, name), getattr(reference.fill_columns, name)
        assert np.array_equal(one, other), name
    adds_up(compiled)
    for reason in {*compiled.skipped, *(trade.exit_reason for trade in compiled.trades)}:
        event(reason)
    risk = arguments["spec"].risk
    for key in ("sizing", "entry_order", "scale_in", "scale_out", "protections"):
        event(f"{key}: {bool(getattr(risk, key)) and len(compiled.trades) > 0}")


def adds_up(result: Any) -> None:
    """Money comes from trades alone, is never below nothing, and every fill belongs to a trade."""
    size = max(result.cash, float(np.max(result.equity)))
    assert result.final_equity - result.cash == pytest.approx(
        float(result.columns.pnl.sum()), abs=size * 1e-7
    )
    assert result.final_equity >= 0 and result.final_equity == result.equity[-1]
    assert np.isfinite(result.equity).all()
    fills, trades = result.fill_columns, result.columns
    for k in range(len(trades)):
        mine = (fills.symbol == trades.symbol[k]) & (fills.entry_index == trades.entry_index[k])
        opened = mine & (fills.direction == trades.side[k])
        closed = mine & (fills.direction == -trades.side[k])
        assert fills.quantity[opened].sum() == pytest.approx(trades.quantity[k], rel=1e-9)
        assert fills.quantity[closed].sum() == pytest.approx(trades.quantity[k], rel=1e-6)
        assert fills.fee[mine].sum() == pytest.approx(trades.fees[k], rel=1e-9, abs=1e-12)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs())
def test_without_options_all_kernels_are_the_same(arguments: dict[str, Any]) -> None:
    both(arguments, "full", "kernel")
