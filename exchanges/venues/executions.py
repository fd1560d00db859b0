"""ccxt's executions -> ours: their ids, prices, sizes and fees, where it reads a venue amiss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from exchanges.core.account_records import VenueTrade
from exchanges.core.orders import Side
from exchanges.venues.unified import ZERO, contract_size, decimal
from foundation.lib.decimals import plain

# BitMEX counts money in these parts of a coin.
MINOR_UNITS = {"XBt": Decimal("1e-8"), "USDt": Decimal("1e-6"), "Gwei": Decimal("1e-9")}
ID_CHARS_MAX = 60


def identified(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """One that its venue gives no id gets one of what it is: the same the next time it is read.

    Of several that are alike in everything (BingX tells seconds) each counts: they are numbered.
    rows: all of their moment, as a page of a list is.
    """
    seen = Counter[str]()
    for row in rows:
        if row.get("id"):
            yield row
            continue
        # However the number was written: the stream's reader and REST's have types of their own.
        price, size = (plain(one or ZERO) for one in (decimal(row.get("price")), traded(row)))
        own = f"{row.get('order')}-{row.get('timestamp')}-{price}-{size}"[:ID_CHARS_MAX]
        seen[own] += 1
        yield {**row, "id": own if seen[own] == 1 else f"{own}#{seen[own]}"}


def trade(row: Mapping[str, Any], market: Mapping[str, Any]) -> VenueTrade:
    """One that has an id."""
    fee = row.get("fee") or next(iter(row.get("fees") or []), None) or {}
    return VenueTrade(
        symbol=str(row["symbol"]),
        venue_fill_id=str(row["id"])[:64],
        venue_order_id=str(row.get("order") or ""),
        side=Side.SELL if row.get("side") == "sell" else Side.BUY,
        price=decimal(paid(row)) or ZERO,
        quantity=(traded(row) or ZERO) * contract_size(market),
        fee=charged(row, fee) or ZERO,
        fee_asset=str(fee.get("currency") or ""),
        time_ms=int(row.get("timestamp") or 0),
        is_maker=row.get("takerOrMaker") == "maker",
    )


def paid(row: Mapping[str, Any]) -> Any:
    """The price of this execution: ccxt 4.5.81 takes BitMEX's average of the whole order for it."""
    info = row.get("info")
    last = info.get("lastPx") if isinstance(info, dict) else None
    return last or row.get("price")


def charged(row: Mapping[str, Any], fee: Mapping[str, Any]) -> Decimal | None:
    """What the execution cost: of BitMEX's contracts ccxt 4.5.81 leaves it in minor units, and of
    HTX's linear ones it turns the sign as if it were that of the inverse ones."""
    cost, info = decimal(fee.get("cost")), row.get("info")
    if cost is None or not isinstance(info, dict) or ":" not in str(row.get("symbol")):
        return cost
    if "trade_fee" in info and "fee_currency" in info:
        return decimal(info["trade_fee"])
    unit = MINOR_UNITS.get(str(info.get("settlCurrency"))) if "execComm" in info else None
    return cost if unit is None else cost * unit


def traded(row: Mapping[str, Any]) -> Decimal | None:
    """ccxt's amount, unless the venue's own volume counts contracts that ccxt takes for coins.

    BingX tells volume (contracts), amount (quote) and price; ccxt 4.5.81 reads the volume as base.
    """
    amount, info = decimal(row.get("amount")), row.get("info")
    if not isinstance(info, dict) or amount is None or "volume" not in info:
        return amount
    quote, price = decimal(info.get("amount")), decimal(info.get("price"))
    if not quote or not price or abs(amount * price - quote) <= quote / 100:
        return amount
    return round(quote / price, 8)
