"""BitMEX: public market data."""

from __future__ import annotations

from exchanges.venues.capabilities import register

BITMEX = register(
    "bitmex",
    "BitMEX",
    "1m 5m 1h 1d",
    candles_per_request_max=1000,
)
