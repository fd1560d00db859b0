"""Fills of a spot sub-account, folded into trades: from flat to flat, symbol by symbol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bots.core.sub_account import Executed, Holding

ZERO = Decimal(0)
# A rest that no exchange sells: less than this part of all that was bought counts as nothing.
DUST = Decimal("0.002")


@dataclass(slots=True)
class RoundTrip:
    """One trade. entry_quote, exit_quote: without fees. fees: in quote, those of coins at the price
    of their fill. closed_ms: None while something is held. quantity: bought altogether."""

    symbol: str
    opened_ms: int
    quantity: Decimal = ZERO
    entry_quote: Decimal = ZERO
    sold: Decimal = ZERO
    exit_quote: Decimal = ZERO
    held: Decimal = ZERO
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
        bought = self.quantity
        rest = self.entry_quote * self.held / bought if bought else ZERO
        return self.exit_quote - self.entry_quote + rest - self.fee_quote

    def take(self, fill: Executed) -> None:
        amount = fill.price * fill.quantity
        self.fees += fill.fee_quote + fill.fee_base * fill.price
        self.fee_quote += fill.fee_quote
        if fill.side > 0:
            self.quantity += fill.quantity
            self.entry_quote += amount
            self.held += fill.quantity - fill.fee_base
        else:
            self.sold += fill.quantity
            self.exit_quote += amount
            self.held -= fill.quantity


def round_trips(
    fills: Iterable[tuple[Executed, str]], kept: Mapping[str, Holding] | None = None
) -> list[RoundTrip]:
    """Trades in the order in which they began, open ones included. fills: with their exit reasons,
    in the order of time. kept: what was held before the first."""
    found: list[RoundTrip] = []
    now: dict[str, RoundTrip] = {}
    for symbol, one in (kept or {}).items():
        trip = RoundTrip(symbol, one.opened_ms, one.gross, one.cost, held=one.quantity)
        found.append(trip)
        now[symbol] = trip
    for fill, reason in fills:
        here = now.get(fill.symbol)
        if here is None:
            if fill.side < 0:
                continue  # sold without having been held: the books tell it as a difference
            here = now[fill.symbol] = RoundTrip(fill.symbol, fill.time_ms)
            found.append(here)
        here.take(fill)
        if fill.side < 0 and here.held <= DUST * here.quantity:
            here.closed_ms, here.exit_reason = fill.time_ms, reason
            del now[fill.symbol]
    return found
