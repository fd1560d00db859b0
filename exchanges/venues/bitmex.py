"""BitMEX: contracts in whole lots, most of them inverse, and spot."""

from __future__ import annotations

from exchanges.core.trade_walk import Listing
from exchanges.venues.capabilities import Brackets, FundingPages, Trading, order_types, register

BITMEX = register(
    "bitmex",
    "BitMEX",
    "1m 5m 1h 1d",
    candles_per_request_max=1000,
    funding_pages=FundingPages(500),
    tiers=Brackets(by="instrument"),
    trading=Trading(
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit"),
        finds_by="",
        triggers_by_direction=True,
        funding=False,
        # A position's message may be about its price alone, which ccxt takes for a closed one.
        streams=frozenset({"orders", "fills", "balances"}),
        orders_in_parts=True,
        # Oldest first, unless it is told which.
        lists=("fetch_orders",),
        lists_by="filter.clOrdID",
        trades=Listing("offset", "start", page=500),
    ),
)
