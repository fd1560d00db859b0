"""HTX (Huobi): public market data."""

from __future__ import annotations

from exchanges.venues.capabilities import register

HTX = register(
    "htx",
    "HTX (Huobi)",
    "1m 5m 15m 30m 1h 4h 1d 1w",
    candles_per_request_max=1000,
)
