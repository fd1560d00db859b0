"""Coinbase Advanced: public market data."""

from __future__ import annotations

from exchanges.venues.capabilities import register

COINBASE = register(
    "coinbase",
    "Coinbase Advanced",
    "1m 5m 15m 30m 1h 2h 6h 1d",
    candles_per_request_max=300,
)
