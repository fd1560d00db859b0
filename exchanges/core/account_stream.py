"""What a venue tells of one account, and the rule that makes a stream and REST one story.

A stream may lose, repeat and reorder; REST tells again what was missed. Fills are known by the
venue's trade id, orders by how far they have come: whatever was told before is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from exchanges.core.orders import FINAL, Fill, OrderEvent, OrderStatus
from exchanges.core.recent import Recent

FILLS_REMEMBERED = 50_000
ORDERS_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """An order as the venue has it. client_order_id: "" if it was not placed by us; quantity: 0 if
    the venue does not tell it."""

    symbol: str
    venue_order_id: str
    client_order_id: str
    status: OrderStatus
    filled: Decimal
    time_ms: int
    quantity: Decimal = Decimal(0)
    side: str = ""
    type: str = ""
    price: Decimal | None = None
    trigger_price: Decimal | None = None

    def event(self) -> OrderEvent:
        """The step in the order's life; its fills come by themselves."""
        return OrderEvent(
            self.client_order_id, self.status, self.time_ms, venue_order_id=self.venue_order_id
        )


@dataclass(frozen=True, slots=True)
class AccountFill:
    """One execution. fee in fee_asset, as the venue took it."""

    symbol: str
    venue_fill_id: str
    venue_order_id: str
    client_order_id: str
    side: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    time_ms: int

    def fee_quote(self, rate: Decimal | None = None) -> Decimal:
        """The fee in quote currency. rate: quote for one fee_asset, needed where that is neither of
        the pair; ValueError without it."""
        base, _, rest = self.symbol.partition("/")
        if not self.fee or self.fee_asset == rest.partition(":")[0]:
            return self.fee
        rate = self.price if self.fee_asset == base else rate
        if rate is None:
            raise ValueError(f"the fee was taken in {self.fee_asset}: its price is needed")
        return self.fee * rate

    def event(self, status: OrderStatus, rate: Decimal | None = None) -> OrderEvent:
        """The fill as a step of its order, whose status after it is given."""
        fill = Fill(
            self.venue_fill_id,
            self.price,
            self.quantity,
            self.fee_quote(rate),
            self.time_ms,
            self.is_maker,
        )
        return OrderEvent(self.client_order_id, status, self.time_ms, fill, self.venue_order_id)


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """All there is of one asset."""

    asset: str
    free: Decimal
    locked: Decimal

    def beside(self, other: AccountBalance | None) -> AccountBalance:
        """With what there is of it in another purse of the account."""
        if other is None:
            return self
        return replace(self, free=self.free + other.free, locked=self.locked + other.locked)


@dataclass(frozen=True, slots=True)
class AccountPosition:
    """A position; quantity 0: it is closed. side: long or short; both: closed, whichever it was."""

    symbol: str
    side: str
    quantity: Decimal
    entry_price: Decimal
    unrealised_pnl: Decimal


@dataclass(frozen=True, slots=True)
class FillsTold:
    """Every execution on this market was told, up to this moment."""

    symbol: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """From here on nothing is missing up to this moment, by the venue's word over REST.

    balances, positions, orders: all there are; of orders those that are open on `symbols`. None:
    the venue tells none.
    """

    time_ms: int
    balances: tuple[AccountBalance, ...] | None = None
    positions: tuple[AccountPosition, ...] | None = None
    orders: tuple[AccountOrder, ...] = ()
    symbols: tuple[str, ...] = ()


AccountEvent = AccountOrder | AccountFill | AccountBalance | AccountPosition | FillsTold | CaughtUp


@dataclass(slots=True)
class _Known:
    """The newest step of an order, and whether it was told."""

    order: AccountOrder
    is_told: bool = False


@dataclass(slots=True)
class Story:
    """Leaves out what was told before, and lets no order end before its fills.

    fills_since_ms: where REST has to look from.
    """

    fills_since_ms: int
    _fills: Recent = field(default_factory=lambda: Recent(FILLS_REMEMBERED))
    _orders: dict[str, _Known] = field(default_factory=dict)
    _by_fills: dict[str, Decimal] = field(default_factory=dict)  # told of each order
    _before: dict[str, Decimal] = field(default_factory=dict)  # of each order booked before

    def take(
        self,
        orders: Sequence[AccountOrder],
        fills: Sequence[AccountFill],
        *,
        is_complete: bool = False,
    ) -> list[AccountFill | AccountOrder]:
        """What is new, in the order to be booked: fills, then steps of orders.

        An end whose fills have not all come waits for them. is_complete: REST told every fill of
        these orders, after it told the orders; what it did not tell was booked before.
        """
        self.learn(orders)
        told: list[AccountFill | AccountOrder] = []
        fresh = [fill for fill in fills if self._fills.is_new((fill.symbol, fill.venue_fill_id))]
        for fill in sorted(fresh, key=lambda one: one.time_ms):
            by_fills = self._by_fills.get(fill.venue_order_id, Decimal(0))
            self._by_fills[fill.venue_order_id] = by_fills + fill.quantity
            known = self._orders.get(fill.venue_order_id)
            ours = known.order.client_order_id if known else fill.client_order_id
            told.append(replace(fill, client_order_id=ours))
        complete = {order.venue_order_id for order in orders} if is_complete else set()
        for venue_order_id, known in self._orders.items():
            by_fills = self._by_fills.get(venue_order_id, Decimal(0))
            _fill_up(known, by_fills)
            if venue_order_id in complete:
                self._before[venue_order_id] = max(known.order.filled - by_fills, Decimal(0))
            waits = known.order.status in FINAL and by_fills < known.order.filled
            if not known.is_told and (venue_order_id in complete or not waits):
                known.is_told = True
                if known.order.status is not OrderStatus.OPEN or not by_fills:
                    told.append(known.order)
        self._forget()
        return told

    def learn(self, orders: Sequence[AccountOrder]) -> None:
        """Their fills come next; what is new of them is told by the `take` after that."""
        for order in orders:
            self._learn(order)

    def lacks_fills(self, orders: Sequence[AccountOrder]) -> bool:
        """Whether more of one of these was filled than its fills tell, those of before included."""
        return any(
            order.filled
            > self._by_fills.get(order.venue_order_id, Decimal(0))
            + self._before.get(order.venue_order_id, Decimal(0))
            for order in orders
        )

    def reached(self, time_ms: int) -> None:
        """REST told everything up to here."""
        self.fills_since_ms = max(self.fills_since_ms, time_ms)

    def working(self) -> list[AccountOrder]:
        """Orders that have not ended, as far as was told."""
        return [one.order for one in self._orders.values() if one.order.status not in FINAL]

    def waiting(self) -> list[AccountOrder]:
        """Ends that were not told, because some of their fills are missing."""
        return [one.order for one in self._orders.values() if not one.is_told]

    def _learn(self, order: AccountOrder) -> None:
        """An order fills and ends, and never goes back; an older word on it is no news."""
        known = self._orders.get(order.venue_order_id)
        if known is None:
            self._orders[order.venue_order_id] = _Known(order)
            return
        before = known.order
        if order.status in FINAL and order.filled < before.filled:
            order = replace(order, filled=before.filled)  # an end that does not say how much
        if before.status in FINAL or order.filled < before.filled:
            return
        if order.filled > before.filled or order.status != before.status:
            goes_back = order.status is OrderStatus.OPEN and before.filled > 0
            known.order = before if goes_back else order
            known.is_told = known.is_told and goes_back

    def _forget(self) -> None:
        for venue_order_id in list(self._orders)[: max(0, len(self._orders) - ORDERS_REMEMBERED)]:
            if self._orders[venue_order_id].is_told:
                del self._orders[venue_order_id]
                self._by_fills.pop(venue_order_id, None)
                self._before.pop(venue_order_id, None)


def _fill_up(known: _Known, by_fills: Decimal) -> None:
    """An order whose fills make up all of it is filled, whatever word of it came last; and no less
    of it is filled than they tell: some venues do not say how much, or tell executions apart."""
    order = known.order
    if order.status not in FINAL and 0 < order.quantity <= by_fills:
        known.order = replace(order, status=OrderStatus.FILLED, filled=order.quantity)
        known.is_told = False
    elif order.filled < by_fills:
        is_over = order.status in FINAL
        status = order.status if is_over else OrderStatus.PARTIALLY_FILLED
        known.order = replace(order, status=status, filled=by_fills)
        known.is_told = known.is_told and is_over
