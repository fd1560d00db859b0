"""An order book and what a taker gets out of it. Decimal only: this is where money is booked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from exchanges.core.orders import Side

Level = tuple[Decimal, Decimal]  # price, amount
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Quote:
    """A market at one moment. bids, asks: best first. last: the newest trade's price."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    last: Decimal
    time_ms: int

    @property
    def mark(self) -> Decimal:
        """The price that margin is measured at."""
        return self.last

    def against(self, side: Side) -> tuple[Level, ...]:
        """The levels that an order of this side trades with."""
        return self.asks if side == Side.BUY else self.bids

    def best_against(self, side: Side) -> Decimal | None:
        levels = self.against(side)
        return levels[0][0] if levels else None


def crosses(side: Side, limit: Decimal, price: Decimal) -> bool:
    """Whether an order with this limit would trade at this price."""
    return price <= limit if side == Side.BUY else price >= limit


def take(
    levels: Iterable[Level], side: Side, quantity: Decimal, limit: Decimal | None = None
) -> list[Level]:
    """(price, quantity) of each level that is taken, best first, until the quantity is reached.

    Less than the quantity where the book ends, or where the next level is worse than the limit.
    """
    taken: list[Level] = []
    for price, amount in levels:
        if quantity <= 0 or (limit is not None and not crosses(side, limit, price)):
            break
        part = min(amount, quantity)
        if part > 0:
            taken.append((price, part))
            quantity -= part
    return taken


def quantity_for(
    levels: Iterable[Level], amount_quote: Decimal, fee_rate: Decimal, limit: Decimal | None = None
) -> Decimal:
    """How much base an amount of quote buys, the fee included; 0 with an empty book.

    limit: the most that is paid for one; the walk ends there.
    """
    quantity = ZERO
    for price, amount in levels:
        if limit is not None and price > limit:
            break
        cost = price * (1 + fee_rate)
        part = min(amount, amount_quote / cost)
        quantity += part
        amount_quote -= part * cost
        if amount_quote <= 0 or part < amount:
            break
    return quantity


def cost_of(executions: Iterable[Level]) -> Decimal:
    """Quote paid or got for executions, without fees."""
    return sum((price * quantity for price, quantity in executions), ZERO)
