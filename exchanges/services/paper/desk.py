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

from django.db import connection, transaction
from django.db.models import Sum

from accounts.core.postings import AccountKey
from accounts.models import LedgerAccount
from accounts.services import postings
from accounts.services.postings import Movement
from exchanges.core.orders import FINAL, ORDER_TRANSITIONS, IllegalTransition, OrderStatus, Side
from exchanges.core.symbols import parse_symbol
from exchanges.models import Fill, Liquidation, Order, OrderEvent, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors.trading import wallet_key
from exchanges.services.paper import frames, writing
from foundation.lib import clock
from foundation.lib.decimals import MONEY

LOCK_SPACE = 0x50415045 << 32  # advisory locks of this venue; the user's id is the rest
KINDS = ("paper_wallet", "paper_futures", "paper_margin")
ZERO = Decimal(0)
PositionKey = tuple[int, str, str]


@dataclass(slots=True)
class Desk:
    """What one transaction knows and has changed so far."""

    owner_ids: list[int]
    now_ms: int
    balances: dict[AccountKey, Decimal]
    held: dict[AccountKey, Decimal]
    new_orders: list[Order] = field(default_factory=list)
    orders: dict[int, Order] = field(default_factory=dict)  # changed, by id()
    events: list[OrderEvent] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    holds: dict[AccountKey, Decimal] = field(default_factory=dict)
    changed_positions: dict[int, Position] = field(default_factory=dict)  # by id()
    liquidations: list[Liquidation] = field(default_factory=list)
    calls: list[Position] = field(default_factory=list)  # margin calls
    touched: set[int] = field(default_factory=set)  # users whose margin must be looked at
    _positions: dict[PositionKey, Position] | None = None
    _order_margin: dict[int, Decimal] | None = None
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
        if self._order_margin is None:
            rows = Order.objects.working().filter(
                owner_id__in=self.owner_ids, wallet=FUTURES_WALLET, held__gt=0
            )
            sums = rows.values("owner_id").annotate(total=Sum("held")).order_by()
            self._order_margin = {row["owner_id"]: row["total"] for row in sums}
        return self._order_margin.get(owner_id, ZERO) + self._margin_change.get(owner_id, ZERO)

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

    def _loaded(self) -> dict[PositionKey, Position]:
        if self._positions is None:
            rows = Position.objects.open().filter(
                owner_id__in=self.owner_ids, wallet=FUTURES_WALLET
            )
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
        lock(ids)
        balances, held = _balances(ids)
        desk = Desk(ids, clock.now_ms(), balances, held)
        yield desk
        write(desk)


def lock(owner_ids: list[int]) -> None:
    """Hold these users until the transaction ends; ids in rising order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s + id) FROM unnest(%s::bigint[]) AS id",
            [LOCK_SPACE, owner_ids],
        )


def _balances(
    owner_ids: list[int],
) -> tuple[dict[AccountKey, Decimal], dict[AccountKey, Decimal]]:
    rows = LedgerAccount.objects.filter(owner_id__in=owner_ids, kind__in=KINDS).values_list(
        "owner_id", "kind", "asset", "reference", "balance", "held"
    )
    balances, held = {}, {}
    for owner_id, kind, asset, reference, balance, promised in rows:
        key = AccountKey(owner_id, kind, asset, reference)
        balances[key], held[key] = balance, promised
    return balances, held


def write(desk: Desk) -> None:
    """Everything that the desk gathered, in as few statements as there are tables."""
    writing.orders(desk.new_orders, desk.orders.values())
    OrderEvent.objects.bulk_create(desk.events)
    writing.positions(desk.changed_positions.values())
    Fill.objects.bulk_create(desk.fills)
    # Promises that end make room for what is spent; new ones come out of what is then there.
    postings.hold({key: amount for key, amount in desk.holds.items() if amount < 0})
    postings.post_many(desk.movements)
    postings.hold({key: amount for key, amount in desk.holds.items() if amount > 0})
    Liquidation.objects.bulk_create(desk.liquidations)
    frames.tell(desk)
