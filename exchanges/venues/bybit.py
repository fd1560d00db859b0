"""Bybit: one account for spot and contracts; it answers before its engine has an order."""

from __future__ import annotations

from exchanges.core.trade_walk import DAY_MS, Listing
from exchanges.venues.capabilities import Brackets, FundingPages, Trading, order_types, register

BYBIT = register(
    "bybit",
    "Bybit",
    "1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w",
    candles_per_request_max=1000,
    funding_pages=FundingPages(200),
    tiers=Brackets(),
    trading=Trading(
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit"),
        finds_by="",
        ambiguous_s=16,
        history_s=86_400,
        trades=Listing(
            "cursor", "cursor", "nextPageCursor", span_ms=7 * DAY_MS, reach_ms=730 * DAY_MS
        ),
        options=(
            ("recvWindow", 5000),
            # Every account is a unified one by now; ccxt would ask before each call.
            ("enableUnifiedMargin", False),
            ("enableUnifiedAccount", True),
            ("unifiedMarginStatus", 6),
        ),
        buys_by_cost=True,
        # Its lists by status leave out what was cancelled after a part of it, or refused late.
        lists=("fetch_open_orders", "fetch_canceled_and_closed_orders"),
        lists_by="orderLinkId",
        position_lists=(
            (("settleCoin", "USDT"),),
            (("settleCoin", "USDC"),),
            (("subType", "inverse"),),
        ),
        order_params=(("acknowledged", True),),
        # Its balances are equity, with the profit of open positions in it.
        streams=frozenset({"orders", "fills", "positions"}),
        stirs=frozenset({"balances"}),
    ),
)
