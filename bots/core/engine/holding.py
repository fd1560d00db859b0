"""The reference simulator's objects: one open position, and one symbol's place in its candles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bots.core.engine.series import Series
from bots.core.strategy.options import Options
from exchanges.core.candles import Candles
from exchanges.core.market import Steps
from exchanges.core.matching import NO_EXIT, after_limit, limit_fill, price_away

NEVER = 1 << 62


class Bar(NamedTuple):
    """What orders are filled by: a candle, a finer candle inside it, or what is left of one."""

    open: float
    high: float
    low: float
    close: float

    def at_open(self) -> Bar:
        """Its first price alone."""
        return Bar(self.open, self.open, self.open, self.open)


@dataclass(slots=True)
class Holding:
    """An open position.

    entry_price: average of what is held. margin: locked now; locked: put up in all. fees and
    gross: paid and won by what was filled so far. bought, sold: quantities, with average prices.
    """

    side: int
    entry_index: int
    entry_price: float
    quantity: float
    best: float
    first_price: float
    first_quantity: float
    locked: float = 0.0
    margin: float = 0.0
    fees: float = 0.0
    gross: float = 0.0
    funding: float = 0.0
    stop_loss: float = 0.0
    take_profit: float = 0.0
    rate: float = 0.0
    amount: float = 0.0
    bought: float = 0.0
    bought_price: float = 0.0
    sold: float = 0.0
    sold_price: float = 0.0
    scaled_in: int = 0
    scaled_out: int = 0


@dataclass(slots=True)
class Resting:
    """A limit entry order: its price, and the candle whose close placed it."""

    price: float
    index: int


@dataclass(slots=True)
class Place:
    """One symbol: its candles as Python lists, and where it stands.

    pending_exit: why the position is being closed. volume_used: what the present candle's volume
    has taken of our market orders. endless: more candles will follow the last one.
    """

    number: int
    series: Series
    times: list[int]
    prices: list[Bar]
    finer: list[Bar]
    index: int = -1
    holding: Holding | None = None
    pending_exit: int = NO_EXIT
    exit_index: int | None = None
    volume_used: float = 0.0
    endless: bool = False

    @property
    def last(self) -> int:
        """Index of the candle with which the data ends."""
        return NEVER if self.endless else len(self.times) - 1

    @property
    def volume(self) -> float:
        return float(self.series.candles.volume[self.index])

    def bars(self) -> list[Bar]:
        """The finer candles of the present one where there are any, else itself."""
        detail = self.series.detail
        if detail is None or detail.starts[self.index] >= detail.ends[self.index]:
            return [self.prices[self.index]]
        return self.finer[detail.starts[self.index] : detail.ends[self.index]]

    def flatten(self) -> None:
        """Nothing is held any more."""
        self.holding, self.pending_exit = None, NO_EXIT
        self.exit_index = self.index


@dataclass(slots=True)
class Book(Place):
    """A symbol of the reference simulator, with the orders its strategy has there.

    adding: how many times the first quantity is to be added at the next open.
    """

    pending_entry: int = 0
    resting: Resting | None = None
    adding: float = 0.0

    def flatten(self) -> None:
        Place.flatten(self)
        self.adding = 0.0


def open_book(number: int, series: Series) -> Book:
    return Book(number, series, *columns_of(series))


def columns_of(series: Series) -> tuple[list[int], list[Bar], list[Bar]]:
    """(open times, candles, finer candles) as Python lists."""
    candles, detail = series.candles, series.detail
    finer = [] if detail is None else bars_of(detail.candles)
    return candles.open_time_ms.tolist(), bars_of(candles), finer


def bars_of(candles: Candles) -> list[Bar]:
    columns = (candles.open, candles.high, candles.low, candles.close)
    return list(map(Bar._make, zip(*(column.tolist() for column in columns), strict=True)))


def limit_reached(side: int, limit: float, bars: list[Bar]) -> tuple[float, list[Bar]]:
    """(fill price, the bars from then on); no bars where none trades through the limit."""
    for number, bar in enumerate(bars):
        price = limit_fill(side, limit, bar.open, bar.high, bar.low)
        if price > 0:
            rest = bar
            if side * (bar.open - limit) >= 0:
                high, low = after_limit(side, limit, bar.high, bar.low, bar.close)
                rest = Bar(limit, high, low, bar.close)
            return price, [rest, *bars[number + 1 :]]
    return 0.0, []


def steps_reached(holding: Holding, close: float, options: Options, steps: Steps[float]) -> float:
    """Sizes of the steps for scaling in that this close is the first one to reach."""
    side, total = holding.side, 0.0
    for number, (at, size) in enumerate(options.scale_in):
        level = price_away(side, holding.first_price, at, steps)
        beyond = side * (close - level)
        reached = beyond <= 0 if at < 0 else beyond >= 0
        if reached and not holding.scaled_in >> number & 1:
            holding.scaled_in |= 1 << number
            total += size
    return total
