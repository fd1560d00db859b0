"""Orders that belong together: the two that a bracket's entry brings, and those that only make
sense while their position is open."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection

from exchanges.core.order_types import all_order_types
from exchanges.core.orders import FINAL, OrderStatus, Side
from exchanges.models import Order
from exchanges.services.paper.desk import Desk
from exchanges.services.paper.withdrawing import withdraw_all

if TYPE_CHECKING:
    from exchanges.services.paper.working_off import Scene

STOP, TARGET = "stop_loss", "take_profit"


def new_list_id() -> int:
    """A number for orders that belong together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('exchanges_order_id_seq')")
        row = cursor.fetchone()
    number: int = row[0]
    return number


def protect_entry(scene: Scene, entry: Order) -> None:
    """A bracket's entry was filled: its stop and its target come, each the end of the other.

    A contract's close the whole position and come with the first fill; coins are protected when
    the entry is over, as many as it bought.
    """
    levels = {TARGET: entry.take_profit_price, STOP: entry.stop_loss_price}
    wanted = {name: price for name, price in levels.items() if price is not None}
    is_early = not scene.market.is_contract and entry.status not in FINAL
    if not wanted or entry.list_id is not None or is_early:
        return
    entry.list_id = new_list_id()
    scene.desk.change(entry)
    held = scene.desk.position(entry.owner_id, entry.venue, entry.symbol)
    if scene.market.is_contract and held is None:
        return
    quantity = None if scene.market.is_contract else entry.filled_quantity
    side = Side.SELL if entry.side == Side.BUY else Side.BUY
    protect(scene, entry.owner_id, side, wanted, quantity, entry.list_id, entry.client_order_id)


def protect(
    scene: Scene,
    owner_id: int,
    side: Side,
    levels: dict[str, Decimal],
    quantity: Decimal | None,
    list_id: int,
    name: str,
) -> list[Order]:
    """Stop and target of one position (quantity None) or of coins, in one list."""
    made: list[Order] = []
    for kind, price in levels.items():
        short = f"{name[:30]}-{'tp' if kind == TARGET else 'sl'}"
        order = scene.desk.add(
            Order(
                owner_id=owner_id,
                venue=scene.market.venue,
                symbol=scene.market.symbol,
                wallet="futures" if scene.market.is_contract else "spot",
                client_order_id=short,
                type=kind,
                side=side,
                leg="exit",
                reason=kind,
                reduce_only=quantity is None,
                close_position=quantity is None,
                quantity=quantity,
                trigger_price=price,
                list_id=list_id,
                decided_at_ms=scene.desk.now_ms,
            )
        )
        order.acts_when = all_order_types()[kind].acts_when(side, is_triggered=False)
        order.acts_at = price
        if quantity is not None and not made and side == Side.SELL:
            scene.desk.set_held(order, quantity)  # once for both
        scene.desk.step(order, OrderStatus.OPEN)
        made.append(order)
    return made


def drop_reducing(scene: Scene, order: Order) -> None:
    """A contract position is over: orders that could only reduce it are over as well."""
    if not scene.market.is_contract or not order.filled_quantity:
        return
    drop_reducing_of(scene.desk, order)


def drop_reducing_of(desk: Desk, order: Order) -> None:
    """The same for an order that was filled elsewhere."""
    if desk.position(order.owner_id, order.venue, order.symbol) is None:
        withdraw_all(desk, order.owner_id, order.symbol, "its position was closed", reducing=True)
