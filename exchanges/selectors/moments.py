"""Moments by which people and programs name candles."""

from __future__ import annotations

from exchanges.core.candles import TIME_MS_MAX, TIME_MS_MIN
from foundation.lib import clock


def parse_moment(value: object) -> int:
    """`clock.parse_ms` within the years that candles may have; ValueError says what is wrong."""
    ms = clock.parse_ms(value)
    if not TIME_MS_MIN <= ms <= TIME_MS_MAX:
        raise ValueError("must be in 2009 to 2099")
    return ms
