"""Stop and target of a trade, candle by candle, written out."""

from __future__ import annotations

import numpy as np
import pytest

from backtesting.core.levels import protective_levels
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.spec import parse
from exchanges.core.candles import make_candles

HELD = make_candles(
    "1m", 60_000 * np.arange(3), [100, 101, 103], [102, 104, 103.5], [99, 100, 102],
    [101, 103, 103], np.ones(3),
)  # fmt: skip
STOP, TARGET, TRAIL = {"stop_loss": 0.02}, {"take_profit": 0.04}, {"trailing_stop": 0.01}

#  risk, side, stop on each candle, target on each, why
CASES = [
    ({}, 1, [], [], "nothing protects it"),
    (STOP | TARGET, 1, [98, 98, 98], [104, 104, 104], "fractions of the entry"),
    (STOP | TARGET, -1, [102, 102, 102], [96, 96, 96], "a short mirrors it"),
    (TRAIL, 1, [99, 100.98, 102.96], [], "below the best price of the candles before"),
    (TRAIL, -1, [101, 99.99, 99.99], [], "above the lowest"),
    (STOP | {"trailing_stop": 0.03}, 1, [98, 98.94, 100.88], [], "the nearer one counts"),
]


@pytest.mark.parametrize(("risk", "side", "stop", "target", "why"), CASES)
def test_levels_by_hand(spec, risk, side, stop, target, why):
    plan = plan_numbers(parse(spec | {"risk": risk}).risk, float)
    found = protective_levels(HELD, side, 100.0, plan)
    assert found[0].tolist() == pytest.approx(stop), why
    assert found[1].tolist() == pytest.approx(target), why
