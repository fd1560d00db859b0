"""Candles that grow: the same as joined ones, and what was given out before stays as it was."""

from __future__ import annotations

import numpy as np

from exchanges.core.candles import make_candles
from exchanges.core.growing import Growing


def candles(first: int, count: int):
    at = np.arange(first, first + count)
    columns = [at + 0.25 * number for number in range(5)]
    return make_candles("1m", at * 60_000, *columns)


def test_it_holds_what_was_appended_and_views_keep_their_length():
    growing, whole, seen = Growing(candles(1, 3)), candles(1, 803), []
    for first in range(4, 804, 4):
        growing.append(candles(first, 4))
        seen.append(growing.candles())
    for one in (seen[0], seen[57], seen[-1]):
        expected = whole.slice(0, len(one))
        assert one.open_time_ms.tolist() == expected.open_time_ms.tolist()
        for column, wanted in zip(one.columns(), expected.columns(), strict=True):
            assert np.array_equal(column, wanted)
    assert [len(one) for one in seen[:3]] == [7, 11, 15]


def test_it_is_not_copied_for_each_new_candle():
    growing = Growing(candles(1, 100))
    growing.append(candles(101, 1))
    before = growing.candles()
    growing.append(candles(102, 1))
    assert np.shares_memory(before.close, growing.candles().close)
