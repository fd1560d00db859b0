"""The venue in memory: order-level bots trade on it in backtests, and live on paper."""
