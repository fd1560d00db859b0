"""One symbol of the venue: what of its candles is known, its position and its orders."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bots.core.engine.holding import Place, columns_of
from bots.core.engine.orders import Bracket, Kind, Order, Status
from bots.core.engine.series import Floats, Ints, Series
from exchanges.core.matching import NO_EXIT, active_stop

NO_BRACKET = Bracket()


@dataclass(slots=True)
class Market(Place):
    """One symbol as the venue keeps it.

    reached: orders that the present candle may fill. closing: the one that closes the position
    under `pending_exit`; None of a bracket's. entered: index of the candle in which the last
    position was opened. known_*: columns that hold the candles so far and nothing else, so that no
    bot can look ahead.
    """

    orders: list[Order] = field(default_factory=list)
    reached: list[Order] = field(default_factory=list)
    bracket: Bracket = NO_BRACKET
    closing: Order | None = None
    entered: int = -1
    volumes: list[float] = field(default_factory=list)
    known_ms: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    known: Floats = field(default_factory=lambda: np.empty((5, 0)))

    def advance(self, time_ms: int) -> bool:
        """Move to the candle that opens now, if there is one."""
        following = self.index + 1
        if following < len(self.times) and self.times[following] == time_ms:
            self.index = following
            self.volume_used = 0.0
            self.reached = self.within_reach() if self.orders else []
            return True
        return False

    def within_reach(self) -> list[Order]:
        """Orders that this candle's range reaches; those without a price always are."""
        _, high, low, _ = self.prices[self.index]
        return [
            order
            for order in self.orders
            if (low <= order.price if order.falls else high >= order.price)
        ]

    def reveal(self) -> None:
        """The candle is over: it may be seen."""
        at = self.index
        self.known_ms[at] = self.times[at]
        self.known[:, at] = (*self.prices[at], self.volumes[at])

    @property
    def close(self) -> float:
        """The last close; of a symbol that has not begun yet 0."""
        return self.prices[self.index].close if self.index >= 0 else 0.0

    def live(self) -> list[Order]:
        """Open orders that the present candle may fill, in the order in which they were sent."""
        return [order for order in self.reached if order.status is Status.OPEN]

    def done(self, order: Order, status: Status) -> None:
        """The order is over; should it have been filled, so are the others of its group."""
        if order.status is not Status.OPEN:
            return
        order.status = status
        if order in self.orders:
            self.orders = [other for other in self.orders if other is not order]
        if order is self.closing:
            self.closing = None
            if status is not Status.FILLED:
                self.pending_exit = NO_EXIT
        if status is Status.FILLED and order.oco:
            self.cancel_all([other for other in self.orders if other.oco == order.oco])

    def cancel_all(self, orders: list[Order]) -> None:
        for order in orders:
            self.done(order, Status.CANCELLED)

    def close_under(self, reason: int) -> None:
        """The position is being closed: what was to grow with it is dropped."""
        self.pending_exit = reason
        if self.orders:
            bound = [order for order in self.orders if order.with_position]
            self.cancel_all([order for order in bound if order is not self.closing])

    def flatten(self) -> None:
        Place.flatten(self)
        self.bracket = NO_BRACKET
        if self.orders:
            bound = [order for order in self.orders if order.with_position or order.reduce_only]
            self.cancel_all([order for order in bound if order is not self.closing])

    def may_grow(self) -> bool:
        """Whether an order may add to the position held in this candle."""
        holding = self.holding
        return (
            bool(self.reached)
            and holding is not None
            and any(order.side == holding.side and not order.reduce_only for order in self.live())
        )

    def nearest_stop(self) -> tuple[float, int, Order | None]:
        """(price, reason, order) of the stop that is reached first; price 0: there is none.

        order: None of the bracket's.
        """
        holding = self.holding
        assert holding is not None
        side, steps = holding.side, self.series.steps
        stop, reason = active_stop(
            side, holding.stop_loss, holding.best, self.bracket.trailing_stop, steps
        )
        found: Order | None = None
        if self.pending_exit != NO_EXIT or not self.reached:
            return (stop, reason, None) if self.pending_exit == NO_EXIT else (0.0, reason, None)
        for order in self.live():
            if order.side == side or order.kind not in (Kind.STOP, Kind.TRAILING_STOP):
                continue
            price = order.price
            if order.kind is Kind.TRAILING_STOP:
                price, _ = active_stop(side, 0.0, order.best, order.trail, steps)
            if stop <= 0 or side * (price - stop) > 0:
                stop, reason, found = price, order.reason, order
        return stop, reason, found


def open_market(number: int, series: Series) -> Market:
    n = len(series.candles)
    return Market(
        number, series, *columns_of(series), volumes=series.candles.volume.tolist(),
        known_ms=np.zeros(n, np.int64), known=np.full((5, n), np.nan),
    )  # fmt: skip
