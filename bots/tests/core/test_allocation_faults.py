"""What makes no portfolio: assets and settings that are refused, by field."""

from __future__ import annotations

import numpy as np
import pytest

from bots.core.allocation import align, read_settings, walk_forward
from bots.tests.core.test_allocation import MARKET, NAMES, asked, market
from foundation.lib.errors import BadInput


def series(*lengths: int):
    return {
        name: (MARKET.time_ms[-n:], MARKET.values[-n:, i] if n else np.array([]))
        for i, (name, n) in enumerate(zip(NAMES, lengths, strict=False))
    }


def test_assets_are_aligned_on_the_times_they_share():
    one, other = series(100, 60).values()
    made = align({"A": one, "B": (np.delete(other[0], 5), np.delete(other[1], 5))}, "1d", 20)
    assert made.time_ms.size == 59 and made.values.shape == (59, 2)
    np.testing.assert_array_equal(made.values[:, 0], np.delete(one[1][-60:], 5))


#  series, field, part of the message
REFUSED = [
    (series(100), "assets", "2 to 30 assets, not 1"),
    ({}, "assets", "2 to 30 assets, not 0"),
    ({f"a{i}": series(50)["A"] for i in range(31)}, "assets", "not 31"),
    (series(100, 30), "assets", "have 30 1d values in common; 93 are needed. B has the fewest"),
    ({"A": series(100)["A"], "B": (np.array([], dtype=np.int64), np.array([]))},
     "assets[1]", "B has no 1d history"),
    ({"A": series(100)["A"], "B": (MARKET.time_ms[-100:], np.full(100, 5.0))},
     "assets[1]", "never moves"),
    ({"A": series(100)["A"], "B": (MARKET.time_ms[-100:], np.linspace(5, 0, 100))},
     "assets[1]", "falls to zero"),
]  # fmt: skip


@pytest.mark.parametrize(("given_series", "path", "says"), REFUSED)
def test_what_makes_no_portfolio_is_refused_by_field(given_series, path, says):
    with pytest.raises(BadInput) as caught:
        align(given_series, "1d", 92)
    (fault,) = caught.value.faults
    assert fault.path == path and says in fault.message


#  settings, field, part of the message
BAD_SETTINGS = [
    ({"method": "magic"}, "method", "unknown method"),
    ({"timeframe": "1m"}, "timeframe", "unknown timeframe"),
    ({"window": 5}, "window", "must be 10 to 2000"),
    ({"window": 1.5}, "window", "whole number"),
    ({"step": 0}, "step", "must be 1"),
    ({"fee": 5}, "fee", "a fraction"),
    ({"min_weight": 0.3}, "min_weight", "add up to 1.5"),
    ({"max_weight": 0.1}, "max_weight", "add up to 0.5"),
    ({"min_weight": 0.5, "max_weight": 0.4}, "min_weight", "is above max_weight"),
    ({"max_weight": float("nan")}, "max_weight", "finite number"),
    ({"limits": {"Z": {"min": 0.1}}}, "limits.Z", "unknown key"),
    ({"limits": {"A": {"min": 2}}}, "limits.A.min", "at most 1"),
    ({"limits": {"A": {"min": 0.6, "max": 0.2}}}, "limits.A.min", "swap them"),
    ({"limits": {"A": 5}}, "limits.A", "must be an object"),
    ({"limits": {"A": {"min": 0.6}, "B": {"min": 0.6}}}, "min_weight", "add up to 1.2"),
    ({"colour": 1}, "colour", "unknown key"),
]


@pytest.mark.parametrize(("given_settings", "path", "says"), BAD_SETTINGS)
def test_bad_settings_are_refused_by_field(given_settings, path, says):
    with pytest.raises(BadInput) as caught:
        read_settings(given_settings, NAMES)
    found = {fault.path: fault.message for fault in caught.value.faults}
    assert says in found[path]


def test_settings_are_read_back_as_they_were():
    made = asked(limits={"A": {"min": 0.1, "max": 0.5}}, window=30)
    assert read_settings(made.to_json(), NAMES) == made


def test_too_short_a_history_and_too_many_periods_are_refused():
    with pytest.raises(BadInput, match="choose 38 or less"):
        walk_forward(market(days=40), asked(window=60))
    with pytest.raises(BadInput, match="makes 790 periods"):
        walk_forward(market(days=800), asked(window=10, step=1))
