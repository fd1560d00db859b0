"""A bankrupt position on its way out: what stands behind it, where it ends, what is written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchanges.core import book
from exchanges.core.book import Level, Quote
from exchanges.core.orders import Side
from exchanges.models import Liquidation, Order, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors.margin import Held, rounded
from exchanges.services.paper import contracts, parameters
from exchanges.services.paper.contracts import Purse, side_of
from exchanges.services.paper.desk import ZERO, Desk
from exchanges.services.paper.filling import add_fill, own_client_id
from foundation.lib.decimals import QUANTUM, quantize


@dataclass(slots=True)
class Closing:
    """stake: the money behind the position, measured at its entry; what is lost at most."""

    held: Held
    quote: Quote
    stake: Decimal

    @property
    def position(self) -> Position:
        return self.held.position

    @property
    def purse(self) -> Purse:
        position = self.position
        return contracts.purse_of(position.owner_id, self.held.market.quote, position.symbol)

    @property
    def bankruptcy(self) -> Decimal:
        """The price at which the stake is gone, within the prices that there are."""
        each = self.held.exposure
        price = quantize(each.entry - each.side * self.stake / each.quantity)
        return max(price, self.held.market.price_step or QUANTUM)

    def executions(self) -> list[Level]:
        """At the market: through the book; what the book does not hold goes at its last price."""
        side, quantity = closing_side(self.position), self.held.exposure.quantity
        taken = book.take(self.quote.against(side), side, quantity)
        rest = quantity - sum((part for _, part in taken), ZERO)
        if rest > 0:
            taken.append((taken[-1][0] if taken else self.quote.mark, rest))
        return taken

    def left(self) -> Decimal:
        """What is over of the stake after a close at the market; below zero: short."""
        side, entry = self.held.exposure.side, self.held.exposure.entry
        parts = self.executions()
        return self.stake + sum(
            (quantize(side * part * (price - entry)) for price, part in parts), ZERO
        )


def closing_side(position: Position) -> Side:
    """The side of the order that closes it."""
    return Side.SELL if side_of(position) > 0 else Side.BUY


def draft(desk: Desk, position: Position, reason: str, name: str) -> Order:
    """The order of ours that closes a position: its fills and its history like any other's."""
    return desk.add(
        Order(
            owner_id=position.owner_id,
            venue=position.venue,
            symbol=position.symbol,
            wallet=FUTURES_WALLET,
            client_order_id=own_client_id(name),
            type="market",
            side=closing_side(position),
            leg="exit",
            reason=reason,
            time_in_force="IOC",
            reduce_only=True,
            quantity=position.quantity,
            decided_at_ms=desk.now_ms,
        )
    )


def fill_all(desk: Desk, order: Order, position: Position, parts: list[Level]) -> Decimal:
    """Fills without a fee that close the position; the answer is the profit they realised."""
    side, entry, gross = side_of(position), position.entry_price, ZERO
    for price, part in parts:
        fill = add_fill(desk, order, price, part, ZERO, is_maker=False)
        fill.position = position
        fill.realised_pnl = quantize(side * part * (price - entry))
        contracts.shrink(position, fill, fill.realised_pnl)
        gross += fill.realised_pnl
    return gross


def record(desk: Desk, each: Closing, order: Order, to_fund: Decimal, deleveraged: Decimal) -> None:
    """The liquidation's own row, and its position closed."""
    position = each.position
    fee_rate = parameters.value("liquidation_fee_rate")
    fee = min(quantize(order.filled_quote * fee_rate), max(to_fund, ZERO))
    desk.put(position)
    desk.liquidations.append(
        Liquidation(
            position=position,
            owner_id=position.owner_id,
            venue=position.venue,
            symbol=position.symbol,
            side=position.side,
            quantity=order.filled_quantity,
            mark_price=each.quote.mark,
            price=quantize(order.filled_quote / order.filled_quantity),
            bankruptcy_price=rounded(each.bankruptcy) or ZERO,
            fee=fee,
            to_fund=to_fund,
            deleveraged=deleveraged,
            time_ms=desk.now_ms,
        )
    )
