"""Curves and tables of a finished run."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backtesting.models import Backtest
from backtesting.models.columns import pack_floats, pack_times, unpack_floats, unpack_times
from backtesting.selectors.curves import Curves, drawdown, thin
from backtesting.selectors.reports import monthly_returns
from backtesting.selectors.trade_charts import drawable

FLOATS = arrays(np.float64, st.integers(0, 300), elements=st.floats(allow_nan=True))
FINITE = arrays(np.float64, st.integers(1, 3000), elements=st.floats(0.01, 1e9))


@given(FLOATS)
def test_packed_floats_come_back_to_the_last_bit(column):
    assert unpack_floats(pack_floats(column)).tobytes() == column.tobytes()


@given(st.lists(st.integers(0, 2**50), max_size=300))
def test_packed_times_come_back(times):
    column = np.array(sorted(times), dtype=np.int64)
    assert unpack_times(pack_times(column)).tolist() == column.tolist()


def test_a_year_of_minutes_packs_its_times_into_a_few_kilobytes():
    assert len(pack_times(1_704_067_200_000 + 60_000 * np.arange(525_600))) < 32_000


@given(FINITE, st.integers(4, 200))
def test_a_thinned_curve_keeps_its_ends_and_its_extremes(values, points_max):
    index = thin(values, points_max)
    assert len(index) <= points_max
    assert (index[0], index[-1]) == (0, len(values) - 1)
    assert (np.diff(index) > 0).all()
    assert values[index].min() == values.min() and values[index].max() == values.max()


@given(FINITE)
def test_drawdown_is_never_positive_and_zero_at_each_new_peak(equity):
    falls = drawdown(equity, cash=float(equity[0]))
    assert (falls <= 0).all() and (falls >= -1).all()
    assert falls[int(equity.argmax())] == 0


def curves_at(*points: tuple[str, float]) -> Curves:
    times = np.array([np.datetime64(day, "ms").astype(np.int64) for day, _ in points])
    equity = np.array([value for _, value in points])
    return Curves(times, equity, equity * 0, equity * 0, equity)


#  closes, months that have a return, total of each year
MONTHS = [
    ([("2024-01-10", 100.0), ("2024-01-31", 110.0)], {(2024, 1): 0.1}, {2024: 0.1}),
    (
        [("2023-12-31", 120.0), ("2024-01-31", 60.0), ("2024-02-01", 90.0)],
        {(2023, 12): 0.2, (2024, 1): -0.5, (2024, 2): 0.5},
        {2023: 0.2, 2024: -0.25},
    ),
    ([("2024-03-01", 0.0), ("2024-04-01", 0.0)], {(2024, 3): -1.0}, {2024: -1.0}),
]


@pytest.mark.parametrize(("closes", "months", "totals"), MONTHS)
def test_monthly_returns_go_from_close_to_close(closes, months, totals):
    rows = monthly_returns(Backtest(cash=Decimal(100)), curves_at(*closes))
    found = {
        (row.year, number): value
        for row in rows
        for number, value in enumerate(row.months, start=1)
        if value is not None
    }
    assert found == pytest.approx(months)
    assert {row.year: row.total for row in rows} == pytest.approx(totals)


#  the run's timeframe, days shown, timeframe drawn
DRAWN = [("1m", 1, "1m"), ("1m", 3, "3m"), ("1m", 365, "4h"), ("15m", 1, "15m"), ("1d", 4000, "1w")]


@pytest.mark.parametrize(("timeframe", "days", "drawn"), DRAWN)
def test_a_long_range_is_drawn_in_longer_candles(timeframe, days, drawn):
    assert drawable(timeframe, days * 86_400_000) == drawn
