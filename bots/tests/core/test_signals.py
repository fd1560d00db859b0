"""Signals: each operator by hand, groups, timeframes, and that the future changes nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from bots.core.strategy.signals import signals, warmup_candles
from bots.core.strategy.spec import parse
from bots.tests.core.building import closes, spec_data, walk

FLAT_TAIL = (1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 2.0)


def flags(condition: Any, *values: float, indicators: Any = ()) -> list[int]:
    spec = parse(
        spec_data(indicators=list(indicators), buy_conditions=condition, sell_conditions=None)
    )
    return [int(flag) for flag in signals(spec, closes(*values)).buy]


#    op               other fields                 closes 1 2 3 3 2 1 2 -> flags   why
CASES = [
    (">", {"right": 2}, [0, 0, 1, 1, 0, 0, 0], "strictly above"),
    (">=", {"right": 2}, [0, 1, 1, 1, 1, 0, 1], "equal counts"),
    ("<", {"right": 2}, [1, 0, 0, 0, 0, 1, 0], "strictly below"),
    ("<=", {"right": 2}, [1, 1, 0, 0, 1, 1, 1], "equal counts"),
    ("==", {"right": 3}, [0, 0, 1, 1, 0, 0, 0], "equal"),
    ("!=", {"right": 3}, [1, 1, 0, 0, 1, 1, 1], "unequal"),
    ("crosses_above", {"right": 2}, [0, 0, 1, 0, 0, 0, 0], "from <= to >; touching is no cross"),
    ("crosses_below", {"right": 2}, [0, 0, 0, 0, 0, 1, 0], "from >= to <"),
    ("rising", {"n": 1}, [0, 1, 1, 0, 0, 0, 1], "one step up"),
    ("rising", {"n": 2}, [0, 0, 1, 0, 0, 0, 0], "two steps up; equal breaks it"),
    ("falling", {"n": 2}, [0, 0, 0, 0, 0, 1, 0], "two steps down"),
    ("rising", {"n": 99}, [0] * 7, "more steps than candles"),
    ("between", {"low": 2, "high": 3}, [0, 1, 1, 1, 1, 0, 1], "both ends included"),
    ("<", {"right": "close[1]"}, [0, 0, 0, 0, 1, 1, 0], "nothing before the first: false"),
    ("!=", {"right": "close[1]"}, [0, 1, 1, 0, 1, 1, 1], "!= with nothing is false too"),
    ("==", {"right": "close[1]"}, [0, 0, 0, 1, 0, 0, 0], "equal to the candle before"),
    ("crosses_above", {"right": "close[3]"}, [0, 0, 0, 0, 0, 0, 0], "needs four candles back"),
    (">", {"right": "close[500]"}, [0] * 7, "offset beyond the series"),
]


@pytest.mark.parametrize(("op", "fields", "expected", "why"), CASES)
def test_operators_on_the_close(op, fields, expected, why):
    assert flags({"left": "close", "op": op, **fields}, *FLAT_TAIL) == expected, why


def test_groups_nest_and_not_negates_the_result():
    above, below = ({"left": "close", "op": op, "right": 2} for op in (">", "<"))
    assert flags({"any": [above, below]}, 1, 2, 3) == [1, 0, 1]
    assert flags({"all": [above, below]}, 1, 2, 3) == [0, 0, 0]
    assert flags({"not": {"any": [above, below]}}, 1, 2, 3) == [0, 1, 0]
    # A missing value makes the comparison false, and `not` of false is true.
    assert flags({"not": {"left": "close[1]", "op": ">", "right": 0}}, 1, 2) == [1, 0]


def test_shared_comparisons_are_not_changed_by_the_groups_that_use_them():
    above = {"left": "close", "op": ">", "right": 1}
    spec = parse(
        spec_data(
            indicators=[],
            buy_conditions={"all": [above, {"left": "close", "op": "<", "right": 3}]},
            sell_conditions=above,
        )
    )
    made = signals(spec, closes(1, 2, 3))
    assert made.sell.tolist() == [False, True, True]
    assert made.buy.tolist() == [False, True, False]


def test_no_candles_give_empty_columns():
    made = signals(parse(spec_data()), closes())
    assert made.buy.shape == made.columns["fast"].shape == (0,)


def test_equal_indicators_are_computed_once_and_shared_through_the_cache():
    cache: dict[Any, Any] = {}
    candles = walk(200)
    first = signals(parse(spec_data()), candles, cache=cache)
    second = signals(parse(spec_data(name="again")), candles, cache=cache)
    assert second.columns["slow"] is first.columns["slow"]
    assert len(cache) == 2


def test_a_higher_timeframe_shows_its_last_closed_candle_only():
    indicators = [{"id": "hour", "type": "sma", "params": {"period": 1}, "timeframe": "1h"}]
    condition = {"left": "hour", "op": ">", "right": 0}
    spec = parse(spec_data(indicators=indicators, buy_conditions=condition, sell_conditions=None))
    candles = walk(180)
    column = signals(spec, candles).columns["hour"]
    # 00:59 closes the first hour, so its close is known from then on, until 01:58.
    assert math.isnan(column[58])
    assert set(column[59:119]) == {candles.close[59]}
    assert set(column[119:179]) == {candles.close[119]}


@pytest.mark.parametrize("cut", [1, 27, 59, 60, 61, 119, 150, 239])
def test_later_candles_change_no_earlier_signal(cut):
    indicators = [
        {"id": "fast", "type": "ema", "params": {"period": 3}},
        {"id": "hour", "type": "ema", "params": {"period": 2}, "timeframe": "1h"},
        {"id": "quarter", "type": "rsi", "params": {"period": 3}, "timeframe": "15m"},
        {
            "id": "over",
            "type": "sma",
            "params": {"period": 2},
            "source": "quarter",
            "timeframe": "15m",
        },
    ]
    spec = parse(
        spec_data(
            indicators=indicators,
            buy_conditions={
                "any": [
                    {"left": "fast", "op": ">", "right": "hour"},
                    {"left": "quarter", "op": "crosses_above", "right": "over"},
                ]
            },
            sell_conditions={"left": "hour", "op": "<", "right": "hour[30]"},
        )
    )
    candles = walk(240)
    whole, part = signals(spec, candles), signals(spec, candles.slice(0, cut))
    assert part.buy.tolist() == whole.buy[:cut].tolist()
    assert part.sell.tolist() == whole.sell[:cut].tolist()
    for name, column in part.columns.items():
        np.testing.assert_array_equal(column, whole.columns[name][:cut])


def test_warmup_covers_indicators_offsets_and_timeframes():
    plain = [{"id": "s", "type": "sma", "params": {"period": 10}}]
    hourly = [{"id": "s", "type": "sma", "params": {"period": 10}, "timeframe": "1h"}]
    condition = {"left": "s[5]", "op": "crosses_above", "right": 1}
    made = [
        warmup_candles(
            parse(spec_data(indicators=indicators, buy_conditions=condition, sell_conditions=None))
        )
        for indicators in (plain, hourly)
    ]
    assert made == [9 + 6, (9 + 2) * 60 + 6]
