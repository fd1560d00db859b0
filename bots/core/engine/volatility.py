"""How much a market moves: what volatility-target sizing divides by."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bots.core.engine.series import Floats
from exchanges.core.candles import DAY_MS, Candles

YEAR_MS = 365 * DAY_MS
# Windows are looked at in parts: all at once would hold window x candles numbers.
PART_NUMBERS = 2_000_000


def annual_volatility(candles: Candles, window: int) -> Floats:
    """At each close, of the last `window` close-to-close returns; NaN while there are fewer.

    Sample standard deviation (ddof 1) x sqrt(candles a year), a year being 365 days. Each window
    is summed up by itself, so that earlier candles leave no trace in its last digits.
    """
    made = np.full(len(candles), np.nan)
    if len(candles) <= window:
        return made
    windows = sliding_window_view(candles.close[1:] / candles.close[:-1] - 1, window)
    step = max(1, PART_NUMBERS // window)
    for first in range(0, windows.shape[0], step):
        part = windows[first : first + step].std(axis=1, ddof=1)
        made[window + first : window + first + part.shape[0]] = part
    made *= np.sqrt(YEAR_MS / candles.timeframe_ms)
    return made
