"""Coinbase Advanced Trade: spot, and contracts where the account has them."""

from __future__ import annotations

from exchanges.core.trade_walk import Listing
from exchanges.venues.capabilities import Trading, order_types, register

COINBASE = register(
    "coinbase",
    "Coinbase Advanced",
    "1m 5m 15m 30m 1h 2h 6h 1d",
    candles_per_request_max=300,
    trading=Trading(
        ambiguous_s=131,  # a signed token is good for 120 s there, and 10 for the engine
        positions=False,
        order_types=order_types("stop_limit take_profit_limit"),
        finds_by="",
        sends_id_by="client_order_id",
        reduce_only=False,
        leverage=False,
        margin_modes=False,
        funding=False,
        streams=frozenset(),
        stirs=frozenset({"orders"}),  # what was executed is counted up, not told one by one
        buys_by_cost=True,
        lists=("fetch_orders",),  # newest first, whatever became of them
        trades=Listing("cursor", "cursor", "cursor", page=250),
    ),
)
