"""What else was known when each candle closed: joins to another series, never looking ahead.

Another market's candle of the same moment may be stored later than one's own. So that a bot and a
backtest read the same, every price here is that of one candle ago: it closed a whole candle before.
"""

from __future__ import annotations

import numpy as np

from exchanges.core.candles import Candles, Floats, Ints
from exchanges.core.funding import HOUR_MS, INTERVAL_MS_MAX, KNOWN_AFTER_MS

# A rate that nothing followed for longer than that is no longer the present one.
FUNDING_OLD_MS = INTERVAL_MS_MAX + HOUR_MS + KNOWN_AFTER_MS


def close_before(candles: Candles, other: Candles) -> Floats:
    """The other market's close of the candle before each; NaN where it has none of that moment."""
    found = np.full(len(candles), np.nan)
    if len(candles) < 2 or not len(other):
        return found
    wanted = candles.open_time_ms[:-1]
    at = np.minimum(np.searchsorted(other.open_time_ms, wanted), len(other) - 1)
    there = other.open_time_ms[at] == wanted
    found[1:][there] = other.close[at[there]]
    return found


def funding_known(candles: Candles, times_ms: Ints, rates: Floats) -> Floats:
    """The rate of the newest funding that could be known at each close; NaN where none could, and
    where the newest is older than any interval between two."""
    closes_ms = candles.open_time_ms + candles.timeframe_ms
    found = np.full(len(candles), np.nan)
    at = np.searchsorted(times_ms + KNOWN_AFTER_MS, closes_ms, side="right") - 1
    known = at >= 0
    known[known] = closes_ms[known] - times_ms[at[known]] <= FUNDING_OLD_MS
    found[known] = rates[at[known]]
    return found
