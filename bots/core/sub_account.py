"""A bot's part of an exchange account: what its own fills leave of the money it was given.

Several bots share one account; the exchange knows nothing of that. Each bot's part follows from its
fills alone, and all parts together must be covered by what the account holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)


class Executed(NamedTuple):
    """side: +1 bought, -1 sold. fee_base: taken from the coins bought, as spot venues do."""

    symbol: str
    side: int
    price: Decimal
    quantity: Decimal
    fee_quote: Decimal = ZERO
    fee_base: Decimal = ZERO
    time_ms: int = 0


@dataclass(slots=True)
class Holding:
    """quantity: base, after fees taken in coins. cost: quote paid for the `gross` that was bought,
    so that cost / gross is the average price of the fills."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    gross: Decimal = ZERO
    opened_ms: int = 0

    @property
    def entry_price(self) -> Decimal:
        return self.cost / self.gross if self.gross else ZERO


@dataclass(slots=True)
class SubAccount:
    """cash: quote. realised: profit of sales after all fees, in quote. oversold: base, by symbol,
    sold without having been held: then the fills do not add up."""

    cash: Decimal
    holdings: dict[str, Holding] = field(default_factory=dict)
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    last_exit_ms: dict[str, int] = field(default_factory=dict)
    oversold: dict[str, Decimal] = field(default_factory=dict)

    def take(self, fill: Executed) -> None:
        """Book one fill."""
        held = self.holdings.setdefault(fill.symbol, Holding())
        amount = fill.price * fill.quantity
        self.fees += fill.fee_quote + fill.fee_base * fill.price
        if fill.side > 0:
            if held.quantity == 0:
                held.opened_ms = fill.time_ms
            held.quantity += fill.quantity - fill.fee_base
            held.gross += fill.quantity
            held.cost += amount
            self.cash -= amount + fill.fee_quote
            self.realised -= fill.fee_quote
            return
        known = min(fill.quantity, held.quantity)
        if known < fill.quantity:
            more = fill.quantity - known
            self.oversold[fill.symbol] = self.oversold.get(fill.symbol, ZERO) + more
        part = known / held.quantity if held.quantity else ZERO
        cost = held.cost * part
        held.quantity -= known
        held.cost -= cost
        held.gross -= held.gross * part
        self.cash += amount - fill.fee_quote
        self.realised += amount - cost - fill.fee_quote
        if held.quantity == 0:
            held.cost = held.gross = ZERO
            self.last_exit_ms[fill.symbol] = fill.time_ms

    def worth(self, prices: Mapping[str, Decimal]) -> Decimal:
        """Cash and holdings, each at its price, or at what it cost where none is known."""
        return self.cash + sum(
            (
                one.quantity * prices[symbol] if symbol in prices else one.cost
                for symbol, one in self.holdings.items()
            ),
            ZERO,
        )


def fold(cash: Decimal, fills: Iterable[Executed]) -> SubAccount:
    """The part after these fills, in the order given."""
    part = SubAccount(cash)
    for fill in fills:
        part.take(fill)
    return part


class Shortfall(NamedTuple):
    """The bots of an account count on more of an asset than there is."""

    asset: str
    claimed: Decimal
    there: Decimal

    def __str__(self) -> str:
        return f"the bots count on {self.claimed:f} {self.asset}, the account has {self.there:f}"


def shortfalls(
    claims: Mapping[str, Decimal], there: Mapping[str, Decimal], tolerance: Decimal = ZERO
) -> list[Shortfall]:
    """Assets of which less is there than claimed; what is there beyond the claims is the owner's.

    tolerance: a fraction of the claim.
    """
    return [
        Shortfall(asset, claimed, there.get(asset, ZERO))
        for asset, claimed in sorted(claims.items())
        if claimed - there.get(asset, ZERO) > tolerance * claimed
    ]
