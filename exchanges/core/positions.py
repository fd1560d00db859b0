"""A position and what a fill makes of it. Runs on Decimal and, compiled, on float."""

from __future__ import annotations

from typing import Generic, NamedTuple

from exchanges.core.costs import fee
from exchanges.core.margin import unrealised_pnl
from exchanges.core.numbers import N


class Position(NamedTuple, Generic[N]):
    """quantity: base, negative when short, 0 when flat. entry_price: average, quote per base."""

    quantity: N
    entry_price: N


def apply(position: Position[N], quantity: N, price: N) -> tuple[Position[N], N]:
    """The position after a fill of signed `quantity` (+ bought), and the profit it realised.

    Adding averages the entry price, reducing keeps it, crossing zero starts again at the fill's.
    Fees are booked apart.
    """
    held = position.quantity
    after = held + quantity
    if held * quantity >= 0:
        if after == 0:
            return position, price * 0
        entry = (held * position.entry_price + quantity * price) / after
        return Position(after, entry), price * 0
    if after * held >= 0:
        realised = -quantity * (price - position.entry_price)
        return Position(after, position.entry_price if after != 0 else price * 0), realised
    return Position(after, price), held * (price - position.entry_price)


def settle(
    side: int, quantity: N, entry: N, exit_price: N, margin: N, fee_rate: N
) -> tuple[N, N, N]:
    """What closing gives back: (proceeds, fee, profit before fees).

    margin: what is locked, after funding. The loss ends where the margin does, and the fee takes
    at most what is left: a wallet never goes below zero.
    """
    gross = side * quantity * (exit_price - entry)
    left = margin + gross
    if left < 0:
        gross, left = -margin, left * 0
    exit_fee = fee(quantity, exit_price, fee_rate)
    if exit_fee > left:
        exit_fee = left
    return left - exit_fee, exit_fee, gross


def forfeit(
    side: int, quantity: N, entry: N, exit_price: N, margin: N, fee_rate: N
) -> tuple[N, N, N]:
    """`settle` of a liquidation: the whole margin is gone, the fee is a part of it.

    What the fee leaves of the margin goes to the insurance fund.
    """
    _, exit_fee, _ = settle(side, quantity, entry, exit_price, margin, fee_rate)
    return margin * 0, exit_fee, exit_fee - margin


def value(side: int, quantity: N, entry: N, margin: N, mark: N) -> N:
    """What an open position adds to equity: its margin and its unrealised profit."""
    return margin + unrealised_pnl(side, quantity, entry, mark)


def spend(cash: N, cost: N) -> N:
    """Cash after paying; what float64 leaves over of a sum spent to the last cent is nothing."""
    left = cash - cost
    return left * 0 if left * 1_000_000_000_000 < cash else left


def average_price(quantity: N, price: N, more: N, more_price: N) -> N:
    """Average price of what was filled before and one more fill; the first fill's very price."""
    if quantity == 0:
        return more_price
    return (quantity * price + more * more_price) / (quantity + more)
