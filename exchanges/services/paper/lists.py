"""Orders that belong together: the two that a bracket's entry brings, and those that only make
sense while their position is open."""

from __future__ import annotations

from decimal import Decimal

from django.db import connection

from exchanges.core.order_types import all_order_types
from exchanges.core.orders import OrderStatus, Side
from exchanges.models import Order, Position
from exchanges.services.paper.contracts import side_of
from exchanges.services.paper.desk import ZERO, Desk, held_key
from exchanges.services.paper.executing import reserve
from exchanges.services.paper.filling import own_client_id
from exchanges.services.paper.scene import Scene
from exchanges.services.paper.withdrawing import siblings, withdraw_all

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

    They come with the first fill. A contract's close the whole position; those of coins grow with
    what the entry bought or sold.
    """
    levels = {TARGET: entry.take_profit_price, STOP: entry.stop_loss_price}
    wanted = {name: price for name, price in levels.items() if price is not None}
    is_contract = scene.market.is_contract
    if not wanted or not entry.filled_quantity:
        return
    if entry.list_id is not None:
        if not is_contract:
            _grow(scene, entry)
        return
    if is_contract and not _has_opened(scene.desk, entry):
        return
    entry.list_id = new_list_id()
    scene.desk.change(entry)
    quantity = None if is_contract else entry.filled_quantity
    side = Side.SELL if entry.side == Side.BUY else Side.BUY
    protect(scene, entry.owner_id, side, wanted, quantity, entry.list_id, entry.client_order_id)


def _has_opened(desk: Desk, entry: Order) -> bool:
    """Not so while it only reduces what is held the other way."""
    held = desk.position(entry.owner_id, entry.venue, entry.symbol)
    return held is not None and side_of(held) == (1 if entry.side == Side.BUY else -1)


def _grow(scene: Scene, entry: Order) -> None:
    """What protects coins protects what was filled since as well."""
    rows = [row for row in siblings(scene.desk, entry) if row.triggered_at_ms is None]
    for row in rows:
        row.quantity = entry.filled_quantity
        scene.desk.change(row)
    _keep(scene, rows)


def _keep(scene: Scene, rows: list[Order]) -> None:
    """The coins, or the quote for the dearer of two buys, once for the list, as far as it goes."""
    if not rows:
        return
    first = rows[0]
    assert first.quantity is not None
    if first.side == Side.SELL:
        need = first.quantity
    else:
        level = max(row.trigger_price for row in rows if row.trigger_price is not None)
        need = reserve(first.quantity, level, scene.market.fee_taker)
    there = scene.desk.free(held_key(first)) + first.held
    scene.desk.set_held(first, max(ZERO, min(need, there)))


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
        order = scene.desk.add(
            Order(
                owner_id=owner_id,
                venue=scene.market.venue,
                symbol=scene.market.symbol,
                wallet="futures" if scene.market.is_contract else "spot",
                client_order_id=own_client_id(name, "-tp" if kind == TARGET else "-sl"),
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
        scene.desk.step(order, OrderStatus.OPEN)
        made.append(order)
    if quantity is not None:
        _keep(scene, made)
    return made


def drop_reducing(scene: Scene, order: Order) -> None:
    """A contract position is over, or turned round: orders that could only reduce it are over."""
    if not scene.market.is_contract or not order.filled_quantity:
        return
    drop_reducing_of(scene.desk, order)


def drop_reducing_of(desk: Desk, order: Order) -> None:
    """The same for an order that was filled elsewhere."""
    held, why = desk.position(order.owner_id, order.venue, order.symbol), "its position was closed"
    if held is None:
        withdraw_all(desk, order.owner_id, order.symbol, why, reducing=True)
    elif any(_is_before(row, held) for row in desk.changed_positions.values()):
        adds = Side.BUY if side_of(held) > 0 else Side.SELL
        withdraw_all(desk, order.owner_id, order.symbol, why, reducing=True, side=adds)


def _is_before(closed: Position, held: Position) -> bool:
    """Whether one fill closed the one and opened the other."""
    one, other = ((row.owner_id, row.venue, row.symbol) for row in (closed, held))
    return one == other and closed.closed_at_ms is not None
