"""Fills of a spot sub-account, folded into trades: from flat to flat, symbol by symbol.

A fill that exchanges one coin for another (`exchanges.core.crossing`) moves what the one has cost
to the other: the trade of the first ends at 0, and what was made shows where a coin comes home.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bots.core.sub_account import Executed, Holding
from exchanges.core.crossing import EXCHANGED, crossed

ZERO = Decimal(0)
# A rest that no exchange sells: less than this part of all that was bought counts as nothing.
DUST = Decimal("0.002")


@dataclass(slots=True)
class RoundTrip:
    """One trade. entry_quote, exit_quote: without fees. fees: in quote, those of coins at the price
    of their fill. closed_ms: None while something is held. quantity: bought altogether. cost: of
    what is held."""

    symbol: str
    opened_ms: int
    quantity: Decimal = ZERO
    entry_quote: Decimal = ZERO
    sold: Decimal = ZERO
    exit_quote: Decimal = ZERO
    held: Decimal = ZERO
    cost: Decimal = ZERO
    fees: Decimal = ZERO
    fee_quote: Decimal = ZERO  # those taken in coins are missing in `held`
    closed_ms: int | None = None
    exit_reason: str = ""

    @property
    def side(self) -> str:
        """Nothing is sold short on a spot account."""
        return "long"

    @property
    def entry_price(self) -> Decimal:
        return self.entry_quote / self.quantity if self.quantity else ZERO

    @property
    def exit_price(self) -> Decimal | None:
        return self.exit_quote / self.sold if self.sold else None

    @property
    def pnl(self) -> Decimal:
        """After fees. What dust is left counts with what it cost, as part of nothing."""
        return self.exit_quote - self.entry_quote + self.cost - self.fee_quote

    def take(self, fill: Executed) -> None:
        amount = fill.price * fill.quantity
        self.fees += fill.fee_quote + fill.fee_base * fill.price
        self.fee_quote += fill.fee_quote
        if fill.side > 0:
            self.quantity += fill.quantity
            self.entry_quote += amount
            self.held += fill.quantity - fill.fee_base
            self.cost += amount
        else:
            self.cost -= self.cost * self._part(fill.quantity)
            self.sold += fill.quantity
            self.exit_quote += amount
            self.held -= fill.quantity

    def give(self, quantity: Decimal) -> Decimal:
        """Exchange so many coins for others, at cost; what they had cost."""
        cost = self.cost * self._part(quantity)
        self.sold += quantity
        self.exit_quote += cost
        self.cost -= cost
        self.held -= quantity
        return cost

    def get(self, gross: Decimal, net: Decimal, cost: Decimal) -> None:
        """Coins that came for others. gross: before the fee."""
        self.quantity += gross
        self.held += net
        self.entry_quote += cost
        self.cost += cost

    def _part(self, quantity: Decimal) -> Decimal:
        return min(Decimal(1), quantity / self.held) if self.held > 0 else Decimal(1)


def round_trips(
    fills: Iterable[tuple[Executed, str]], kept: Mapping[str, Holding] | None = None, home: str = ""
) -> list[RoundTrip]:
    """Trades in the order in which they began, open ones included. fills: with their exit reasons,
    in the order of time. kept: what was held before the first. home: as of a `SubAccount`."""
    found: list[RoundTrip] = []
    now: dict[str, RoundTrip] = {}

    def of(symbol: str, at_ms: int) -> RoundTrip:
        if symbol not in now:
            now[symbol] = RoundTrip(symbol, at_ms)
            found.append(now[symbol])
        return now[symbol]

    def end_if_sold(trip: RoundTrip, at_ms: int, reason: str) -> None:
        if trip.held <= DUST * trip.quantity:
            trip.closed_ms, trip.exit_reason = at_ms, reason
            del now[trip.symbol]

    for symbol, one in (kept or {}).items():
        trip = of(symbol, one.opened_ms)
        trip.get(one.gross, one.quantity, one.cost)
    for fill, reason in fills:
        amount, at_ms = fill.price * fill.quantity, fill.time_ms
        cross = crossed(
            fill.symbol, home, fill.side, fill.quantity, amount, fill.fee_quote, fill.fee_base
        )
        if cross is not None and cross.source in now:
            source, target = now[cross.source], of(cross.target, at_ms)
            cost = source.give(cross.given)
            target.get(fill.quantity if fill.side > 0 else amount, cross.got, cost)
            target.fees += cost * cross.fee_part
            end_if_sold(source, at_ms, EXCHANGED)
        elif cross is None and (fill.side > 0 or fill.symbol in now):
            trip = of(fill.symbol, at_ms)
            trip.take(fill)
            if fill.side < 0:
                end_if_sold(trip, at_ms, reason)
        # Else sold without having been held: the books tell it as a difference.
    return found
