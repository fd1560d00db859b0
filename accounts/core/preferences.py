"""What a user may prefer."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# The candle lengths of the whole product; accounts stands below the app that has the candles.
TIMEFRAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d", "1w")

OWN_CURRENCY = "USDT"  # what values are kept in; every other currency is that, converted


@cache
def time_zones() -> frozenset[str]:
    """Names of the IANA database."""
    return frozenset(available_timezones())


def zone_named(name: str) -> ZoneInfo:
    """UTC for no name, and for one that is not known any more."""
    return ZoneInfo(name if name in time_zones() else "UTC")
