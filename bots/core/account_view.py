"""What a trader sees and does on a connected account; what it asks for is written elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bots.core.engine.checks import order_faults
from bots.core.engine.orders import Bracket, Kind, Status
from bots.core.engine.view import NOTHING, Holds, Past, one_fault
from bots.core.sub_account import SubAccount
from exchanges.core.candles import Candles
from exchanges.core.market import MarketRules, floor_to_step, round_to_step
from exchanges.core.symbols import parse_symbol
from foundation.lib.errors import BadInput

NOT_NOW = "nothing is opened now"
# Of an order that is not sent: words -> code of bots.core.blocks.
REFUSALS = {
    "there is no position": "refused",
    "less than the market's smallest amount": "below_minimum",
    "worth less than the market's smallest order": "below_minimum",
    "there is no money left": "no_cash",
}
# Ours -> the order types of exchanges.core.order_types.
TYPES = {
    Kind.MARKET: "market",
    Kind.LIMIT: "limit",
    Kind.STOP: "stop_loss",
    Kind.TAKE_PROFIT: "take_profit",
}


@dataclass(slots=True, eq=False)
class Asked:
    """An order as a trader sees it: one it has just asked for, or one that works at the venue.

    target_exact: of a stop, where the venue sells as well: the first takes the other along.
    key: our id of one that was written. amounts in Decimal, as they go to the venue. expires_ms:
    open time of the last candle it may work in; 0: until cancelled. everything: all that is held is
    to be sold.
    """

    number: int
    symbol: str
    side: int
    kind: Kind
    quantity: Decimal
    price_exact: Decimal | None = None
    tag: str = ""
    oco: str = ""
    key: str = ""
    expires_ms: int = 0
    reduce_only: bool = False
    with_position: bool = False
    bracket: Bracket | None = None
    target_exact: Decimal | None = None
    everything: bool = False
    status: Status = Status.OPEN
    refusal: str = ""

    @property
    def price(self) -> float:
        return float(self.price_exact or 0)

    @property
    def is_open(self) -> bool:
        return self.status is Status.OPEN


@dataclass(slots=True)
class AccountView:
    """One close. working: orders at the venue. asked, cancelled: what the trader wants now.

    newer: prices since the closes, by symbol.

    may_open: False while its owner has paused it, its prices are stale, or something does not add
    up; then only what closes is taken.
    """

    time_ms: int
    part: SubAccount
    candle_sets: Mapping[str, Candles]
    rules: Mapping[str, MarketRules]
    working: Sequence[Asked] = ()
    sent: int = 0
    may_open: bool = True
    asked: list[Asked] = field(default_factory=list)
    cancelled: list[Asked] = field(default_factory=list)
    newer: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def in_turn(self) -> bool:
        """What a coin brings is known once the exchange has said so."""
        return True

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.candle_sets)

    @property
    def cash(self) -> float:
        """As a `View` tells it: resting orders set nothing aside."""
        return float(max(self.part.cash, Decimal(0)))

    def _spare(self, symbol: str) -> Decimal:
        """Of the money that a purchase on this market takes, what no order is waiting to spend."""
        money, home = parse_symbol(symbol).quote, self.part.home
        if not self._exchanges(symbol):
            return self.part.cash - self._held_back(money)
        held = self.part.holdings.get(f"{money}/{home}")
        return (held.quantity if held else Decimal(0)) - self._held_back(money)

    def _exchanges(self, symbol: str) -> bool:
        """Whether the market changes one coin for another, and brings no home money either way."""
        return self.part.home not in ("", parse_symbol(symbol).quote)

    def _held_back(self, money: str) -> Decimal:
        rows = [one for one in (*self.working, *self.asked) if one.side > 0 and one.is_open]
        buys = [one for one in rows if parse_symbol(one.symbol).quote == money]
        costs = (one.quantity * (one.price_exact or self._close(one.symbol)) for one in buys)
        return sum(costs, Decimal(0))

    @property
    def equity(self) -> float:
        return float(self.part.worth({symbol: self._close(symbol) for symbol in self.symbols}))

    def close(self, symbol: str) -> float:
        return float(self._close(symbol))

    def _close(self, symbol: str) -> Decimal:
        return self.newer.get(symbol) or exact(self._candles(symbol).close[-1])

    def candles(self, symbol: str) -> Past:
        one = self._candles(symbol)
        return Past(one.open_time_ms, one.open, one.high, one.low, one.close, one.volume)

    def position(self, symbol: str) -> Holds:
        held = self.part.holdings.get(symbol)
        if held is None or self._sellable(symbol) <= 0:
            return NOTHING
        return Holds(1, float(held.quantity), float(held.entry_price), float(held.cost))

    def open_orders(self, symbol: str | None = None) -> list[Asked]:
        both = (*self.working, *self.asked)
        return [one for one in both if one.is_open and symbol in (None, one.symbol)]

    def send(
        self, symbol: str, side: int, quantity: float | None = None, *, amount: float | None = None,
        kind: str = "market", price: float = 0.0, trail: float = 0.0, reduce_only: bool = False,
        with_position: bool = False, expires_after: int = 0, tag: str = "", oco: str = "",
        bracket: Bracket | None = None,
    ) -> Asked:  # fmt: skip
        """As `bots.core.engine.view.View.send`; sizes are known now, by the last close."""
        faults = order_faults(
            side=side, quantity=quantity, amount=amount, kind=kind, price=price, trail=trail,
            reduce_only=reduce_only, expires_after=expires_after, bracket=bracket,
        )  # fmt: skip
        if faults:
            raise BadInput("; ".join(f"{one.path}: {one.message}" for one in faults), faults)
        if Kind(kind) not in TYPES:
            raise one_fault("kind", f"{kind} orders do not go to exchanges; trail by the closes")
        candles, steps = self._candles(symbol), self.rules[symbol].numbers(Decimal)
        exact = None
        if price > 0:
            exact = round_to_step(Decimal(repr(price)), steps.price_num, steps.price_den)
        size = self._size(symbol, side, quantity, amount, exact)
        self.sent += 1
        order = Asked(
            self.sent, symbol, side, Kind(kind), size, exact, tag, oco, "",
            self.time_ms + expires_after * candles.timeframe_ms if expires_after else 0,
            reduce_only, with_position, bracket,
        )  # fmt: skip
        order.everything = side < 0 and quantity is None and amount is None
        order.refusal = self._refusal(order)
        if order.refusal:
            order.status = Status.REFUSED
        self.asked.append(order)
        return order

    def cancel(self, order: Asked) -> None:
        """Withdraw it; what was asked for at this very close is not asked for any more."""
        if not order.is_open:
            return
        order.status = Status.CANCELLED
        if order.key:
            self.cancelled.append(order)

    def _size(
        self, symbol: str, side: int, quantity: float | None, amount: float | None,
        price: Decimal | None,
    ) -> Decimal:  # fmt: skip
        """Base quantity on the step; a sale of more than is held sells what is held."""
        steps, rules = self.rules[symbol].numbers(Decimal), self.rules[symbol]
        if quantity is not None:
            size = Decimal(repr(quantity))
        elif amount is not None:
            cost = (price or self._close(symbol)) * (1 + rules.fee_taker)
            size = Decimal(repr(amount)) / cost
        else:
            size = self._sellable(symbol)
        if side < 0:
            size = min(size, self._sellable(symbol))
        return floor_to_step(size, steps.amount_num, steps.amount_den)

    def _sellable(self, symbol: str) -> Decimal:
        pair, home = parse_symbol(symbol), self.part.home
        held = self.part.holdings.get(f"{pair.base}/{home}" if home else symbol)
        if held is None:
            return Decimal(0)
        steps = self.rules[symbol].numbers(Decimal)
        return floor_to_step(held.quantity, steps.amount_num, steps.amount_den)

    def _refusal(self, order: Asked) -> str:
        rules = self.rules[order.symbol]
        opens = order.side > 0
        if (opens or self._exchanges(order.symbol)) and not self.may_open:
            return NOT_NOW
        if (order.reduce_only or order.with_position) and self._sellable(order.symbol) <= 0:
            return "there is no position"
        if order.quantity <= 0 or (rules.amount_min and order.quantity < rules.amount_min):
            return "less than the market's smallest amount"
        worth = order.quantity * (order.price_exact or self._close(order.symbol))
        if rules.notional_min and worth < rules.notional_min:
            return "worth less than the market's smallest order"
        if opens and worth > self._spare(order.symbol):
            return "there is no money left"
        return ""

    def _candles(self, symbol: str) -> Candles:
        found = self.candle_sets.get(symbol)
        if found is None:
            known = ", ".join(self.candle_sets)
            raise one_fault("symbol", f"{symbol} is not traded here; choose one of {known}")
        return found


@dataclass(frozen=True, slots=True)
class Heard:
    """A fill as a trader is told of it. reason: "" of what opened or added."""

    symbol: str
    order: Asked | None
    side: int
    price_exact: Decimal
    quantity_exact: Decimal
    fee_exact: Decimal
    reason: str
    time_ms: int

    @property
    def price(self) -> float:
        return float(self.price_exact)

    @property
    def quantity(self) -> float:
        return float(self.quantity_exact)

    @property
    def fee(self) -> float:
        return float(self.fee_exact)


def exact(price: float) -> Decimal:
    """The shortest decimal that is this float: what the exchange wrote."""
    return Decimal(repr(float(price)))
