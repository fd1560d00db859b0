"""Candlestick patterns."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import talib

from bots.core.indicators.registry import Column, Param, indicator

PREFIX = "CDL"
# "engulfing", "morningstar" ...: TA-Lib's names, in small letters and without their prefix.
PATTERNS = tuple(
    sorted(name.removeprefix(PREFIX).lower() for name in vars(talib) if name.startswith(PREFIX))
)


@indicator(
    "candle_pattern",
    "Candlestick pattern",
    params={
        "pattern": Param("engulfing", None, None, "choice", "Which pattern to look for", PATTERNS)
    },
)
def candle_pattern(open: Column, high: Column, low: Column, close: Column, pattern: str) -> Column:
    """100 where the pattern is bullish, -100 where it is bearish, 0 where it is not there."""
    name = PREFIX + pattern.upper()
    made: Column = getattr(talib, name)(open, high, low, close).astype(np.float64)
    made[: pattern_lookback(pattern)] = np.nan
    return made


@cache
def pattern_lookback(pattern: str) -> int:
    """Candles TA-Lib needs before it looks for the pattern."""
    from talib import abstract

    function: Any = vars(abstract)["Function"]  # absent from the package's type hints
    return int(function(PREFIX + pattern.upper()).lookback)
