"""What stands beside candles was known when they closed, and nothing that came later."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.beside import FUNDING_OLD_MS, close_before, funding_known
from exchanges.core.candles import Candles, make_candles, resample
from exchanges.core.funding import KNOWN_AFTER_MS

START_MS = 1_704_067_200_000
MINUTE, HOUR = 60_000, 3_600_000
NAN = float("nan")


def candles(closes: list[float], *, at: list[int] | None = None, step: str = "1h") -> Candles:
    """at: which of the grid's candles there are; all of them."""
    span = {"1m": MINUTE, "1h": HOUR}[step]
    times = [START_MS + i * span for i in (at if at is not None else range(len(closes)))]
    return make_candles(step, times, closes, closes, closes, closes, [1.0] * len(closes))


def test_another_markets_price_is_that_of_one_candle_ago() -> None:
    found = close_before(candles([1, 2, 3, 4]), candles([10, 20, 30, 40]))
    np.testing.assert_array_equal(found, [NAN, 10, 20, 30])


def test_the_candle_that_is_late_is_not_needed() -> None:
    late = close_before(candles([1, 2, 3, 4]), candles([10, 20, 30]))
    np.testing.assert_array_equal(late, [NAN, 10, 20, 30])


def test_what_is_missing_is_unknown_and_not_the_one_before() -> None:
    found = close_before(candles([1, 2, 3, 4]), candles([10, 30, 40], at=[0, 2, 3]))
    np.testing.assert_array_equal(found, [NAN, 10, NAN, 30])
    own_gap = close_before(candles([1, 3, 4], at=[0, 2, 3]), candles([10, 20, 30, 40]))
    np.testing.assert_array_equal(own_gap, [NAN, 10, 30])
    assert np.isnan(close_before(candles([1, 2]), candles([]))).all()
    assert close_before(candles([]), candles([1])).size == 0


def test_a_funding_counts_a_quarter_of_an_hour_later_and_not_for_ever() -> None:
    minutes = candles([1.0] * 40, step="1m")
    found = funding_known(minutes, np.array([START_MS + 5 * MINUTE]), np.array([0.5]))
    closes = minutes.open_time_ms + MINUTE
    expected = closes >= START_MS + 5 * MINUTE + KNOWN_AFTER_MS
    np.testing.assert_array_equal(found, np.where(expected, 0.5, NAN))
    hours = candles([1.0] * 20)
    old = funding_known(hours, np.array([START_MS]), np.array([0.5]))
    kept = hours.open_time_ms + HOUR - START_MS <= FUNDING_OLD_MS
    np.testing.assert_array_equal(old, np.where(kept, 0.5, NAN))
    none = funding_known(hours, np.array([], np.int64), np.array([]))
    assert np.isnan(none).all()


@given(st.lists(st.integers(0, 3000), unique=True, max_size=20).map(sorted), st.integers(1, 50))
def test_later_fundings_change_no_earlier_value(minutes: list[int], cut: int) -> None:
    times = np.array([START_MS + m * MINUTE for m in minutes], np.int64)
    rates = np.arange(1.0, len(minutes) + 1)
    hours = candles([1.0] * 50)
    whole = funding_known(hours, times, rates)
    now_ms = int(hours.open_time_ms[cut - 1]) + HOUR
    known = times + KNOWN_AFTER_MS <= now_ms
    part = funding_known(hours.slice(0, cut), times[known], rates[known])
    np.testing.assert_array_equal(part, whole[:cut])


def test_a_longer_candle_knows_what_its_last_short_one_knew() -> None:
    short = candles([float(i) for i in range(120)], step="1m")
    short = Candles("1m", short.open_time_ms, *short.columns(), beside={"x": np.arange(120.0)})
    assert resample(short, "1h").beside["x"].tolist() == [59.0, 119.0]
    assert short.slice(3, 5).beside["x"].tolist() == [3.0, 4.0]
    assert short.take(np.array([7, 9])).beside["x"].tolist() == [7.0, 9.0]
