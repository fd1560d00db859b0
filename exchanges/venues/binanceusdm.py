"""Binance: linear contracts, with keys that need no spot rights."""

from __future__ import annotations

from exchanges.core.trade_walk import DAY_MS, Listing
from exchanges.venues.capabilities import Brackets, FundingPages, Trading, order_types, register

BINANCE_USDM = register(
    "binanceusdm",
    "Binance USD-M",
    "1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w",
    candles_per_request_max=1000,
    funding_pages=FundingPages(1000),
    tiers=Brackets(told_to="key"),
    spot_venue="binance",
    kinds=frozenset({"swap", "future"}),
    trading=Trading(
        triggers_apart=True,
        becomes="actualOrderId",
        waiting_lists=((("trigger", True),),),
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit trailing_stop"),
        ambiguous_s=16,
        history_s=90 * 86_400,
        trades=Listing("id", "fromId", page=1000, span_ms=7 * DAY_MS, reach_ms=180 * DAY_MS),
        options=(("recvWindow", 5000),),
    ),
)
