"""Orders of the venue in memory, and what is told about their fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from exchanges.core.matching import SIGNAL, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP

if TYPE_CHECKING:
    from bots.core.engine.market import Market

BUY, SELL = 1, -1
# At a fill, from the market and the price: (skip reason or ENTERED, quantity, fill price).
Sizer = Callable[["Market", float], tuple[int, float, float]]


class Kind(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    TAKE_PROFIT = "take_profit"
    TRAILING_STOP = "trailing_stop"


class Status(StrEnum):
    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"


# What an exit by an order of this kind is called in the trades.
REASONS = {
    Kind.MARKET: SIGNAL,
    Kind.LIMIT: TAKE_PROFIT,
    Kind.STOP: STOP_LOSS,
    Kind.TAKE_PROFIT: TAKE_PROFIT,
    Kind.TRAILING_STOP: TRAILING_STOP,
}


class Bracket(NamedTuple):
    """What protects a position from its first fill on; fractions of the average entry price.

    0: none. scale_out: rows of (at, part of all bought, 1 where it closes what is left).
    """

    stop_loss: float = 0.0
    take_profit: float = 0.0
    trailing_stop: float = 0.0
    scale_out: tuple[tuple[float, float, float], ...] = ()


@dataclass(slots=True, eq=False)
class Order:
    """One order. place: number of its market.

    quantity: base; None with reduce_only: everything held.
    amount: quote the fill may cost, instead of a quantity. price: of a limit, stop or target.
    trail: fraction of a trailing stop, best: the best price it has seen. expires_after: candles, 0:
    until cancelled. with_position: it is cancelled as soon as the position is being closed,
    and refused without one.
    oco: orders of one group; the first one that fills cancels the others. placed: index of the
    candle at whose close it was sent. refusal: a skip reason; words: the gate's. falls: a falling
    price reaches it.
    """

    number: int
    symbol: str
    place: int
    side: int
    kind: Kind
    quantity: float | None = None
    amount: float | None = None
    price: float = 0.0
    trail: float = 0.0
    best: float = 0.0
    reduce_only: bool = False
    with_position: bool = False
    expires_after: int = 0
    tag: str = ""
    oco: str = ""
    bracket: Bracket | None = None
    sizer: Sizer | None = None
    reason: int = SIGNAL
    placed: int = -1
    status: Status = Status.OPEN
    refusal: int = 0
    filled: float = 0.0
    falls: bool = False
    words: str = ""

    def __post_init__(self) -> None:
        bids = self.kind in (Kind.LIMIT, Kind.TAKE_PROFIT)
        self.falls = self.price > 0 and bids == (self.side > 0)

    def at_market(self) -> None:
        """It was touched: what is left of it goes on as a market order."""
        self.kind, self.price, self.falls = Kind.MARKET, 0.0, False

    @property
    def is_open(self) -> bool:
        return self.status is Status.OPEN


class Filled(NamedTuple):
    """Told to a bot's `on_fill`. order: None of a bracket, a liquidation and the data's end.

    side: BUY or SELL. reason: of an exit its exit reason, "" of what opened or added.
    """

    symbol: str
    order: Order | None
    side: int
    price: float
    quantity: float
    fee: float
    reason: str
    time_ms: int
