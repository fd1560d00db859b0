"""Candle columns: the grid, gaps, slices, resampling, faults."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core import candles as core
from exchanges.core.candles import TIMEFRAME_MS, Gap, make_candles

DAY = core.DAY_MS
MONDAY_MS = 1_699_833_600_000  # 2023-11-13 00:00 UTC


def series(times, timeframe="1m"):
    n = len(times)
    price = 100.0 + np.arange(n)
    return make_candles(timeframe, times, price, price + 2, price - 2, price + 1, np.ones(n))


#   moment                        timeframe  bucket start              why
BUCKETS = [
    (MONDAY_MS, "1w", MONDAY_MS, "a week begins on Monday"),
    (MONDAY_MS - 1, "1w", MONDAY_MS - 7 * DAY, "Sunday's last millisecond is in the week before"),
    (MONDAY_MS + DAY + 1, "1d", MONDAY_MS + DAY, "days begin at midnight UTC"),
    (MONDAY_MS + 61_000, "1m", MONDAY_MS + 60_000, "inside a minute"),
    (MONDAY_MS + 5 * 3_600_000, "4h", MONDAY_MS + 4 * 3_600_000, "four-hour grid from midnight"),
]


@pytest.mark.parametrize(("moment", "timeframe", "start", "why"), BUCKETS)
def test_bucket_start(moment, timeframe, start, why):
    assert core.bucket_start(moment, timeframe) == start, why
    assert core.bucket_starts(np.array([moment]), timeframe)[0] == start, why
    assert core.on_grid(start, timeframe)


def test_gaps_name_the_missing_range_and_count():
    times = MONDAY_MS + 60_000 * np.array([0, 1, 4, 5, 7])
    assert core.gaps(times, "1m") == [
        Gap(MONDAY_MS + 120_000, MONDAY_MS + 240_000, 2),
        Gap(MONDAY_MS + 360_000, MONDAY_MS + 420_000, 1),
    ]
    assert core.gaps(times[:1], "1m") == []
    assert core.gaps(times[:0], "1m") == []


def test_between_takes_the_start_and_leaves_the_end():
    candles = series(MONDAY_MS + 60_000 * np.arange(5))
    part = candles.between(MONDAY_MS + 60_000, MONDAY_MS + 180_000)
    assert part.open_time_ms.tolist() == [MONDAY_MS + 60_000, MONDAY_MS + 120_000]
    assert len(candles.between(MONDAY_MS + 180_000, MONDAY_MS)) == 0
    assert len(candles.between(None, None)) == 5


def test_resample_adds_up_and_leaves_out_what_is_not_whole():
    minutes = [3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16]  # 11 to 13 are missing
    candles = series(MONDAY_MS + 60_000 * np.array(minutes))
    five = core.resample(candles, "5m")
    assert ((five.open_time_ms - MONDAY_MS) // 60_000).tolist() == [5, 10]
    assert five.open.tolist() == [102.0, 107.0]
    assert five.high.tolist() == [108.0, 110.0]
    assert five.low.tolist() == [100.0, 105.0]
    assert five.close.tolist() == [107.0, 109.0]
    assert five.volume.tolist() == [5.0, 2.0]


def test_resample_refuses_what_does_not_divide():
    with pytest.raises(AssertionError):
        core.resample(series([MONDAY_MS], "3m"), "5m")
    assert core.divides("1d", "1w") and not core.divides("4h", "6h")


@given(st.sets(st.integers(0, 400), min_size=1), st.sampled_from(["3m", "5m", "15m", "1h"]))
def test_more_candles_never_change_an_earlier_coarse_candle(minutes, timeframe):
    candles = series(MONDAY_MS + 60_000 * np.array(sorted(minutes)))
    whole = core.resample(candles, timeframe)
    for count in range(1, len(candles) + 1, 7):
        part = core.resample(candles.slice(0, count), timeframe)
        assert part.close.tolist() == whole.close[: len(part)].tolist()
        assert part.high.tolist() == whole.high[: len(part)].tolist()
    assert set(whole.open_time_ms % TIMEFRAME_MS[timeframe]) <= {0}


#  column    value         words
BAD = [
    ("high", 90.0, "high must not be below open or close"),
    ("low", 150.0, "low must not be above open or close"),
    ("open", 0.0, "every price must be above 0"),
    ("close", -1.0, "every price must be above 0"),
    ("volume", -0.1, "volume must not be below 0"),
    ("volume", np.nan, "every price and the volume must be a finite number"),
    ("high", np.inf, "every price and the volume must be a finite number"),
]


@pytest.mark.parametrize(("column", "value", "words"), BAD)
def test_faults(column, value, words):
    candles = series(MONDAY_MS + 60_000 * np.arange(3))
    getattr(candles, column)[1] = value
    found, total = core.faults(candles)
    assert (1, words) in {(fault.row, fault.message) for fault in found}
    assert total == len(found)
    assert {fault.row for fault in found} == {1}


def test_faults_of_time():
    found, total = core.faults(series([5, MONDAY_MS + 1, MONDAY_MS + 60_000]))
    assert [(fault.row, fault.message) for fault in found] == [
        (0, "timestamp must be in 2009 to 2099"),
        (0, "timestamp is off the 1m grid"),
        (1, "timestamp is off the 1m grid"),
    ]
    assert total == 3


def test_faults_are_counted_beyond_the_limit():
    candles = series(MONDAY_MS + 60_000 * np.arange(100))
    candles.volume[:] = -1
    found, total = core.faults(candles, limit=20)
    assert len(found) == 20 and total == 100 and found[-1].row == 19


def test_concat_and_take_keep_columns_together():
    candles = series(MONDAY_MS + 60_000 * np.arange(6))
    again = core.concat([candles.slice(0, 2), candles.slice(2, 6)])
    assert again.close.tolist() == candles.close.tolist()
    assert candles.take(np.array([True, False] * 3)).close.tolist() == [101.0, 103.0, 105.0]
    assert len(core.no_candles("1h")) == 0
