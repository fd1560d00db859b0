"""How far a trade went against and for itself, on candles written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.core.excursions import excursions, most_telling, of_result
from backtesting.core.run import run
from backtesting.tests.conftest import walk
from bots.core.strategy.spec import parse

HIGH = np.array([101.0, 110.0, 104.0, 120.0])
LOW = np.array([99.0, 95.0, 90.0, 80.0])

#  side, entry candle, exit candle, entry, exit, held to the close, MAE, MFE, why
CASES = [
    (+1, 0, 2, 100.0, 102.0, False, -0.05, 0.10, "the exit's candle counts by its price alone"),
    (-1, 0, 2, 100.0, 102.0, False, -0.10, 0.05, "a short mirrors it"),
    (+1, 0, 1, 100.0, 93.0, False, -0.07, 0.01, "the exit price is the worst"),
    (+1, 2, 2, 100.0, 97.0, False, -0.03, 0.0, "in and out in one candle: only its fills"),
    (+1, 2, 3, 100.0, 100.0, True, -0.20, 0.20, "held to the last close: the candle counts"),
    (-1, 3, 3, 100.0, 100.0, True, -0.20, 0.20, "the very last candle"),
    (+1, 0, 0, 100.0, 100.0, False, 0.0, 0.0, "nothing happened"),
]


@pytest.mark.parametrize(
    ("side", "first", "last", "entry", "exit_", "at_close", "mae", "mfe", "why"), CASES
)
def test_excursions_by_hand(side, first, last, entry, exit_, at_close, mae, mfe, why):
    found = excursions(
        HIGH, LOW, side=np.array([side]), entry_index=np.array([first]),
        exit_index=np.array([last]), entry_price=np.array([entry]), exit_price=np.array([exit_]),
        exit_at_close=np.array([at_close]),
    )  # fmt: skip
    assert [float(one[0]) for one in found] == pytest.approx([mae, mfe], abs=1e-12), why
    assert not np.signbit(found[1][0]), why


@given(st.data())
def test_all_at_once_is_one_by_one(data):
    count = data.draw(st.integers(1, 12))
    index = st.integers(0, len(HIGH) - 1)
    pairs = [sorted(data.draw(st.tuples(index, index))) for _ in range(count)]
    sides = data.draw(st.lists(st.sampled_from([1, -1]), min_size=count, max_size=count))
    closes = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    first, last = (np.array(column) for column in zip(*pairs, strict=True))
    mae, mfe = excursions(
        HIGH, LOW, side=np.array(sides), entry_index=first, exit_index=last,
        entry_price=np.full(count, 100.0), exit_price=np.full(count, 101.0),
        exit_at_close=np.array(closes),
    )  # fmt: skip
    for k in range(count):
        held = slice(first[k], last[k] + closes[k])
        up = max([100.0, 101.0, *HIGH[held]]) / 100 - 1
        down = min([100.0, 101.0, *LOW[held]]) / 100 - 1
        expected = (down, up) if sides[k] > 0 else (-up, -down)
        assert (mae[k], mfe[k]) == pytest.approx(expected, abs=1e-12)


def test_a_stopped_trade_never_went_further_against_itself_than_its_stop(spec):
    candles = {"BTC/USDT": walk(3000)}
    result = run(parse(spec | {"risk": {"stop_loss": 0.004}}), candles, cash=1000.0)
    mae, mfe = of_result(result, candles)
    stopped = np.array([trade.exit_reason == "stop_loss" for trade in result.trades])
    gross = result.columns.exit_price / result.columns.entry_price - 1
    assert stopped.sum() > 5
    assert (mae <= np.minimum(gross, 0) + 1e-12).all()
    assert (mfe >= np.maximum(gross, 0) - 1e-12).all()
    assert mae[stopped] == pytest.approx(gross[stopped])


def test_no_trades_have_no_excursions(spec):
    never = {"all": [{"left": "close", "op": "<", "right": 0}]}
    candles = {"BTC/USDT": walk(50)}
    result = run(parse(spec | {"buy_conditions": never}), candles, cash=1000.0)
    assert [one.size for one in of_result(result, candles)] == [0, 0]


@given(st.integers(1, 3000), st.integers(8, 400))
def test_a_thinned_scatter_keeps_the_extremes(count, most):
    random = np.random.default_rng(count)
    worst, best = -random.random(count), random.random(count)
    kept = list(most_telling(worst, best, most))
    assert len(kept) <= most and kept == sorted(set(kept))
    assert int(worst.argmin()) in kept and int(best.argmax()) in kept
