"""Kraken: spot."""

from __future__ import annotations

from exchanges.core.trade_walk import Listing
from exchanges.venues.capabilities import Trading, order_types, register

KRAKEN = register(
    "kraken",
    "Kraken",
    "1m 5m 15m 30m 1h 4h 1d 1w",
    candles_per_request_max=720,
    kinds=frozenset({"spot"}),
    trading=Trading(
        positions=False,
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit trailing_stop"),
        client_ids="short18",
        finds_by="",
        leverage=False,
        margin_modes=False,
        funding=False,
        reduce_only=False,
        streams=frozenset({"orders", "fills"}),
        stirs=frozenset({"balances"}),  # totals
        lists=("fetch_open_orders", "fetch_closed_orders"),  # closed: cancelled ones too
        lists_by="clientOrderId",
        trades=Listing("skip", "ofs", page=50, sends_page=False, of_all_markets=True),
    ),
)
