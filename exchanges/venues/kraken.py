"""Kraken: public market data."""

from __future__ import annotations

from exchanges.venues.capabilities import register

KRAKEN = register(
    "kraken",
    "Kraken",
    "1m 5m 15m 30m 1h 4h 1d 1w",
    candles_per_request_max=720,
    kinds=frozenset({"spot"}),
)
