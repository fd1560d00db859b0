"""Candles that grow at their end: a new one is written behind the others, nothing is copied."""

from __future__ import annotations

from typing import Any

import numpy as np

from exchanges.core.candles import Candles

SPARE_LEAST = 256  # candles


class Growing:
    """What was given out before keeps its length: views of the same memory, which only the part
    behind their end is ever written to."""

    def __init__(self, candles: Candles) -> None:
        self.timeframe, self.length = candles.timeframe, len(candles)
        self._arrays: list[Any] = [candles.open_time_ms, *candles.columns()]

    def append(self, newer: Candles) -> None:
        """newer: of the same timeframe, and later than all there are; without series beside."""
        assert newer.timeframe == self.timeframe
        end = self.length + len(newer)
        if end > len(self._arrays[0]):
            spare = max(SPARE_LEAST, end // 16)
            self._arrays = [self._longer(array, end + spare) for array in self._arrays]
        for array, column in zip(self._arrays, (newer.open_time_ms, *newer.columns()), strict=True):
            array[self.length : end] = column
        self.length = end

    def candles(self) -> Candles:
        times, *columns = (array[: self.length] for array in self._arrays)
        return Candles(self.timeframe, times, *columns)

    def _longer(self, array: Any, size: int) -> Any:
        made = np.empty(size, array.dtype)
        made[: self.length] = array[: self.length]
        return made
