"""Tells the owners' open pages what a desk changed, after its commit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from accounts.core.postings import AccountKey
from exchanges.models import Fill, Order, Position
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.services import activity
from exchanges.services.announce import order_frame, position_frame
from exchanges.services.paper import catalogue
from foundation.edge import publish
from foundation.lib import clock

if TYPE_CHECKING:
    from exchanges.selectors.margin import Held
    from exchanges.services.paper.desk import Desk

WALLETS = {
    "paper_wallet": SPOT_WALLET,
    "paper_futures": FUTURES_WALLET,
    "paper_margin": FUTURES_WALLET,
}
ORDER_FIELDS = (
    *("type", "time_in_force", "price", "trigger_price", "quantity", "amount_quote"),
    *("reduce_only", "close_position", "callback_rate", "activation_price", "list_id", "fee"),
)
POSITION_FIELDS = ("margin_mode", "leverage", "margin", "liquidation_price", "funding")
TERM_FIELDS = ("symbol", "leverage", "margin_mode")
LIQUIDATION_FIELDS = ("symbol", "side", "quantity", "mark_price", "price", "fee", "to_fund")


def tell(desk: Desk) -> None:
    """One frame for each order, position and wallet that changed, and for each margin call."""
    fills: dict[int, list[Fill]] = {}
    for fill in desk.fills:
        fills.setdefault(id(fill.order), []).append(fill)
    changed = {id(row): row for row in (*desk.new_orders, *desk.orders.values())}
    told: list[tuple[int, str, Any]] = [
        (row.owner_id, "orders", whole_order(row, fills.get(key, ())))
        for key, row in changed.items()
    ]
    # Before positions: a Binance client takes any account update for news of its balance.
    told += [
        (owner_id, "wallet", {"wallet": wallet, "balances": rows})
        for (owner_id, wallet), rows in _wallets(desk).items()
    ]
    told += [
        (row.owner_id, "positions", changed_position(desk, row))
        for row in desk.changed_positions.values()
    ]
    told += [
        (row.owner_id, "margin", {"event": "leverage"} | _fields(row, TERM_FIELDS))
        for row in desk.terms
    ]
    told += [(one.position.owner_id, "margin", margin_call(desk, one)) for one in desk.calls]
    told += [
        (one.owner_id, "margin", {"event": "liquidation"} | _fields(one, LIQUIDATION_FIELDS))
        for one in desk.liquidations
    ]
    publish.to_users(told)
    activity.tell(
        {"event": "liquidation", "owner": one.owner_id} | _fields(one, LIQUIDATION_FIELDS)
        for one in desk.liquidations
    )


def whole_order(order: Order, fills: Any) -> dict[str, Any]:
    """An order with everything that a program wants to know of it."""
    return {
        **order_frame(order),
        **_fields(order, ORDER_FIELDS),
        "step": order.status,
        "fills": [_fill(fill) for fill in fills],
        "created_ms": clock.to_ms(order.created_at),
        "updated_ms": clock.to_ms(order.updated_at),
    }


def whole_position(position: Position) -> dict[str, Any]:
    """A contract position with its margin."""
    return {**position_frame(position), **_fields(position, POSITION_FIELDS)}


def changed_position(desk: Desk, position: Position) -> dict[str, Any]:
    """With what it is worth at the mark, if that was looked at, and what kinds of movements of the
    owner's futures money came with the change (`moved`)."""
    market = catalogue.markets(position.venue).get(position.symbol)
    mark = desk.marks.get((position.venue, market.price_symbol)) if market else None
    pnl = None
    if mark is not None:
        way = -1 if position.side == Position.Side.SHORT else 1
        pnl = way * position.quantity * (mark - position.entry_price)
    moved = {
        one.kind
        for one in desk.movements
        for key, _ in one.legs
        if key.owner_id == position.owner_id and WALLETS.get(key.kind) == FUTURES_WALLET
    }
    worth = {"mark_price": mark, "unrealised_pnl": pnl, "moved": sorted(moved)}
    return {**whole_position(position), **worth}


def margin_call(desk: Desk, one: Held) -> dict[str, Any]:
    """The margin of a position is nearly used up. wallet: what else the futures wallet has."""
    position = one.position
    names = ("symbol", "side", "quantity", "margin", "margin_mode", "liquidation_price")
    wallet = AccountKey(position.owner_id, "paper_futures", one.market.quote)
    return {
        "event": "margin_call",
        "position": position.pk,
        **_fields(position, names),
        "mark_price": one.mark,
        "unrealised_pnl": one.unrealised_pnl,
        "maintenance_margin": one.maintenance_margin,
        "wallet": desk.balance(wallet),
    }


def _fill(fill: Fill) -> dict[str, Any]:
    names = ("price", "quantity", "amount_quote", "fee", "is_maker", "realised_pnl", "time_ms")
    return {"id": fill.pk, **_fields(fill, names)}


def _fields(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _wallets(desk: Desk) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Per user and wallet the assets that changed, as they now are."""
    changed = {key for one in desk.movements for key, _ in one.legs} | set(desk.holds)
    found: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for owner_id, wallet, asset in sorted(
        {(key.owner_id, WALLETS[key.kind], key.asset) for key in changed if key.kind in WALLETS}
    ):
        if owner_id is not None:
            row = _balance(desk, owner_id, wallet, asset)
            found.setdefault((owner_id, wallet), []).append(row)
    return found


def _balance(desk: Desk, owner_id: int, wallet: str, asset: str) -> dict[str, Any]:
    kind = "paper_wallet" if wallet == SPOT_WALLET else "paper_futures"
    key = AccountKey(owner_id, kind, asset)
    total, locked = desk.balance(key), desk.held.get(key, Decimal(0))
    if wallet == FUTURES_WALLET:
        locked = sum(
            (
                amount
                for account, amount in desk.balances.items()
                if (account.owner_id, account.kind, account.asset)
                == (owner_id, "paper_margin", asset)
            ),
            Decimal(0),
        )
        total += locked
    balance = {"asset": asset, "free": total - locked, "locked": locked, "total": total}
    return balance | {"moved": _moved(desk, owner_id, wallet, asset)}


def _moved(desk: Desk, owner_id: int, wallet: str, asset: str) -> dict[str, Decimal]:
    """Kinds of movements of one wallet's asset, and what each changed it by; margin is in it."""
    found: dict[str, Decimal] = {}
    for one in desk.movements:
        for key, amount in one.legs:
            if (key.owner_id, WALLETS.get(key.kind), key.asset) == (owner_id, wallet, asset):
                found[one.kind] = found.get(one.kind, Decimal(0)) + amount
    return found
