"""The promises every registered indicator keeps; a new one is tested here by being registered."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.core.indicators import (
    INDICATORS,
    averages,
    compute,
    lookback,
    oscillators,
    sessions,
    windows,
)
from bots.tests.core.building import START_MS, walk
from exchanges.core.candles import Candles, bucket_starts, make_candles

EVERY = pytest.mark.parametrize("key", sorted(INDICATORS))
HOURS = walk(1500, timeframe="1h")


def least_params(key: str) -> dict[str, Any]:
    """Every number at its lower bound, where that keeps the order of the parameters."""
    kind = INDICATORS[key]
    params = {name: p.default if p.least is None else p.least for name, p in kind.params.items()}
    for less, more in kind.ordered:
        params[more] = max(params[more], params[less] + 1)
    return params


def constant(n: int, price: float = 7.0, volume: float = 3.0) -> Candles:
    prices = [[price] * n] * 4
    return make_candles("1h", START_MS + np.arange(n) * 3_600_000, *prices, [volume] * n)


def assert_sound(columns: dict[str, Any], n: int, why: str) -> None:
    """As long as the candles; NaN at the start only; never infinite."""
    for name, column in columns.items():
        assert column.dtype == np.float64 and column.shape == (n,), (why, name)
        missing = np.isnan(column)
        first = int(np.argmin(missing)) if not missing.all() else n
        assert not missing[first:].any(), (why, name, "NaN after the first value")
        assert not np.isinf(column).any(), (why, name, "infinite")


@EVERY
def test_columns_are_sound_and_have_values(key):
    columns = compute(key, HOURS)
    assert tuple(columns) == INDICATORS[key].outputs
    assert_sound(columns, len(HOURS), "random walk")
    assert all(np.isfinite(column[-1]) for column in columns.values())


@EVERY
def test_hard_candles_raise_nothing_and_give_no_infinity(key):
    jump = walk(200, timeframe="1h")
    quiet = np.where(np.arange(200) < 60, jump.volume, 0.0)
    columns = [np.where(np.arange(200) < 100, c, 7.0) for c in jump.columns()[:4]]
    cases = {
        "constant": constant(300),
        "no volume": constant(300, volume=0.0),
        "goes flat": make_candles("1h", jump.open_time_ms, *columns, quiet),
        "tiny": make_candles("1h", jump.open_time_ms, *(c * 1e-9 for c in jump.columns())),
        "huge": make_candles("1h", jump.open_time_ms, *(c * 1e9 for c in jump.columns())),
    }
    for why, candles in cases.items():
        assert_sound(compute(key, candles), len(candles), why)
        assert_sound(compute(key, candles, least_params(key)), len(candles), f"{why}, least")


@EVERY
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 10])
def test_short_input_gives_short_columns(key, n):
    assert_sound(compute(key, HOURS.slice(0, n)), n, "default")
    assert_sound(compute(key, HOURS.slice(0, n), least_params(key)), n, "least")


@EVERY
@settings(max_examples=8, deadline=None)
@given(cut=st.integers(1, 420), seed=st.integers(0, 1000))
def test_more_candles_change_no_earlier_value(key, cut, seed):
    candles = walk(420, seed, timeframe="1h", start_ms=START_MS + 5 * 3_600_000)
    whole, part = compute(key, candles), compute(key, candles.slice(0, cut))
    for name, column in part.items():
        np.testing.assert_array_equal(column, whole[name][:cut], err_msg=name)


@EVERY
def test_the_result_is_a_new_column_and_the_same_each_time(key):
    before = HOURS.close.copy()
    first, second = compute(key, HOURS), compute(key, HOURS)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
        assert not any(np.shares_memory(first[name], column) for column in HOURS.columns())
    np.testing.assert_array_equal(HOURS.close, before)


@EVERY
def test_a_coin_a_million_times_cheaper_gives_the_same_picture(key):
    """Absolute thresholds inside a formula would flatten coins that cost 0.00001."""
    scale = 2.0**-24
    prices, volume = HOURS.columns()[:4], HOURS.volume
    cheap = make_candles("1h", HOURS.open_time_ms, *(p * scale for p in prices), volume)
    paired = HOURS.beside["paired"] * scale
    cheap = replace(cheap, beside={**HOURS.beside, "paired": paired})
    for name, column in compute(key, HOURS).items():
        made = compute(key, cheap)[name]
        powers = (1.0, scale, scale * scale, 1 / scale)  # the last: moves per money traded
        assert any(
            np.allclose(made, column * power, rtol=1e-6, atol=1e-9 * power, equal_nan=True)
            for power in powers
        ), name


@EVERY
def test_an_indicator_of_an_indicator_waits_for_it(key):
    if not INDICATORS[key].takes_source:
        return
    source = compute("sma", HOURS, {"period": 10})["value"]
    columns = compute(key, HOURS, source=source)
    assert_sound(columns, len(HOURS), "source that warms up")
    tail = compute(key, HOURS.slice(9, len(HOURS)), source=source[9:])
    for name, column in columns.items():
        np.testing.assert_array_equal(column[9:], tail[name])
        assert np.isnan(column[:9]).all()


@EVERY
def test_lookback_is_where_the_values_begin(key):
    if INDICATORS[key].memory == "session":
        return
    params = {name: param.default for name, param in INDICATORS[key].params.items()}
    first = lookback(key, params)
    columns = compute(key, HOURS.slice(0, first + 1))
    assert all(np.isfinite(column[first]) for column in columns.values())
    assert any(first == 0 or np.isnan(column[first - 1]) for column in columns.values())


@EVERY
def test_the_entry_is_complete(key):
    kind = INDICATORS[key]
    assert kind.doc.endswith((".", ":")) or len(kind.doc) > 20
    assert len(kind.doc) <= 110 and kind.name and kind.family
    assert len(set(kind.outputs)) == len(kind.outputs) >= 1
    for param in kind.params.values():
        assert param.doc
        if param.kind == "choice":
            assert param.default in param.choices
        elif param.kind == "formula":
            assert param.check(param.default) == param.default
        else:
            assert param.least <= param.default <= param.most
    assert not inspect.signature(kind.function).parameters.keys() - {*kind.params, *kind.inputs}


def test_there_are_enough_indicators():
    assert len(INDICATORS) >= 100


def test_upper_bounds_work_where_there_are_enough_candles():
    for key, kind in INDICATORS.items():
        params = {n: p.default if p.most is None else p.most for n, p in kind.params.items()}
        for less, more in kind.ordered:
            params[less] = params[more] - 1
        assert_sound(compute(key, HOURS, params), len(HOURS), key)


@pytest.mark.parametrize(
    ("loop", "rest"),
    [
        (averages.mcginley_loop, (14,)),
        (oscillators.faded_sum, (0.67, 0.999)),
        (sessions.vwap_loop, (HOURS.volume, bucket_starts(HOURS.open_time_ms, "1d"))),
    ],
)
def test_a_compiled_loop_gives_the_very_floats_of_the_plain_one(monkeypatch, loop, rest):
    column = np.concatenate(([np.nan, np.nan], HOURS.close[2:]))
    plain = loop(column, *rest)
    monkeypatch.setattr(windows, "PLAIN_LOOP_MAX", 0)
    np.testing.assert_array_equal(loop(column, *rest), plain)
