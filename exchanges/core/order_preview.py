"""What an order would do if it were placed now: money, margin, the position that then is there.

Decimal only. It takes the steps in which the paper venue books, on the same core functions; a test
holds the two together. The book may have moved when the order arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal, localcontext

from exchanges.core import book, positions
from exchanges.core.leverage import notional_cap
from exchanges.core.margin_account import Exposure, level_at
from exchanges.core.order_types import OrderType
from exchanges.core.order_types.base import Trigger
from exchanges.core.orders import Side
from exchanges.core.ticket_room import Room, in_steps
from exchanges.core.tickets import Ticket
from foundation.lib.decimals import MONEY, QUANTUM, quantize, round_to_step

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """quantity, cost, fee: of all that trades at once and of what waits, as if it filled.

    price: the average. closes: how much of the open position goes. margin: what opening takes.
    liquidation: of the position afterwards, None where none is left or reachable.
    needs, there: what it takes of the wallet and what is in it, in quote, or in base for a spot
    sale. is_short: the book shows less than the order takes at once. cap: the most a position may
    be worth at this leverage, where this one would be worth more.
    """

    quantity: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    needs: Decimal = ZERO
    there: Decimal = ZERO
    closes: Decimal = ZERO
    margin: Decimal = ZERO
    liquidation: Decimal | None = None
    is_short: bool = False
    cap: Decimal | None = None

    @property
    def lacks(self) -> bool:
        return self.needs > self.there


@dataclass(frozen=True, slots=True)
class Trade:
    """An execution that the order would have; waits: as maker, once the market comes to it."""

    price: Decimal
    quantity: Decimal
    waits: bool = False

    @property
    def amount(self) -> Decimal:
        return quantize(self.price * self.quantity)


@dataclass(slots=True)
class Account:
    """A futures wallet and one position of it while trades are booked. held: below zero if short;
    margin: locked by an isolated position."""

    cash: Decimal
    held: positions.Position[Decimal]
    margin: Decimal
    leverage: int
    is_isolated: bool


def preview(ticket: Ticket, kind: OrderType, room: Room) -> Preview | None:
    """What the ticket would do; None while there is no price to tell it by."""
    with localcontext(MONEY):
        return _preview(ticket, kind, room)


def _preview(ticket: Ticket, kind: OrderType, room: Room) -> Preview | None:
    guessed = room.price_for(ticket.side, ticket.price or ticket.trigger_price)
    if not guessed:
        return None
    quantity = _quantity(ticket, room, guessed)
    trades, is_short = _trades(ticket, kind, room, quantity, guessed)
    rates = room.rules.fee_taker, room.rules.fee_maker
    cost = sum((one.amount for one in trades), ZERO)
    plain = Preview(
        quantity=quantity,
        price=cost / quantity if quantity else guessed,
        cost=cost,
        fee=sum((quantize(one.amount * rates[one.waits]) for one in trades), ZERO),
        is_short=is_short,
    )
    if room.is_contract:
        return _of_contract(plain, ticket, kind, room, trades)
    return _of_spot(plain, ticket, kind, room, trades)


def _quantity(ticket: Ticket, room: Room, price: Decimal) -> Decimal:
    """What the ticket says, or as much as its amount of quote buys, or takes to earn it."""
    if ticket.quantity is not None:
        return ticket.quantity
    amount, levels = ticket.amount_quote or ZERO, room.against(ticket.side)
    rate = room.rules.fee_taker if ticket.side == Side.BUY else ZERO
    raw = book.quantity_for(levels, amount, rate) if levels else amount / price
    return in_steps(raw, room)


def _trades(
    ticket: Ticket, kind: OrderType, room: Room, quantity: Decimal, guessed: Decimal
) -> tuple[list[Trade], bool]:
    """The executions, and whether the book shows less than what must trade at once."""
    levels = room.against(ticket.side)
    if kind.trigger and kind.trigger is not Trigger.TRAIL:
        return [Trade(guessed, quantity)], False
    taken = book.take(levels, ticket.side, quantity, ticket.price if kind.rests else None)
    rest = quantity - sum((part for _, part in taken), ZERO)
    trades = [Trade(price, part) for price, part in taken]
    if rest > 0 and kind.rests and ticket.time_in_force in ("GTC", "PO"):
        return [*trades, Trade(guessed, rest, waits=True)], False
    if not levels:
        return [Trade(guessed, quantity)], False
    return trades, rest > 0


def _of_spot(
    plain: Preview, ticket: Ticket, kind: OrderType, room: Room, trades: Sequence[Trade]
) -> Preview:
    if ticket.side == Side.SELL:
        return replace(plain, needs=plain.quantity, there=room.free_base)
    if kind.trigger:
        kept = ticket.price or ticket.trigger_price or _trailing_start(ticket, room) or plain.price
        needs = _kept(plain.quantity, kept, room)
    else:
        now = [one for one in trades if not one.waits]
        needs = sum((one.amount + quantize(one.amount * room.rules.fee_taker) for one in now), ZERO)
        needs += sum((_kept(one.quantity, one.price, room) for one in trades if one.waits), ZERO)
    return replace(plain, needs=needs, there=room.free_quote)


def _trailing_start(ticket: Ticket, room: Room) -> Decimal | None:
    """Where a trailing stop that buys hangs at first."""
    if ticket.callback_rate is None or not room.last:
        return None
    level = ticket.activation_price
    if level is not None and room.last > level:
        return level
    return round_to_step(room.last * (1 + ticket.callback_rate), room.rules.price_step)


def _kept(quantity: Decimal, price: Decimal, room: Room) -> Decimal:
    """What a waiting spot purchase keeps of the wallet: its price and the higher fee."""
    return (quantity * price * (1 + room.rules.fee_taker)).quantize(QUANTUM, rounding=ROUND_UP)


def _of_contract(
    plain: Preview, ticket: Ticket, kind: OrderType, room: Room, trades: Sequence[Trade]
) -> Preview:
    """With margin and liquidation price of the position that would be there afterwards."""
    way = 1 if ticket.side == Side.BUY else -1
    closes = min(room.reducible(ticket.side), plain.quantity)
    account, available = _begun(ticket, room)
    opening = [] if ticket.reduce_only else _after(trades, closes)
    if ticket.reduce_only:
        trades = [Trade(*one) for one in _first(trades, closes)]
    for one in trades:
        rate = room.rules.fee_maker if one.waits else room.rules.fee_taker
        book_trade(account, way * one.quantity, one.price, rate)
    needs, is_later = ZERO, kind.trigger is not Trigger.NONE
    if not is_later:  # an order that waits for its trigger keeps no margin
        needs = sum((_margin_for(one, account, room, way) for one in opening), ZERO)
    found = replace(
        plain,
        closes=closes,
        margin=sum((quantize(one.amount / account.leverage) for one in opening), ZERO),
        needs=needs,
        there=available,
    )
    if not opening or not account.held.quantity:
        return found
    cap = notional_cap(account.leverage, room.rules.tiers)
    before = abs(room.held) * (room.last or plain.price) if room.held * way > 0 else ZERO
    worth = before + sum((one.amount for one in opening), ZERO)
    return replace(
        found,
        liquidation=liquidation_of(account, room, plain.price),
        cap=cap if worth > cap else None,
    )


def _begun(ticket: Ticket, room: Room) -> tuple[Account, Decimal]:
    """The account before the first trade, under the leverage that is asked for, and what it then
    has for new margin. An isolated position locks more under a lower leverage, never less."""
    leverage = ticket.leverage or room.leverage
    is_isolated = (ticket.margin_mode or room.margin_mode) == "isolated"
    account = Account(
        room.cash, positions.Position(room.held, room.entry), room.margin, leverage, is_isolated
    )
    available = room.available
    if not room.held or leverage == room.leverage:
        return account, available
    if is_isolated:
        need = quantize(room.entry * abs(room.held) / leverage) - room.margin
        more = max(ZERO, need) if leverage < room.leverage else ZERO
        account.cash, account.margin = account.cash - more, account.margin + more
        return account, available - more
    worth = abs(room.held) * (room.last or room.entry)
    return account, available + worth / room.leverage - worth / leverage


def _margin_for(one: Trade, account: Account, room: Room, way: int) -> Decimal:
    """Initial margin and fee; a taker also brings what it loses at once against the mark."""
    if one.waits:
        return quantize(one.amount / account.leverage + one.amount * room.rules.fee_maker)
    mark = room.last or one.price
    loss = max(ZERO, way * (one.price - mark)) * one.quantity if account.leverage > 1 else ZERO
    return quantize(one.amount / account.leverage + one.amount * room.rules.fee_taker + loss)


def _first(trades: Sequence[Trade], quantity: Decimal) -> list[tuple[Decimal, Decimal, bool]]:
    kept = []
    for one in trades:
        part = min(one.quantity, quantity)
        quantity -= part
        if part > 0:
            kept.append((one.price, part, one.waits))
    return kept


def _after(trades: Sequence[Trade], closes: Decimal) -> list[Trade]:
    """What of the trades remains once the first of them have closed the position."""
    kept = []
    for one in trades:
        passed = min(one.quantity, closes)
        closes -= passed
        if one.quantity > passed:
            kept.append(replace(one, quantity=one.quantity - passed))
    return kept


def book_trade(account: Account, quantity: Decimal, price: Decimal, fee_rate: Decimal) -> None:
    """One execution of signed quantity: it closes what is held the other way, the rest opens."""
    held = account.held.quantity
    closing = min(abs(held), abs(quantity)) if held * quantity < 0 else ZERO
    if closing:
        _reduce(account, closing, price, fee_rate)
    opening = abs(quantity) - closing
    if opening:
        _enlarge(account, opening.copy_sign(quantity), price, fee_rate)


def _reduce(account: Account, quantity: Decimal, price: Decimal, fee_rate: Decimal) -> None:
    way = -1 if account.held.quantity > 0 else 1
    after, raw = positions.apply(account.held, way * quantity, price)
    gross, released = quantize(raw), account.margin
    if account.is_isolated and after.quantity:
        share = quantize(account.margin * quantity / abs(account.held.quantity))
        released = min(account.margin, max(share, -gross))
    account.margin -= released
    account.cash += released
    paid = min(-gross, released if account.is_isolated else account.cash, account.cash)
    account.cash += gross if gross >= 0 else -paid
    fee = quantize(quantize(price * quantity) * fee_rate)
    account.cash -= max(ZERO, min(fee, account.cash))
    account.held = after


def _enlarge(account: Account, quantity: Decimal, price: Decimal, fee_rate: Decimal) -> None:
    after, _ = positions.apply(account.held, quantity, price)
    account.held = positions.Position(after.quantity, quantize(after.entry_price))
    amount = quantize(price * abs(quantity))
    account.cash -= quantize(amount * fee_rate)
    if account.is_isolated:
        locked = quantize(amount / account.leverage)
        account.cash, account.margin = account.cash - locked, account.margin + locked


def liquidation_of(account: Account, room: Room, price: Decimal) -> Decimal | None:
    """Of the position as it stands: its own margin is behind an isolated one, the whole account
    with its other positions behind a cross one."""
    behind = account.margin if account.is_isolated else account.cash + room.behind_others
    held = account.held
    exposure = Exposure(
        side=1 if held.quantity > 0 else -1,
        quantity=abs(held.quantity),
        entry=held.entry_price,
        mark=price,
        tiers=room.rules.tiers,
        leverage=account.leverage,
        margin=behind,
    )
    return level_at(exposure, behind)
