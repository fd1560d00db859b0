"""HTX, once Huobi: spot and contracts."""

from __future__ import annotations

from exchanges.core.trade_walk import DAY_MS, Listing
from exchanges.venues.capabilities import Brackets, FundingPages, Trading, order_types, register

LINEAR = (("type", "swap"), ("subType", "linear"))
HTX = register(
    "htx",
    "HTX (Huobi)",
    "1m 5m 15m 30m 1h 4h 1d 1w",
    candles_per_request_max=1000,
    funding_pages=FundingPages(100, until_by="end_time"),
    tiers=Brackets(in_contracts=True),
    trading=Trading(
        ambiguous_s=311,  # a timestamp is good for 5 minutes there, and 10 s for the engine
        # ccxt sends spot stops without their trigger, and cannot find stops on contracts again.
        order_types=order_types(""),
        client_ids="int",
        amends=False,
        margin_modes=False,
        # Balances of spot come as one row, where ccxt 4.5.81 looks for a list; those of contracts
        # are equity. Positions ccxt does not say it has a stream of; they are asked for with them.
        streams=frozenset({"orders", "fills"}),
        stirs=frozenset({"balances"}),
        stream_kinds=((("type", "spot"),), LINEAR),
        contract_fills=False,  # their fees are told by REST alone
        ends_early=True,
        balance_lists=((("type", "spot"),), LINEAR),
        history_s=2 * 86_400,
        trades=Listing("split", span_ms=2 * DAY_MS, reach_ms=120 * DAY_MS),
        buys_by_cost=True,
    ),
)
