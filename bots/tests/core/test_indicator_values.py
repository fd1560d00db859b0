"""Every indicator against a formula written out in plain Python, in the files plain_*.py.

The few whose formula fills pages are compared with TA-Lib called directly instead.
"""

from __future__ import annotations

import numpy as np
import pytest
import talib

from bots.core.indicators import INDICATORS, compute
from bots.tests.core import plain_insight, plain_moves, plain_prices, plain_trends
from bots.tests.core.building import walk
from bots.tests.core.plain import PLAIN, Rows

assert plain_insight and plain_moves and plain_prices and plain_trends  # they fill PLAIN
CANDLES = walk(900, seed=3, timeframe="1h")
CLOSE = CANDLES.close
ROWS = Rows(CANDLES)
# By then the first candles weigh less than 1e-9, so other beginnings do not show.
SETTLED = 600

DIRECT = {
    "mama": lambda: talib.MAMA(CLOSE, 0.5, 0.05),
    "ht_trendline": lambda: (talib.HT_TRENDLINE(CLOSE),),
    "ht_period": lambda: (talib.HT_DCPERIOD(CLOSE),),
    "ht_sine": lambda: talib.HT_SINE(CLOSE),
}


def test_every_indicator_has_a_reference():
    assert set(PLAIN) | set(DIRECT) == set(INDICATORS)
    assert not set(PLAIN) & set(DIRECT)


@pytest.mark.parametrize("key", sorted(PLAIN))
def test_values_equal_the_plain_formula(key):
    expected = PLAIN[key](ROWS)
    lines = expected if isinstance(expected, tuple) else (expected,)
    columns = compute(key, CANDLES)
    assert len(lines) == len(columns)
    for (name, column), line in zip(columns.items(), lines, strict=True):
        wanted = np.array(line)
        np.testing.assert_allclose(
            column[SETTLED:], wanted[SETTLED:], rtol=1e-7, atol=1e-9, err_msg=f"{key}.{name}"
        )
        if INDICATORS[key].memory == "window":
            known = ~np.isnan(column)  # a stochastic waits for its slower line
            np.testing.assert_allclose(column[known], wanted[known], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("key", sorted(DIRECT))
def test_values_equal_the_library(key):
    for column, wanted in zip(compute(key, CANDLES).values(), DIRECT[key](), strict=True):
        np.testing.assert_array_equal(column, wanted)


@pytest.mark.parametrize("average", ["sma", "ema", "wma", "rma", "dema", "tema", "trima", "kama"])
@pytest.mark.parametrize("period", [2, 3, 10, 57])
def test_averages_of_any_period_equal_the_library(average, period):
    wanted = getattr(talib, average.upper())(CLOSE, period)
    np.testing.assert_array_equal(compute(average, CANDLES, {"period": period})["value"], wanted)
