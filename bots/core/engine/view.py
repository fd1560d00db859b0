"""All that an order-level bot gets to see and to do: candles so far, its account, its orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bots.core.engine.checks import order_faults
from bots.core.engine.market import Market
from bots.core.engine.orders import REASONS, Bracket, Filled, Kind, Order, Status
from bots.core.engine.series import Floats, Ints
from bots.core.engine.venue import Venue
from bots.core.strategy.sizing import BELOW_MINIMUM_AMOUNT
from exchanges.core.market import floor_to_step, round_to_step
from foundation.lib.errors import BadInput, FieldFault


class Bot(Protocol):
    """Trades at closes. A bot may also have `on_fill(view, filled)`.

    It is called at the close, before `on_candle`, for each fill since the last close.
    """

    def on_candle(self, view: View) -> None: ...


class Listening(Protocol):
    def on_fill(self, view: View, filled: Filled) -> None: ...


class Past(NamedTuple):
    """Candles up to the last close, read-only. The later ones are not in these arrays at all."""

    open_time_ms: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class Holds(NamedTuple):
    """A position. side: +1 long, -1 short, 0 none. quantity: base; entry_price: average."""

    side: int = 0
    quantity: float = 0.0
    entry_price: float = 0.0
    margin: float = 0.0


NOTHING = Holds()


@dataclass(frozen=True, slots=True)
class View:
    """One moment, a close. Symbols that have not begun, or whose data ended, trade no more."""

    _venue: Venue
    _by_symbol: dict[str, Market]

    @property
    def time_ms(self) -> int:
        """Open time of the candles that have just closed."""
        return self._venue.till.now_ms

    @property
    def in_turn(self) -> bool:
        """What is sent together fills one after the other at the next opens."""
        return False

    @property
    def symbols(self) -> tuple[str, ...]:
        """Those with a candle at this close."""
        return tuple(market.series.symbol for market in self._venue.trading)

    @property
    def cash(self) -> float:
        """Quote currency that no position has locked."""
        return self._venue.till.cash

    @property
    def equity(self) -> float:
        """Cash and every position at its last close."""
        return self._venue.till.worth

    def close(self, symbol: str) -> float:
        """The last close."""
        market = self._market(symbol)
        if market.index < 0:
            raise one_fault("symbol", f"{symbol} has no candle yet; wait for the first one")
        return market.close

    def candles(self, symbol: str) -> Past:
        market = self._market(symbol)
        n = market.index + 1
        columns = (market.known_ms[:n], *market.known[:, :n])
        for column in columns:
            column.flags.writeable = False
        return Past(*columns)

    def position(self, symbol: str) -> Holds:
        holding = self._market(symbol).holding
        if holding is None:
            return NOTHING
        return Holds(holding.side, holding.quantity, holding.entry_price, holding.margin)

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """In the order of symbols and of sending."""
        markets = self._venue.markets if symbol is None else [self._market(symbol)]
        return [order for market in markets for order in market.orders]

    def send(
        self, symbol: str, side: int, quantity: float | None = None, *, amount: float | None = None,
        kind: str = "market", price: float = 0.0, trail: float = 0.0, reduce_only: bool = False,
        with_position: bool = False, expires_after: int = 0, tag: str = "", oco: str = "",
        bracket: Bracket | None = None,
    ) -> Order:  # fmt: skip
        """Send an order; the candles after this close may fill it. Fields: see `Order`.

        side: +1 buys, -1 sells. quantity is base, amount quote (leverage comes on top); neither,
        with reduce_only: everything held. Raises BadInput for an order that makes no sense; one
        that the account or the market's minimums do not allow comes back refused.
        """
        market = self._market(symbol)
        faults = order_faults(
            side=side, quantity=quantity, amount=amount, kind=kind, price=price, trail=trail,
            reduce_only=reduce_only, expires_after=expires_after, bracket=bracket,
        )  # fmt: skip
        if faults:
            raise BadInput("; ".join(f"{one.path}: {one.message}" for one in faults), faults)
        steps = market.series.steps
        if quantity is not None:
            quantity = floor_to_step(quantity, steps.amount_num, steps.amount_den)
        on_step = round_to_step(price, steps.price_num, steps.price_den)
        if price > 0 and on_step <= 0:
            raise one_fault("price", "is below half a price step; choose a higher one")
        order = Order(
            self._venue.next_number(), symbol, market.number, side, Kind(kind), quantity, amount,
            on_step, trail, market.close, reduce_only, with_position, expires_after, tag, oco,
            bracket, reason=REASONS[Kind(kind)],
        )  # fmt: skip
        if quantity is not None and quantity <= 0:
            order.status, order.refusal = Status.REFUSED, BELOW_MINIMUM_AMOUNT
            self._venue.till.skips[BELOW_MINIMUM_AMOUNT] += 1
            self._venue.note(order)
            return order
        return self._venue.accept(order)

    def cancel(self, order: Order) -> None:
        """Withdraw it; nothing happens to one that is over."""
        if order.is_open:
            self._venue.cancel(order)

    def _market(self, symbol: str) -> Market:
        market = self._by_symbol.get(symbol)
        if market is None:
            known = ", ".join(self._by_symbol)
            raise one_fault("symbol", f"{symbol} is not traded here; choose one of {known}")
        return market


def view_of(venue: Venue, symbols: Sequence[str]) -> View:
    return View(venue, dict(zip(symbols, venue.markets, strict=True)))


def one_fault(path: str, message: str) -> BadInput:
    return BadInput(f"{path}: {message}", [FieldFault(path, message)])
