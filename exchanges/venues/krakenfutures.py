"""Kraken Futures: linear and inverse contracts."""

from __future__ import annotations

from exchanges.core.trade_walk import Listing
from exchanges.venues.capabilities import Brackets, FundingPages, Trading, order_types, register

KRAKEN_FUTURES = register(
    "krakenfutures",
    "Kraken Futures",
    "1m 5m 15m 30m 1h 4h 12h 1d 1w",
    candles_per_request_max=2000,
    funding_pages=FundingPages(0),
    tiers=Brackets(),
    spot_venue="kraken",
    kinds=frozenset({"swap", "future"}),
    trading=Trading(
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit"),
        finds_by="",
        ends_late=True,
        times=frozenset(),
        margin_modes=False,
        # ccxt reads orders without a state, and balances by the kind of account.
        streams=frozenset({"fills"}),
        stirs=frozenset({"orders"}),
        trades=Listing("until", "lastFillTime", sends_page=False, of_all_markets=True),
    ),
)
