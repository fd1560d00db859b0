"""What a venue would refuse, found before it is sent: each refusal names rule, value, limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from foundation.lib.errors import BadInput, FieldFault


@dataclass(frozen=True, slots=True)
class Filters:
    """A market's limits as its venue tells them, in base, quote, or price. None: none told.

    price_up, price_down: the price band, as multiples of the reference price (Binance's
    PERCENT_PRICE: 5 and 0.2 let a price be a fifth to five times of it).
    """

    price_step: Decimal | None = None
    amount_step: Decimal | None = None
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    market_amount_max: Decimal | None = None
    notional_min: Decimal | None = None
    notional_max: Decimal | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    price_up: Decimal | None = None
    price_down: Decimal | None = None
    orders_max: int | None = None
    contract_size: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as far as filters look at it. reference: what the market pays now; None: unknown.

    price: None for market orders, whose notional is reckoned at the reference.
    """

    amount: Decimal
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    reference: Decimal | None = None
    reduce_only: bool = False
    open_orders: int = 0


@dataclass(frozen=True, slots=True)
class BrokenFilter(FieldFault):
    """A fault in parts. rule: which limit in words; value: of the order; limit: the venue's."""

    rule: str = ""
    value: Decimal | None = None
    limit: Decimal | None = None


def check_filters(asked: Asked, filters: Filters, venue: str) -> None:
    """BadInput with every limit that the order breaks."""
    faults = list(filter_faults(asked, filters, venue))
    if faults:
        raise BadInput(f"{faults[0].path}: {faults[0].message}", faults)


def filter_faults(asked: Asked, filters: Filters, venue: str) -> Iterator[FieldFault]:
    """All faults, the amount's first."""
    yield from _amount_faults(asked, filters, venue)
    for name, price in (("price", asked.price), ("trigger_price", asked.trigger_price)):
        if price is not None:
            yield from _price_faults(name, price, asked.reference, filters, venue)
    yield from _notional_faults(asked, filters, venue)
    if filters.orders_max is not None and asked.open_orders >= filters.orders_max:
        words = f"{venue} allows {filters.orders_max} open orders on this market, and there are "
        yield FieldFault("open_orders", f"{words}{asked.open_orders}; cancel one first")


def _amount_faults(asked: Asked, filters: Filters, venue: str) -> Iterator[FieldFault]:
    amount = asked.amount
    if not amount.is_finite() or amount <= 0:
        yield FieldFault("amount", "must be a finite number above 0")
        return
    if filters.amount_step and amount % filters.amount_step:
        yield _off("amount", "amount", amount, filters.amount_step, venue)
    if filters.amount_min is not None and amount < filters.amount_min:
        yield _beyond("amount", "amount", amount, "at least", filters.amount_min, venue)
    most = filters.amount_max
    if asked.price is None and filters.market_amount_max is not None:
        most = filters.market_amount_max
    if most is not None and amount > most:
        yield _beyond("amount", "amount", amount, "at most", most, venue)


def _price_faults(
    name: str, price: Decimal, reference: Decimal | None, filters: Filters, venue: str
) -> Iterator[FieldFault]:
    if not price.is_finite() or price <= 0:
        yield FieldFault(name, "must be a finite number above 0")
        return
    if filters.price_step and price % filters.price_step:
        yield _off(name, "price", price, filters.price_step, venue)
    least, most = filters.price_min, filters.price_max
    if reference is not None:
        if filters.price_down is not None:
            least = max(least or Decimal(0), reference * filters.price_down)
        if filters.price_up is not None:
            most = min(most or reference * filters.price_up, reference * filters.price_up)
    if least is not None and price < least:
        yield _beyond(name, "price", price, "at least", least, venue)
    if most is not None and price > most:
        yield _beyond(name, "price", price, "at most", most, venue)


def _notional_faults(asked: Asked, filters: Filters, venue: str) -> Iterator[FieldFault]:
    price = asked.price if asked.price is not None else asked.reference
    if price is None or not (price.is_finite() and asked.amount.is_finite()):
        return
    notional = asked.amount * filters.contract_size * price
    # What makes a position smaller may be as small as what is left of it.
    least = None if asked.reduce_only else filters.notional_min
    if least is not None and notional < least:
        yield _beyond("amount", "notional", notional, "at least", least, venue)
    if filters.notional_max is not None and notional > filters.notional_max:
        yield _beyond("amount", "notional", notional, "at most", filters.notional_max, venue)


def _off(path: str, what: str, value: Decimal, step: Decimal, venue: str) -> BrokenFilter:
    near = value // step * step
    words = (
        f"{venue}'s {what} step is {_plain(step)}, and {_plain(value)} is not on it; "
        f"{_plain(near)} or {_plain(near + step)} would be"
    )
    return BrokenFilter(path, words, f"{what} step", value, step)


def _beyond(
    path: str, what: str, value: Decimal, bound: str, limit: Decimal, venue: str
) -> BrokenFilter:
    article = "an" if what == "amount" else "a"
    words = (
        f"{venue} takes {article} {what} of {bound} {_plain(limit)}, and this is {_plain(value)}"
    )
    return BrokenFilter(path, words, f"{what} {bound}", value, limit)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
