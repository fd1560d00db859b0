"""BingX: public market data."""

from __future__ import annotations

from exchanges.venues.capabilities import register

BINGX = register(
    "bingx",
    "BingX",
    "1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w",
    candles_per_request_max=1440,
    kinds=frozenset({"spot", "swap"}),
)
