"""What is wrong with an order, whatever the account."""

from __future__ import annotations

import math

from bots.core.engine.orders import Bracket, Kind
from foundation.lib.errors import FieldFault

PRICED = (Kind.LIMIT, Kind.STOP, Kind.TAKE_PROFIT)


def order_faults(
    *,
    side: int,
    quantity: float | None,
    amount: float | None,
    kind: str,
    price: float,
    trail: float,
    reduce_only: bool,
    expires_after: int,
    bracket: Bracket | None,
) -> list[FieldFault]:
    """Every fault of an order at once."""
    faults = size_faults(quantity, amount, reduce_only)
    if side not in (1, -1):
        faults.append(FieldFault("side", "must be 1 to buy or -1 to sell"))
    if kind not in list(Kind):
        return [*faults, FieldFault("kind", f"must be one of {', '.join(Kind)}")]
    if kind in PRICED and not positive(price):
        faults.append(FieldFault("price", f"a {kind} order needs a price above 0"))
    if kind not in PRICED and price != 0:
        faults.append(FieldFault("price", f"a {kind} order has none; leave it out"))
    if kind == Kind.TRAILING_STOP and not 0 < trail < 1:
        faults.append(FieldFault("trail", "must be a fraction above 0 and below 1"))
    if kind in (Kind.TAKE_PROFIT, Kind.TRAILING_STOP) and not reduce_only:
        faults.append(FieldFault("reduce_only", f"a {kind} order only closes; set it"))
    if expires_after < 0:
        faults.append(FieldFault("expires_after", "must be candles from 1 on, or 0 for never"))
    if bracket is not None:
        faults += bracket_faults(bracket, reduce_only)
    return faults


def size_faults(
    quantity: float | None, amount: float | None, reduce_only: bool
) -> list[FieldFault]:
    if quantity is not None and amount is not None:
        return [FieldFault("amount", "give a quantity or an amount, not both")]
    if quantity is None and amount is None and not reduce_only:
        return [FieldFault("quantity", "give a quantity or an amount")]
    given = (("quantity", quantity), ("amount", amount))
    return [
        FieldFault(name, "must be a finite number above 0")
        for name, value in given
        if value is not None and not positive(value)
    ]


def bracket_faults(bracket: Bracket, reduce_only: bool) -> list[FieldFault]:
    faults = []
    if reduce_only:
        faults.append(FieldFault("bracket", "belongs to an order that opens a position"))
    for name in ("stop_loss", "take_profit", "trailing_stop"):
        value = getattr(bracket, name)
        if not (math.isfinite(value) and value >= 0 and (value < 1 or name == "take_profit")):
            faults.append(FieldFault(f"bracket.{name}", "must be a fraction of the entry price"))
    if any(not (row[0] > 0 and 0 < row[1] <= 1) for row in bracket.scale_out):
        words = "each row needs a distance above 0 and a part above 0 and at most 1"
        faults.append(FieldFault("bracket.scale_out", words))
    return faults


def positive(value: float) -> bool:
    return math.isfinite(value) and value > 0
