"""What an owner has for one market, how large an order it allows, and what an order would cost.

Decimal only, display only: the venue checks and books by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from exchanges.core import book, positions
from exchanges.core.margin_account import Exposure, level_at
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
    """free_quote, free_base: of the spot wallet; available: of the futures wallet.

    held: the open contract position, negative when short; entry, margin: its own. last, bids,
    asks: empty while the feed is silent.
    """

    is_contract: bool
    rules: MarketRules
    free_quote: Decimal = ZERO
    free_base: Decimal = ZERO
    available: Decimal = ZERO
    leverage: int = 1
    margin_mode: str = ""
    held: Decimal = ZERO
    entry: Decimal = ZERO
    margin: Decimal = ZERO
    last: Decimal | None = None
    bids: tuple[book.Level, ...] = ()
    asks: tuple[book.Level, ...] = ()

    def against(self, side: Side) -> tuple[book.Level, ...]:
        return self.asks if side == Side.BUY else self.bids

    def reducible(self, side: Side) -> Decimal:
        """How much of the open position an order of this side would close."""
        closes = self.held < 0 if side == Side.BUY else self.held > 0
        return abs(self.held) if closes else ZERO

    def price_for(self, side: Side, given: Decimal | None) -> Decimal | None:
        """The price an order would about get: its own, else the best of the book."""
        levels = self.against(side)
        return given or (levels[0][0] if levels else self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an order would about do. closes: how much of the open position; margin: what it adds.

    is_short: the book shows less than the order takes.
    """

    quantity: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    closes: Decimal = ZERO
    margin: Decimal | None = None
    liquidation: Decimal | None = None
    is_short: bool = False


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
        return replace(ticket, quantity=_steps(amount / price if price else ZERO, room))
    share = amount / 100
    if room.is_contract:
        return replace(ticket, quantity=_steps(_contract_share(ticket, room, price, share), room))
    if ticket.side == Side.SELL:
        return replace(ticket, quantity=_steps(room.free_base * share, room))
    spent = room.free_quote * share
    if in_quote:
        return replace(ticket, amount_quote=spent.quantize(Decimal("0.01"), rounding=ROUND_DOWN))
    whole = price * (1 + room.rules.fee_taker) if price else ZERO
    return replace(ticket, quantity=_steps(spent / whole if whole else ZERO, room))


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


def _steps(quantity: Decimal, room: Room) -> Decimal:
    return quantize(floor_to_step(quantity, room.rules.amount_step))


def preview(ticket: Ticket, room: Room) -> Preview | None:
    """What the ticket would about cost; None while there is no price to tell it by."""
    given = ticket.price or ticket.trigger_price
    price = room.price_for(ticket.side, given)
    if not price:
        return None
    quantity, is_short = ticket.quantity, False
    levels = room.against(ticket.side)
    fee_rate = room.rules.fee_taker
    if quantity is None:
        amount = ticket.amount_quote or ZERO
        if ticket.side == Side.BUY and levels:
            quantity = book.quantity_for(levels, amount, fee_rate)
            is_short = quantity >= sum((one for _, one in levels), ZERO)
        else:
            quantity = amount / price
        quantity = _steps(quantity, room)
    if given is None and levels:
        taken = book.take(levels, ticket.side, quantity)
        filled = sum((part for _, part in taken), ZERO)
        is_short = is_short or filled < quantity
        price = book.cost_of(taken) / filled if filled else price
    cost = quantity * price
    plain = Preview(
        quantity=quantity, price=price, cost=cost, fee=cost * fee_rate, is_short=is_short
    )
    return _of_contract(plain, ticket, room) if room.is_contract and quantity else plain


def _of_contract(plain: Preview, ticket: Ticket, room: Room) -> Preview:
    """With margin and liquidation price of the position that would be there afterwards."""
    way = 1 if ticket.side == Side.BUY else -1
    closes = min(room.reducible(ticket.side), plain.quantity)
    opens = ZERO if ticket.reduce_only else plain.quantity - closes
    leverage = ticket.leverage or room.leverage
    margin = opens * plain.price / leverage
    if not opens:
        return replace(plain, closes=closes, margin=ZERO)
    before = positions.Position(room.held, room.entry)
    after, _ = positions.apply(before, way * plain.quantity, plain.price)
    is_isolated = (ticket.margin_mode or room.margin_mode) == "isolated"
    kept = ZERO if closes else room.margin
    behind = kept + margin if is_isolated else room.available
    exposure = Exposure(
        side=1 if after.quantity > 0 else -1,
        quantity=abs(after.quantity),
        entry=after.entry_price,
        mark=plain.price,
        tiers=room.rules.tiers,
        leverage=leverage,
        margin=behind,
    )
    return replace(plain, closes=closes, margin=margin, liquidation=level_at(exposure, behind))
