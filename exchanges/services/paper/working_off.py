"""Working an order off against the market, on an open desk: at once, or when its price has come."""

from __future__ import annotations

from decimal import Decimal

from exchanges.core import book
from exchanges.core.book import Level
from exchanges.core.order_types import OrderType, all_order_types
from exchanges.core.order_types.base import Trigger, When
from exchanges.core.orders import FINAL, OrderStatus, Side
from exchanges.core.refusals import refuse
from exchanges.models import Order
from exchanges.services.paper import executing, lists, room
from exchanges.services.paper.desk import ZERO
from exchanges.services.paper.scene import Scene
from exchanges.services.paper.withdrawing import withdraw, withdraw_siblings
from foundation.lib.decimals import quantize, whole_steps


def begin(scene: Scene, order: Order) -> None:
    """A new order: it waits for its trigger, or is worked off. Refused where it cannot be taken."""
    known = all_order_types()[order.type]
    if known.trigger:
        _await_trigger(scene, order, known)
        return
    room.reserve_for_new(scene, order)
    work(scene, order, known, is_new=True)


def _await_trigger(scene: Scene, order: Order, known: OrderType) -> None:
    when = known.acts_when(Side(order.side), is_triggered=False)
    last = scene.quote.last
    if known.trigger is Trigger.TRAIL:
        _start_trailing(scene, order, last)
    else:
        assert order.trigger_price is not None
        gone = last <= order.trigger_price if when is When.BELOW else last >= order.trigger_price
        if gone:
            words = f"{order.trigger_price.normalize():f} has been passed: the last price is {last}"
            raise refuse("would_trigger", "trigger_price", words)
        order.acts_when, order.acts_at = when, order.trigger_price
    room.reserve_for_new(scene, order)
    scene.desk.step(order, OrderStatus.OPEN)


def _start_trailing(scene: Scene, order: Order, last: Decimal) -> None:
    """Hang it from the last price, or wait for the activation price first."""
    level = order.activation_price
    sells = order.side == Side.SELL
    if level is not None and (last < level if sells else last > level):
        order.acts_when, order.acts_at = (When.ABOVE if sells else When.BELOW), level
        return
    follow(scene, order, last)


def follow(scene: Scene, order: Order, best: Decimal) -> None:
    """A trailing stop moves with a better price."""
    assert order.callback_rate is not None
    sells = order.side == Side.SELL
    way = -1 if sells else 1
    # Off the market's steps: nothing trades at it, and on a coarse one it would be the best price.
    level = quantize(best * (1 + way * order.callback_rate))
    order.best_price, order.acts_at = best, level
    order.acts_when = When.BELOW if sells else When.ABOVE
    scene.desk.change(order)


def come(scene: Scene, order: Order) -> None:
    """The price an order waited for has come."""
    known = all_order_types()[order.type]
    if known.trigger is Trigger.TRAIL and order.best_price is None:
        assert order.activation_price is not None
        follow(scene, order, order.activation_price)
        return
    withdraw_siblings(scene.desk, order, "the other order of its list came first")
    if known.trigger and order.triggered_at_ms is None:
        order.triggered_at_ms = scene.desk.now_ms
        order.acts_when, order.acts_at = "", None
        scene.desk.change(order)
        room.reserve_for_triggered(scene, order)
        work(scene, order, known, is_new=False)
    else:
        assert order.price is not None
        _trade(scene, order, [(order.price, rest_of(order))], is_maker=True)
        after(scene, order)


def rest_of(order: Order) -> Decimal:
    """What is still to be filled."""
    assert order.quantity is not None
    rest: Decimal = order.quantity - order.filled_quantity
    return rest


def work(scene: Scene, order: Order, known: OrderType, *, is_new: bool) -> None:
    """Take what the book gives within the limit; the rest waits, or is over."""
    if not settle_quantity(scene, order):
        return
    limit = order.price if known.rests else None
    side = Side(order.side)
    wanted = rest_of(order)
    parts = book.take(scene.quote.against(side), side, wanted, limit)
    if parts and order.time_in_force == "PO":
        best = scene.quote.best_against(side)
        raise refuse("would_take", "price", f"a post-only order would trade at once at {best}")
    if order.time_in_force == "FOK" and sum((part for _, part in parts), ZERO) < wanted:
        scene.desk.step(order, OrderStatus.EXPIRED, "the book does not hold the whole quantity")
        return
    _trade(scene, order, parts, is_maker=False, is_new=is_new)
    _rest(scene, order, known, limit)
    after(scene, order)


def settle_quantity(scene: Scene, order: Order) -> bool:
    """Fix the quantity of an order that names an amount or the whole position; False: over."""
    if order.close_position:
        held = scene.desk.position(order.owner_id, order.venue, order.symbol)
        if held is None:
            withdraw(scene.desk, order, "there is no position to close", OrderStatus.EXPIRED)
            return False
        order.quantity = held.quantity
    elif order.quantity is None:
        order.quantity = _quantity_of_amount(scene, order)
        if not order.quantity:
            raise refuse("lot_size", "amount_quote", "buys less than the market's smallest step")
    return True


def _quantity_of_amount(scene: Scene, order: Order) -> Decimal:
    """As much as the amount buys, its fee included, or as it takes to earn it."""
    assert order.amount_quote is not None
    side = Side(order.side)
    rate = scene.market.fee_taker if side == Side.BUY else ZERO
    raw = book.quantity_for(scene.quote.against(side), order.amount_quote, rate)
    return whole_steps(raw, scene.market.amount_step)


def _trade(
    scene: Scene, order: Order, parts: list[Level], *, is_maker: bool, is_new: bool = False
) -> None:
    """Book what is affordable; a new order that is not is refused, another one is cut."""
    allowed = room.affordable(scene, order, parts, is_maker=is_maker, is_new=is_new)
    if order.time_in_force == "FOK" and allowed != parts:
        allowed = []
    executing.execute(scene.desk, order, scene.market, allowed, is_maker=is_maker)
    if allowed != parts:
        detail = "more would have been filled than the wallet, the margin or the position allows"
        if order.status not in FINAL:
            scene.desk.step(order, OrderStatus.EXPIRED, detail)


def _rest(scene: Scene, order: Order, known: OrderType, limit: Decimal | None) -> None:
    """What the book did not give: a limit order waits at its price, the others are over."""
    if order.status in FINAL:
        return
    if limit is None or order.time_in_force in ("IOC", "FOK"):
        scene.desk.step(order, OrderStatus.EXPIRED, "the book holds no more at this price")
        return
    order.acts_when = known.acts_when(Side(order.side), is_triggered=True)
    order.acts_at = limit
    if order.status == OrderStatus.PENDING:
        scene.desk.step(order, OrderStatus.OPEN)
    room.reserve_rest(scene, order)


def after(scene: Scene, order: Order) -> None:
    """What else an execution brings: its list's other order goes, a bracket's two come."""
    if order.filled_quantity:
        withdraw_siblings(scene.desk, order, "the other order of its list came first")
        lists.protect_entry(scene, order)
    lists.drop_reducing(scene, order)
