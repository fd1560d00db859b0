"""BingX: spot and contracts."""

from __future__ import annotations

from exchanges.core.trade_walk import DAY_MS, Listing
from exchanges.venues.capabilities import Brackets, FundingPages, Trading, order_types, register

BINGX = register(
    "bingx",
    "BingX",
    "1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w",
    candles_per_request_max=1440,
    funding_pages=FundingPages(1000),
    tiers=Brackets(told_to="key", leverage_words=("maxLongLeverage", "maxShortLeverage")),
    kinds=frozenset({"spot", "swap"}),
    trading=Trading(
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit trailing_stop"),
        spot_types=order_types("stop_loss stop_limit take_profit take_profit_limit"),
        client_ids="alnum32",
        # ccxt reads executions on spot as the whole order at its limit; those of contracts are told
        # once it is filled.
        streams=frozenset({"orders"}),
        stirs=frozenset({"balances"}),
        stream_kinds=((("type", "spot"),), (("type", "swap"),)),
        finds_by="",
        amends=False,  # ccxt cancels there, and sends anew under no id of ours
        buys_by_cost=True,
        lists=("fetch_open_orders", "fetch_canceled_and_closed_orders"),
        trades=Listing("split", page=500, span_ms=7 * DAY_MS, reach_ms=180 * DAY_MS),
    ),
)
