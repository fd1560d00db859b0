"""A bot's part of an exchange account: what its own fills leave of the money it was given.

Several bots share one account; the exchange knows nothing of that. Each bot's part follows from its
fills alone, and all parts together must be covered by what the account holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from exchanges.core.crossing import Crossed, crossed

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
    sold without having been held: then the fills do not add up.

    home: the quote that is counted in; a fill on a market of another one exchanges coins at cost,
    its fee becomes a part of that. "": all markets have the same quote.
    """

    cash: Decimal
    holdings: dict[str, Holding] = field(default_factory=dict)
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    last_exit_ms: dict[str, int] = field(default_factory=dict)
    oversold: dict[str, Decimal] = field(default_factory=dict)
    home: str = ""

    def take(self, fill: Executed) -> None:
        """Book one fill."""
        amount = fill.price * fill.quantity
        cross = crossed(
            fill.symbol, self.home, fill.side, fill.quantity, amount, fill.fee_quote, fill.fee_base
        )
        if cross is not None:
            self._exchange(cross, fill, fill.quantity if fill.side > 0 else amount)
            return
        held = self.holdings.setdefault(fill.symbol, Holding())
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
        cost = self._give(fill.symbol, held, fill.quantity, fill.time_ms)
        self.cash += amount - fill.fee_quote
        self.realised += amount - cost - fill.fee_quote

    def _exchange(self, cross: Crossed[Decimal], fill: Executed, gross: Decimal) -> None:
        """gross: of the coin that was got, before the fee."""
        source = self.holdings.setdefault(cross.source, Holding())
        target = self.holdings.setdefault(cross.target, Holding())
        cost = self._give(cross.source, source, cross.given, fill.time_ms)
        self.fees += cost * cross.fee_part
        if target.quantity == 0:
            target.opened_ms = fill.time_ms
        target.quantity += cross.got
        target.gross += gross
        target.cost += cost

    def _give(self, symbol: str, held: Holding, quantity: Decimal, time_ms: int) -> Decimal:
        """Take coins out of a holding; what they had cost."""
        known = min(quantity, held.quantity)
        if known < quantity:
            self.oversold[symbol] = self.oversold.get(symbol, ZERO) + quantity - known
        if known == held.quantity:
            cost = held.cost
            held.quantity = held.cost = held.gross = ZERO
            self.last_exit_ms[symbol] = time_ms
            return cost
        part = known / held.quantity
        cost = held.cost * part
        held.quantity -= known
        held.cost -= cost
        held.gross -= held.gross * part
        return cost

    def worth(self, prices: Mapping[str, Decimal]) -> Decimal:
        """Cash and holdings, each at its price, or at what it cost where none is known."""
        return self.cash + sum(
            (
                one.quantity * prices[symbol] if symbol in prices else one.cost
                for symbol, one in self.holdings.items()
            ),
            ZERO,
        )


def fold(cash: Decimal, fills: Iterable[Executed], home: str = "") -> SubAccount:
    """The part after these fills, in the order given."""
    part = SubAccount(cash, home=home)
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
