"""What an owner has for one market, and how large an order that allows.

Decimal only, display only: the venue checks and books by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from exchanges.core import book
from exchanges.core.market import MarketRules
from exchanges.core.order_types import OrderType
from exchanges.core.orders import Side
from exchanges.core.tickets import Ticket
from foundation.lib.decimals import floor_to_step, quantize

ZERO, ONE = Decimal(0), Decimal(1)
# What a market order keeps back of all that is free, so that the next price does not refuse it.
CUSHION = Decimal("0.002")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """free_quote, free_base: of the spot wallet. cash: of the futures wallet, available: of it for
    new margin.

    held: the open contract position, negative when short; entry, margin: its own. behind_others:
    unrealised PnL less maintenance margin of the other cross positions. last, bids, asks: empty
    while the feed is silent.
    """

    is_contract: bool
    rules: MarketRules
    free_quote: Decimal = ZERO
    free_base: Decimal = ZERO
    cash: Decimal = ZERO
    available: Decimal = ZERO
    leverage: int = 1
    margin_mode: str = ""
    held: Decimal = ZERO
    entry: Decimal = ZERO
    margin: Decimal = ZERO
    behind_others: Decimal = ZERO
    last: Decimal | None = None
    bids: tuple[book.Level, ...] = ()
    asks: tuple[book.Level, ...] = ()

    def against(self, side: Side) -> tuple[book.Level, ...]:
        return self.asks if side == Side.BUY else self.bids

    def reducible(self, side: Side) -> Decimal:
        """How much of the open position an order of this side would close."""
        closes = self.held < 0 if side == Side.BUY else self.held > 0
        return abs(self.held) if closes else ZERO

    def whole(self, side: Side) -> tuple[Decimal, str]:
        """What a share is a share of, and which: "base", "quote" or "position" (in base)."""
        if not self.is_contract:
            bought = side == Side.BUY
            return (self.free_quote, "quote") if bought else (self.free_base, "base")
        held = self.reducible(side)
        return (held, "position") if held else (self.available, "quote")

    def price_for(self, side: Side, given: Decimal | None) -> Decimal | None:
        """The price an order would about get: its own, else the best of the book."""
        levels = self.against(side)
        return given or (levels[0][0] if levels else self.last)


def sized(
    ticket: Ticket, kind: OrderType, room: Room, *, amount_by: str, amount: Decimal
) -> Ticket:
    """The ticket with its size: a quantity, a cost in quote, or percent of what there is."""
    if amount_by == "quantity":
        return replace(ticket, quantity=amount)
    price = room.price_for(ticket.side, ticket.price or ticket.trigger_price)
    in_quote = "amount_quote" in kind.may and not room.is_contract
    if amount_by == "cost":
        if in_quote:
            return replace(ticket, amount_quote=amount)
        return replace(ticket, quantity=in_steps(amount / price if price else ZERO, room))
    share = amount / 100
    if room.is_contract:
        return replace(ticket, quantity=in_steps(_contract_share(ticket, room, price, share), room))
    if ticket.side == Side.SELL:
        return replace(ticket, quantity=in_steps(room.free_base * share, room))
    spent = room.free_quote * share
    if in_quote:
        return replace(ticket, amount_quote=spent.quantize(Decimal("0.01"), rounding=ROUND_DOWN))
    whole = price * (1 + room.rules.fee_taker) if price else ZERO
    return replace(ticket, quantity=in_steps(spent / whole if whole else ZERO, room))


def _contract_share(ticket: Ticket, room: Room, price: Decimal | None, share: Decimal) -> Decimal:
    """Of the position that it closes, if there is one; else of what the free margin carries."""
    if held := room.reducible(ticket.side):
        return held * share
    if not price or ticket.reduce_only:
        return ZERO
    leverage = ticket.leverage or room.leverage
    cushion = ZERO if ticket.price else CUSHION
    per_quote = ONE / leverage + room.rules.fee_taker + cushion
    return room.available * share / (price * per_quote)


def in_steps(quantity: Decimal, room: Room) -> Decimal:
    return quantize(floor_to_step(quantity, room.rules.amount_step))
