"""What executions do: fills, the order's new state, the money, the position. On an open desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from accounts.services import ledger
from exchanges.core.book import Level
from exchanges.core.orders import OrderStatus, Side
from exchanges.models import Market, Order
from exchanges.selectors.trading import spot_accounts
from exchanges.services.paper import contracts
from exchanges.services.paper.desk import ZERO, Desk
from exchanges.services.paper.filling import add_fill
from foundation.lib.decimals import QUANTUM


@dataclass(frozen=True, slots=True)
class Rates:
    """Fee rates of a market, and whether the order was there first."""

    maker: Decimal
    taker: Decimal
    is_maker: bool

    @property
    def rate(self) -> Decimal:
        return self.maker if self.is_maker else self.taker


def execute(
    desk: Desk, order: Order, market: Market, executions: Sequence[Level], *, is_maker: bool
) -> None:
    """Book executions of an order; it is partially filled or filled afterwards."""
    rates = Rates(market.fee_maker, market.fee_taker, is_maker)
    parts = [(price, quantity) for price, quantity in executions if quantity > 0]
    if not parts:
        return
    if market.is_contract:
        contracts.book(desk, order, market, parts, rates.rate, is_maker=is_maker)
    else:
        _spot(desk, order, parts, rates)
    wanted = order.quantity
    is_filled = wanted is not None and order.filled_quantity >= wanted
    desk.step(order, OrderStatus.FILLED if is_filled else OrderStatus.PARTIALLY_FILLED)


def _spot(desk: Desk, order: Order, parts: Sequence[Level], rates: Rates) -> None:
    way = 1 if order.side == Side.BUY else -1
    base = quote = fees = ZERO
    for price, quantity in parts:
        fill = add_fill(desk, order, price, quantity, rates.rate, is_maker=rates.is_maker)
        base, quote, fees = base + quantity, quote + fill.amount_quote, fees + fill.fee
    keys = spot_accounts(order, ledger.shard_of(order.owner_id))
    legs = {
        keys["base"]: way * base,
        keys["market_base"]: -way * base,
        keys["quote"]: -way * quote - fees,
        keys["market_quote"]: way * quote,
        keys["fees"]: fees,
    }
    desk.set_held(order, held_after(order, rates.taker))
    name = f"fill:{order.venue}:{desk.fills[-1].venue_fill_id}"
    desk.move(name, "fill", legs, order=order.client_order_id, reason=order.reason)


def held_after(order: Order, fee_rate: Decimal) -> Decimal:
    """What the rest of a spot order still needs; a list's second order keeps nothing itself."""
    if not order.held or order.quantity is None:
        return ZERO
    rest: Decimal = order.quantity - order.filled_quantity
    if rest <= 0:
        return ZERO
    if order.side == Side.SELL:
        return min(Decimal(order.held), rest)
    limit = order.price or order.trigger_price or ZERO
    return min(Decimal(order.held), reserve(rest, limit, fee_rate)) if limit else ZERO


def reserve(quantity: Decimal, price: Decimal, fee_rate: Decimal) -> Decimal:
    """Quote that a buy at this price needs at most, its fee included."""
    return (quantity * price * (1 + fee_rate)).quantize(QUANTUM, rounding=ROUND_UP)
