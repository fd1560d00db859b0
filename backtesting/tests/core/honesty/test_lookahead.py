"""Signals that know the future are found; ours know none, and say how much past they need."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtesting.core.honesty.lookahead import look_ahead, warmup
from bots.core.strategy.signals import Signals, signals, warmup_candles
from bots.core.strategy.spec import Spec, parse
from bots.tests.core.building import spec_data, walk
from exchanges.core.candles import Candles
from foundation.lib.errors import BadInput

HOURLY = {"id": "slow", "type": "ema", "params": {"period": 9}, "timeframe": "5m"}


def spec_with(*extra: dict[str, object]) -> Spec:
    data = spec_data()
    return parse({**data, "indicators": [*data["indicators"], *extra]})


def knowing(spec: Spec, candles: Candles) -> Signals:
    """As if each buy looked at the next close."""
    found = signals(spec, candles)
    rising = np.append(np.diff(candles.close) > 0, False)
    return replace(found, buy=found.buy | rising)


def smoothed(spec: Spec, candles: Candles) -> Signals:
    """An indicator that is centred: half of its window is the future."""
    found = signals(spec, candles)
    return replace(found, columns=found.columns | {"centred": candles.close - candles.close.mean()})


def test_our_signals_know_no_future() -> None:
    found = look_ahead(spec_with({**HOURLY, "id": "h"}), walk(600))
    assert found.is_clean
    assert found.compared > 1000


def test_signals_that_do_are_named() -> None:
    found = look_ahead(parse(spec_data()), walk(600), evaluate=knowing)
    assert [leak.name for leak in found.leaks] == ["buy_conditions"]
    leak = found.leaks[0]
    assert leak.time_ms <= leak.cut_ms
    assert leak.with_future != leak.without


def test_so_are_indicators() -> None:
    found = look_ahead(parse(spec_data()), walk(600), evaluate=smoothed)
    assert "centred" in [leak.name for leak in found.leaks]
    assert not found.is_clean


def test_the_warm_up_that_is_assumed_is_enough() -> None:
    spec = spec_with({**HOURLY, "id": "h"})
    assumed = warmup_candles(spec)
    found = warmup(spec, walk(assumed + 700), warmups=[0, 3, assumed])
    assert found.enough is not None
    assert found.enough <= assumed == found.assumed
    assert [row.candles for row in found.rows] == [0, 3, assumed]
    differences = [max(row.columns.values()) for row in found.rows]
    assert differences[0] > differences[-1]
    assert differences[-1] < 1e-6


def test_a_warm_up_that_is_too_short_shows() -> None:
    found = warmup(parse(spec_data()), walk(1000), warmups=[0])
    assert found.rows[0].signals > 0 or max(found.rows[0].columns.values()) > 0


@pytest.mark.parametrize("count", [0, 201])
def test_the_number_of_cuts_is_bounded(count: int) -> None:
    with pytest.raises(BadInput, match="cuts"):
        look_ahead(parse(spec_data()), walk(100), cuts=count)


def test_too_few_candles_are_said_to_be() -> None:
    with pytest.raises(BadInput, match="too few"):
        warmup(parse(spec_data()), walk(100))
    with pytest.raises(BadInput, match="two candles"):
        look_ahead(parse(spec_data()), walk(1))
