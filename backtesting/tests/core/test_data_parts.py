"""Which candles changed since a run: told by symbol and range."""

from __future__ import annotations

import pytest

from backtesting.core.data_parts import ChangedRange, changed_ranges, part_edges, parts_of
from backtesting.tests.conftest import START_MS, walk

DAY_MS = 86_400_000
CANDLES = walk(96, timeframe="1h")
END_MS = START_MS + 4 * DAY_MS


def changed(other, symbol="BTC/USDT"):
    then = parts_of({"BTC/USDT": CANDLES}, START_MS, END_MS)
    return changed_ranges(then, parts_of({symbol: other}, START_MS, END_MS), START_MS, END_MS)


def test_the_same_candles_have_not_changed():
    assert changed(walk(96, timeframe="1h")) == []


def test_one_digit_of_one_candle_is_found_on_its_day():
    close = CANDLES.close.copy()
    close[30] += 1e-9
    other = type(CANDLES)(
        "1h", CANDLES.open_time_ms, CANDLES.open, CANDLES.high, CANDLES.low, close, CANDLES.volume
    )
    day = START_MS + DAY_MS
    assert changed(other) == [ChangedRange("BTC/USDT", day, day + DAY_MS, 24, 24)]


def test_days_in_a_row_are_one_range_and_missing_candles_are_counted():
    found = changed(CANDLES.slice(0, 60))
    assert found == [ChangedRange("BTC/USDT", START_MS + 2 * DAY_MS, END_MS, 48, 12)]


def test_another_symbol_is_a_change_of_both():
    assert [one.symbol for one in changed(CANDLES, "ETH/USDT")] == ["BTC/USDT", "ETH/USDT"]


@pytest.mark.parametrize(("days", "count"), [(1, 1), (100, 100), (101, 4), (365, 12)])
def test_a_long_run_is_told_apart_by_months(days, count):
    edges = part_edges(START_MS, START_MS + days * DAY_MS)
    assert len(edges) - 1 == count
    assert edges[0] == START_MS and edges[-1] >= START_MS + days * DAY_MS
