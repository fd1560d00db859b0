"""OKX: spot and contracts."""

from __future__ import annotations

from exchanges.core.trade_walk import DAY_MS, Listing
from exchanges.venues.capabilities import Brackets, FundingPages, Trading, order_types, register

OKX = register(
    "okx",
    "OKX",
    "1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w",
    candles_per_request_max=300,
    funding_pages=FundingPages(100, until_by="after"),
    tiers=Brackets(in_contracts=True),
    trading=Trading(
        triggers_apart=True,
        sends_waiting_id_by="algoClOrdId",
        order_types=order_types("stop_loss stop_limit take_profit take_profit_limit trailing_stop"),
        client_ids="alnum32",
        history_s=2 * 3_600,
        buys_by_cost=False,
        becomes="ordId",
        waiting_lists=(
            (("trigger", True), ("ordType", "conditional")),
            (("trigger", True), ("ordType", "move_order_stop")),
            (("trigger", True), ("ordType", "oco")),
        ),
        pairs="one",
        stream_fee_sign=-1,
        spot_params=(("tdMode", "cash"),),  # for stops ccxt would borrow: cross
        ambiguous_s=41,  # a request is good for 30 s there, and 10 for the engine
        trades=Listing("before", "after", "billId", reach_ms=90 * DAY_MS),
    ),
)
