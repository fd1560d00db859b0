"""Binance: spot accounts; its market data are those of spot and contracts."""

from __future__ import annotations

from exchanges.core.trade_walk import Listing
from exchanges.venues.capabilities import FundingPages, Trading, order_types, register

BINANCE = register(
    "binance",
    "Binance",
    "1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w",
    candles_per_request_max=1000,
    funding_pages=FundingPages(1000),
    trading=Trading(
        positions=False,
        amends=False,  # ccxt cancels there, and sends anew under no id of ours
        triggers_apart=True,
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit"),
        reduce_only=False,
        pairs="list",
        streams=frozenset({"orders", "fills", "balances"}),
        ambiguous_s=16,
        history_s=90 * 86_400,
        trades=Listing("id", "fromId", page=1000),
        options=(("recvWindow", 5000),),
    ),
)
