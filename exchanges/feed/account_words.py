"""ccxt's unified account records -> ours. Its numbers are floats: their shortest form, which is how
the venue wrote them, becomes the decimal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from exchanges.core.account_stream import (
    AccountBalance,
    AccountFill,
    AccountOrder,
    AccountPosition,
)
from exchanges.core.orders import OrderStatus
from exchanges.venues.executions import charged, paid, traded
from exchanges.venues.unified import is_cut_short

ENDS = {
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}
# What is no asset in ccxt's balances.
NO_ASSET = frozenset({"info", "timestamp", "datetime", "free", "used", "total", "debt"})


def order_of(row: Mapping[str, Any], size: Decimal) -> AccountOrder | None:
    """None where the venue says nothing of its state. size: base units of one of its amounts."""
    filled, status = exact(row.get("filled")) * size, row.get("status")
    if not row.get("id") or not row.get("symbol") or status not in {"open", *ENDS}:
        return None
    open_as = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.OPEN
    known_as = ENDS.get(status, open_as)
    if known_as is OrderStatus.FILLED and not filled:
        return None  # over, but not how: whoever asks the venue is told
    if known_as is OrderStatus.FILLED and is_cut_short(row):
        known_as = OrderStatus.CANCELLED
    return AccountOrder(
        row["symbol"],
        str(row["id"]),
        str(row.get("clientOrderId") or ""),
        known_as,
        filled,
        int(row.get("lastUpdateTimestamp") or row.get("timestamp") or 0),
        exact(row.get("amount")) * size,
        str(row.get("side") or ""),
        str(row.get("type") or ""),
        _known(row.get("price")),
        _known(row.get("triggerPrice")),
    )


def fill_of(row: Mapping[str, Any], size: Decimal, fee_sign: int = 1) -> AccountFill | None:
    """None for what is no whole execution. size: base units of one of its amounts. fee_sign: -1
    where what was taken stands below zero."""
    if not row.get("id") or not row.get("symbol") or row.get("price") is None:
        return None
    fee = row.get("fee") or next(iter(row.get("fees") or []), None) or {}
    return AccountFill(
        symbol=row["symbol"],
        venue_fill_id=str(row["id"]),
        venue_order_id=str(row.get("order") or ""),
        client_order_id=str(row.get("clientOrderId") or ""),
        side=row["side"],
        price=exact(paid(row)),
        quantity=exact(traded(row)) * size,
        fee=(charged(row, fee) or Decimal(0)) * fee_sign,
        fee_asset=str(fee.get("currency") or ""),
        is_maker=row.get("takerOrMaker") == "maker",
        time_ms=int(row.get("timestamp") or 0),
    )


def is_whole(told: Mapping[str, Any]) -> bool:
    """Whether it says of every asset how much of it is free: some streams tell the total alone."""
    rows = [row for asset, row in told.items() if asset not in NO_ASSET and isinstance(row, dict)]
    return all(row.get("free") is not None for row in rows)


def balances_of(told: Mapping[str, Any]) -> Iterator[AccountBalance]:
    for asset, row in told.items():
        if asset not in NO_ASSET and isinstance(row, dict):
            free, total = exact(row.get("free")), exact(row.get("total"))
            locked = exact(row["used"]) if row.get("used") is not None else total - free
            yield AccountBalance(asset, free, locked)


def position_of(row: Mapping[str, Any], size: Decimal) -> AccountPosition | None:
    if not row.get("symbol"):
        return None
    quantity = exact(row.get("contracts")) * size
    side = str(row.get("side") or "both") if quantity == 0 else str(row.get("side") or "long")
    price, pnl = exact(row.get("entryPrice")), exact(row.get("unrealizedPnl"))
    return AccountPosition(row["symbol"], side, quantity, price, pnl)


def _known(number: Any) -> Decimal | None:
    return exact(number) or None


def exact(number: Any) -> Decimal:
    return Decimal(str(number)) if number is not None else Decimal(0)
