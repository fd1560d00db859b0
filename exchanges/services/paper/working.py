"""Changing and cancelling orders that still work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from exchanges.core.order_types import all_order_types
from exchanges.core.orders import FINAL, OrderStatus, Side
from exchanges.core.refusals import Refused, refuse
from exchanges.core.ticket_checks import check_rules, check_shape
from exchanges.core.tickets import Ticket
from exchanges.models import Order
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.selectors import trading
from exchanges.services.paper import catalogue, gating, quotes, risk, room, working_off
from exchanges.services.paper.again import again
from exchanges.services.paper.desk import ZERO, opened
from exchanges.services.paper.scene import Scene
from exchanges.services.paper.withdrawing import withdraw, withdraw_siblings, working

BY_OWNER = "cancelled by its owner"


@again
def cancel(*, owner: Any, order_id: int) -> Order:
    """Take an order back, and the other one of its pair; Refused when it is over."""
    trading.get_order(owner, order_id)
    with opened([owner.pk]) as desk:
        order = _locked(owner, order_id)
        withdraw(desk, order, BY_OWNER)
        withdraw_siblings(desk, order, BY_OWNER, entry_too=False)
    return order


@again
def cancel_all(
    *, owner: Any, venue: str, symbol: str | None = None, wallet: str | None = None
) -> list[Order]:
    """Take back every working order, of one market or wallet if named; the orders that were."""
    only = {"venue": venue, "symbol": symbol, "wallet": wallet}
    with opened([owner.pk]) as desk:
        rows = working(desk, owner.pk, **{name: value for name, value in only.items() if value})
        for order in rows:
            withdraw(desk, order, BY_OWNER)
    return rows


def amend(
    *,
    owner: Any,
    order_id: int,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    trigger_price: Decimal | None = None,
) -> Order:
    """Change a working order in place; at its new price it may trade at once."""
    with gating.recorded():
        return _amend(owner, order_id, quantity, price, trigger_price)


@again
def _amend(
    owner: Any,
    order_id: int,
    quantity: Decimal | None,
    price: Decimal | None,
    trigger_price: Decimal | None,
) -> Order:
    found = trading.get_order(owner, order_id)
    reduces = found.reduce_only or found.close_position
    market = catalogue.tradable(found.venue, found.symbol, to_reduce=reduces)
    quote = quotes.quote_of(market)
    with opened([owner.pk]) as desk:
        order = _locked(owner, order_id)
        ticket = _amended(order, quantity, price, trigger_price)
        check_shape(ticket, is_contract=market.is_contract)
        check_rules(ticket, market.rules(), quote.last)
        if ticket.quantity is not None and ticket.quantity <= order.filled_quantity:
            words = f"{order.filled_quantity.normalize():f} are filled already; cancel it instead"
            raise refuse("lot_size", "quantity", words)
        gating.check_more(desk, market, order, ticket)
        order.quantity, order.price = ticket.quantity, ticket.price
        order.trigger_price = ticket.trigger_price
        scene = Scene(desk, market, quote, {(market.venue, market.price_symbol): quote.mark})
        _work_again(scene, order)
        risk.settle_watches(desk, scene.marks)
    return order


def _work_again(scene: Scene, order: Order) -> None:
    """Give back what it held and work it off as if it were new, as far as it waits."""
    desk, known = scene.desk, all_order_types()[order.type]
    is_keeper = order.list_id is None or order.held > 0
    desk.set_held(order, ZERO)
    order.acts_when, order.acts_at = "", None
    desk.change(order)
    if known.trigger and order.triggered_at_ms is None:
        when = known.acts_when(Side(order.side), is_triggered=False)
        last, level = scene.quote.last, order.trigger_price
        assert level is not None
        if last <= level if when == "below" else last >= level:
            raise refuse("would_trigger", "trigger_price", f"the last price is {last:f}")
        order.acts_when, order.acts_at = when, level
        if is_keeper:
            room.reserve_for_new(scene, order)
    else:
        working_off.work(scene, order, known, is_new=True)
    if order.status not in FINAL and not order.acts_when:
        desk.step(order, OrderStatus.EXPIRED)


def _locked(owner: Any, order_id: int) -> Order:
    """The order as it is now that its owner is locked; Refused when it is over or a bot's."""
    order = Order.objects.get(pk=order_id, owner=owner)
    if order.wallet not in (SPOT_WALLET, FUTURES_WALLET):
        raise refuse("not_working", "", "the order is a bot's: stop the bot instead")
    if order.status in FINAL:
        raise _over(order)
    return order


def _over(order: Order) -> Refused:
    return refuse("not_working", "", f"the order is {order.status.replace('_', ' ')} already")


def _amended(
    order: Order, quantity: Decimal | None, price: Decimal | None, trigger: Decimal | None
) -> Ticket:
    if quantity is None and price is None and trigger is None:
        raise refuse("bad_input", "", "name a new quantity, price or trigger_price")
    if order.type == "trailing_stop":
        raise refuse("bad_input", "type", "a trailing stop is cancelled and placed anew")
    return Ticket(
        venue=order.venue,
        symbol=order.symbol,
        side=Side(order.side),
        type=order.type,
        quantity=quantity if quantity is not None else order.quantity,
        price=price if price is not None else order.price,
        trigger_price=trigger if trigger is not None else order.trigger_price,
        time_in_force=order.time_in_force,
        reduce_only=order.reduce_only,
        close_position=order.close_position,
        stop_loss_price=order.stop_loss_price,
        take_profit_price=order.take_profit_price,
    )
