"""One transaction on the paper venue: locks the users it is for, gathers what changes, writes it.

Everything that happens to a user's orders, positions and money on the paper venue goes through
here. A user is locked as a whole and first, users in the order of their ids; ledger accounts come
last, in one statement. So two transactions never wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from django.db import transaction

from accounts.core.postings import AccountKey
from accounts.services import postings
from accounts.services.postings import Movement
from exchanges.core.orders import FINAL, ORDER_TRANSITIONS, IllegalTransition, OrderStatus, Side
from exchanges.core.symbols import parse_symbol
from exchanges.models import Fill, Liquidation, MarginSetting, Order, OrderEvent, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors import margin
from exchanges.selectors.trading import wallet_key
from exchanges.services.paper import frames, reading, writing
from foundation.lib import clock
from foundation.lib.bulk import insert_rows
from foundation.lib.decimals import MONEY

ZERO = Decimal(0)
PositionKey = tuple[int, str, str]


@dataclass(slots=True)
class Desk:
    """What one transaction knows and has changed so far."""

    owner_ids: list[int]
    now_ms: int
    balances: dict[AccountKey, Decimal]
    held: dict[AccountKey, Decimal]
    account_ids: dict[AccountKey, int]
    new_orders: list[Order] = field(default_factory=list)
    orders: dict[int, Order] = field(default_factory=dict)  # changed, by id()
    events: list[OrderEvent] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    holds: dict[AccountKey, Decimal] = field(default_factory=dict)
    changed_positions: dict[int, Position] = field(default_factory=dict)  # by id()
    liquidations: list[Liquidation] = field(default_factory=list)
    calls: list[margin.Held] = field(default_factory=list)  # margin calls
    terms: list[MarginSetting] = field(default_factory=list)  # whose leverage was changed
    marks: dict[tuple[str, str], Decimal] = field(default_factory=dict)  # that were looked at
    touched: set[int] = field(default_factory=set)  # users whose margin must be looked at
    _positions: dict[PositionKey, Position] | None = None
    _settings: dict[PositionKey, MarginSetting] = field(default_factory=dict)
    _working: list[reading.Working] | None = None
    _margin_change: dict[int, Decimal] = field(default_factory=dict)

    # --- money ---
    def balance(self, key: AccountKey) -> Decimal:
        return self.balances.get(key, ZERO)

    def free(self, key: AccountKey) -> Decimal:
        """What is there and promised to no order."""
        return self.balance(key) - self.held.get(key, ZERO)

    def move(self, key: str, kind: str, legs: dict[AccountKey, Decimal], **memo: str) -> None:
        """One balanced transfer; accounts that do not change are left out."""
        moved = [(account, amount) for account, amount in legs.items() if amount]
        if not moved:
            return
        self.movements.append(Movement(key, kind, moved, memo))
        for account, amount in moved:
            self.balances[account] = self.balance(account) + amount

    def set_held(self, order: Order, amount: Decimal) -> None:
        """What an order keeps reserved from now on."""
        change = amount - order.held
        if not change:
            return
        order.held = amount
        self.change(order)
        if order.wallet == FUTURES_WALLET:
            known = self._margin_change.get(order.owner_id, ZERO)
            self._margin_change[order.owner_id] = known + change
            return
        key = held_key(order)
        self.held[key] = self.held.get(key, ZERO) + change
        self.holds[key] = self.holds.get(key, ZERO) + change

    def order_margin(self, owner_id: int) -> Decimal:
        """What a user's working contract orders keep reserved."""
        kept = (one.held for one in self._at_work(owner_id) if one.wallet == FUTURES_WALLET)
        return sum(kept, ZERO) + self._margin_change.get(owner_id, ZERO)

    def working_count(self, owner_id: int, symbol: str) -> int:
        """How many orders of a user's own wallets worked on a market before this transaction."""
        return sum(one.count for one in self._at_work(owner_id) if one.symbol == symbol)

    def _at_work(self, owner_id: int) -> list[reading.Working]:
        if self._working is None:
            self._working = reading.working(self.owner_ids)
        return [one for one in self._working if one.owner_id == owner_id]

    # --- orders ---
    def add(self, order: Order) -> Order:
        """A new order: pending, with the first row of its history."""
        self.new_orders.append(order)
        self._event(order, "", OrderStatus.PENDING, "")
        return order

    def change(self, order: Order) -> None:
        self.orders[id(order)] = order

    def step(self, order: Order, status: OrderStatus, detail: str = "") -> None:
        """One edge of the order's life; what is over holds and waits for nothing."""
        before = OrderStatus(order.status)
        if status == before and status != OrderStatus.PARTIALLY_FILLED:
            return
        if status not in ORDER_TRANSITIONS[before]:
            raise IllegalTransition(f"an order cannot go from {before} to {status}")
        order.status, order.detail = status, detail[:200] or order.detail
        self._event(order, before, status, detail[:200])
        if status in FINAL:
            order.acts_when, order.acts_at = "", None
            self.set_held(order, ZERO)
        self.change(order)

    def _event(self, order: Order, before: str, status: OrderStatus, detail: str) -> None:
        order.event_count += 1
        self.events.append(
            OrderEvent(
                order=order,
                number=order.event_count,
                status_before=before,
                status=status,
                time_ms=self.now_ms,
                detail=detail,
            )
        )

    # --- positions ---
    def positions(self, owner_id: int) -> list[Position]:
        """A user's open contract positions."""
        return [row for key, row in self._loaded().items() if key[0] == owner_id]

    def position(self, owner_id: int, venue: str, symbol: str) -> Position | None:
        return self._loaded().get((owner_id, venue, symbol))

    def put(self, position: Position) -> None:
        """Note a new or changed position; a closed one is forgotten."""
        key = (position.owner_id, position.venue, position.symbol)
        self.changed_positions[id(position)] = position
        self.touched.add(position.owner_id)
        if position.closed_at_ms is None:
            self._loaded()[key] = position
        else:
            self._loaded().pop(key, None)

    def setting(self, owner_id: int, venue: str, symbol: str) -> MarginSetting:
        """Leverage and margin mode that a user chose for a contract."""
        key = (owner_id, venue, symbol)
        if key not in self._settings:
            self._settings[key] = margin.setting(owner_id, venue, symbol)
        return self._settings[key]

    def _loaded(self) -> dict[PositionKey, Position]:
        if self._positions is None:
            rows = reading.positions(self.owner_ids)
            self._positions = {(row.owner_id, row.venue, row.symbol): row for row in rows}
        return self._positions


def held_key(order: Order) -> AccountKey:
    """The account that a spot order's reserve lies in: quote for a buy, base for a sell."""
    pair = parse_symbol(order.symbol)
    asset = pair.quote if order.side == Side.BUY else pair.base
    return wallet_key(order.owner_id, order.wallet, asset)


@contextmanager
def opened(owner_ids: Iterable[int]) -> Iterator[Desk]:
    """A desk for these users; what was gathered is written when the block ends without an error."""
    ids = sorted(set(owner_ids))
    with transaction.atomic(), localcontext(MONEY):
        reading.lock(ids)
        desk = Desk(ids, clock.now_ms(), *reading.accounts(ids))
        yield desk
        write(desk)


def _set_levels(desk: Desk, order: Order) -> None:
    """Stop and target of a position are those of the orders that close it."""
    held = desk.position(order.owner_id, order.venue, order.symbol)
    if held is None:
        return
    levels = reading.levels(held)
    stop, target = levels.get("stop_loss"), levels.get("take_profit")
    if (held.stop_price, held.take_profit_price) != (stop, target):
        held.stop_price, held.take_profit_price = stop, target
        desk.changed_positions[id(held)] = held


def protects_position(order: Order) -> bool:
    return order.close_position and order.type in ("stop_loss", "take_profit")


def write(desk: Desk) -> None:
    """Everything that the desk gathered, in as few statements as there are tables."""
    writing.orders(desk.new_orders, desk.orders.values())
    insert_rows(desk.events)
    for order in [*desk.new_orders, *desk.orders.values()]:
        if protects_position(order):
            _set_levels(desk, order)
    writing.positions(desk.changed_positions.values())
    insert_rows(desk.fills)
    # Promises that end make room for what is spent; new ones come out of what is then there.
    released = {key: amount for key, amount in desk.holds.items() if amount < 0}
    promised = {key: amount for key, amount in desk.holds.items() if amount > 0}
    postings.hold(released, desk.account_ids)
    postings.post_many(desk.movements, desk.account_ids)
    postings.hold(promised, desk.account_ids)
    Liquidation.objects.bulk_create(desk.liquidations)
    frames.tell(desk)
