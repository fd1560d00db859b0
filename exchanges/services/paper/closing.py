"""Closing a contract position, and the stop and target that protect it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from exchanges.core.orders import Side
from exchanges.core.refusals import refuse
from exchanges.core.tickets import Ticket
from exchanges.models import Order, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors import trading
from exchanges.services.paper import catalogue, lists, placing, quotes
from exchanges.services.paper.again import again
from exchanges.services.paper.closings import closing_side
from exchanges.services.paper.contracts import side_of
from exchanges.services.paper.desk import Desk, opened
from exchanges.services.paper.lists import STOP, TARGET
from exchanges.services.paper.placing import Placed
from exchanges.services.paper.scene import Scene
from exchanges.services.paper.withdrawing import withdraw, working
from foundation.lib.decimals import MONEY
from foundation.lib.errors import Conflict


def close(*, owner: Any, position_id: int, quantity: Decimal | None = None) -> Order:
    """Close a position at the market, or a part of it."""
    return close_once(owner=owner, position_id=position_id, quantity=quantity).order


def close_once(
    *, owner: Any, position_id: int, quantity: Decimal | None = None, client_order_id: str = ""
) -> Placed:
    """The same under a client order id: asked again, it answers with the order of the first time,
    also when that has closed the position."""
    found = trading.get_position(owner, position_id)
    if not (client_order_id and _is_known(owner, client_order_id)):
        _check_open(found)
    ticket = Ticket(
        venue=found.venue,
        symbol=found.symbol,
        side=closing_side(found),
        type="market",
        quantity=quantity,
        close_position=quantity is None,
        reduce_only=True,
        client_order_id=client_order_id,
    )
    return placing.place(owner=owner, ticket=ticket)


def _is_known(owner: Any, client_order_id: str) -> bool:
    return Order.objects.filter(owner=owner, client_order_id=client_order_id).exists()


@again
def protect(
    *, owner: Any, position_id: int, take_profit: Decimal | None, stop_loss: Decimal | None
) -> Position:
    """Set the levels at which the whole position is closed; None removes one. Replaces both."""
    found = _open(owner, position_id)
    market = catalogue.tradable(found.venue, found.symbol, to_reduce=True)
    quote = quotes.quote_of(market)
    levels = {TARGET: take_profit, STOP: stop_loss}
    wanted = {name: price for name, price in levels.items() if price is not None}
    _check(found, wanted, market.price_step, quote.last)
    with opened([owner.pk]) as desk:
        held = desk.position(owner.pk, found.venue, found.symbol)
        if held is None or held.pk != found.pk:
            raise Conflict("the position is closed")
        _remove(desk, held)
        if wanted:
            number = lists.new_list_id()
            scene = Scene(desk, market, quote, {})
            side = Side.SELL if side_of(held) > 0 else Side.BUY
            name = f"p{held.pk}-{number}"
            lists.protect(scene, owner.pk, side, wanted, None, number, name)
    return held


def _open(owner: Any, position_id: int) -> Position:
    found = trading.get_position(owner, position_id)
    _check_open(found)
    return found


def _check_open(found: Position) -> None:
    if found.wallet != FUTURES_WALLET:
        raise Conflict("a bot holds this position: stop the bot, or let it sell")
    if found.closed_at_ms is not None:
        raise Conflict("the position is closed already")


def _check(
    position: Position, wanted: dict[str, Decimal], step: Decimal | None, last: Decimal
) -> None:
    way = side_of(position)
    for name, price in wanted.items():
        field = "take_profit_price" if name == TARGET else "stop_loss_price"
        if not price.is_finite() or price <= 0:
            raise refuse("price_filter", field, "must be above 0")
        if step and MONEY.remainder(price, step):
            raise refuse("price_filter", field, f"must be a multiple of {step.normalize():f}")
        ahead = way if name == TARGET else -way
        if ahead * (price - last) <= 0:
            side = "above" if ahead > 0 else "below"
            raise refuse("would_trigger", field, f"must be {side} the last price {last:f}")


def _remove(desk: Desk, held: Position) -> None:
    """Stops and targets that close the whole position, whoever placed them."""
    for order in working(desk, held.owner_id, symbol=held.symbol, close_position=True):
        if order.type in (STOP, TARGET):
            withdraw(desk, order, "replaced")
