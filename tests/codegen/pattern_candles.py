"""Candles in which every candlestick pattern comes."""

from __future__ import annotations

import numpy as np

from bots.core.indicators import compute
from bots.core.indicators.patterns import PATTERNS
from bots.tests.core.building import START_MS
from exchanges.core.candles import Candles, Floats, make_candles

BEFORE, EACH_MAX = 24, 3
# Open, high, low, close of three patterns that chance does not make, behind plain candles.
PLAIN = [(100, 101.5, 99.5, 101), (101, 101.5, 99.5, 100)] * 8
THREE_STARS_IN_THE_SOUTH = [
    (110, 110, 97, 104), (106, 106, 98, 103), (102, 102, 101.5, 101.5),
]  # fmt: skip
CONCEALING_BABY_SWALLOW = [
    (110, 110, 105, 105), (105, 105, 100, 100), (98, 101, 96, 96), (103, 103, 94, 94),
]  # fmt: skip
MAT_HOLD = [
    (100, 110, 100, 110), (112, 112, 111.5, 111.5), (109.5, 109.5, 109, 109),
    (109, 109, 108.5, 108.5), (109, 115, 109, 115),
]  # fmt: skip
MADE = [THREE_STARS_IN_THE_SOUTH, CONCEALING_BABY_SWALLOW, MAT_HOLD]


def hourly(columns: Floats) -> Candles:
    times = START_MS + np.arange(columns.shape[1]) * 3_600_000
    return make_candles("1h", times, *columns, np.ones(times.size))


def random_candles(n: int) -> Floats:
    """Gaps, long and short bodies and shadows, on quarter ticks."""
    random = np.random.default_rng(3)
    body = random.normal(0, 1, n) * random.choice([0.05, 0.5, 2.0], n)
    gap = random.normal(0, 1, n) * random.choice([0, 0, 0.1, 1, 3], n)
    open_ = 5000 + np.concatenate(([0.0], np.cumsum(gap + body)[:-1])) + gap
    close = open_ + body
    shadows = np.abs(random.normal(0, 1, (2, n))) * random.choice([0, 0, 0.05, 0.5, 2], (2, n))
    high, low = np.maximum(open_, close) + shadows[0], np.minimum(open_, close) - shadows[1]
    return np.round(np.array([open_, high, low, close]) * 4) / 4


def every_pattern() -> Candles:
    """The surroundings of a few places of each pattern, one behind the other."""
    columns = random_candles(300_000)
    candles = hourly(columns)
    parts = [np.array(PLAIN + made, dtype=np.float64).T for made in MADE]
    for pattern in PATTERNS:
        found = compute("candle_pattern", candles, {"pattern": pattern})["value"]
        for place in np.flatnonzero(np.nan_to_num(found))[:EACH_MAX]:
            parts.append(columns[:, max(0, place - BEFORE) : place + 2])
    return hourly(np.concatenate(parts, axis=1))
