"""What a market source gives: trades, depth and candles, in the market's own time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from exchanges.core.candles import Candles
from exchanges.core.market import MarketRules
from exchanges.selectors.live import FormingCandle


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade; side is the taker's."""

    symbol: str
    time_ms: int
    trade_id: str
    price: float
    amount: float
    side: str


@dataclass(frozen=True, slots=True)
class Depth:
    """Order book, best first, each (price, amount)."""

    symbol: str
    time_ms: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Ticker:
    """The venue's own best prices; bid or ask None where it does not tell them."""

    symbol: str
    time_ms: int
    last: float
    bid: float | None
    ask: float | None


@dataclass(frozen=True, slots=True)
class CandleUpdate:
    """The venue's own word on a candle of the base timeframe; closed: it moves no more."""

    symbol: str
    candle: FormingCandle
    closed: bool


@dataclass(frozen=True, slots=True)
class ClockTick:
    """The market's time has come this far, whether anything was traded or not."""

    time_ms: int


Event = Trade | Depth | Ticker | CandleUpdate | ClockTick


class Source(Protocol):
    """One venue's market. base: symbol -> timeframe of the candles that its events build.

    candles_from_trades: the source tells no candles, so its trades make them.
    """

    name: str
    is_simulated: bool
    candles_from_trades: bool
    base: dict[str, str]

    async def backfill(self, symbol: str, after_ms: int | None) -> Candles:
        """Closed candles that open after this moment, up to where `events` begins."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """Whatever happens from now on, in order of time, until there is no more."""
        ...

    def has_more(self) -> bool:
        """Whether the next event is at hand already: a market that runs ahead of its reader."""
        ...

    def rules(self, symbol: str, /) -> MarketRules:
        """Steps and minimums as far as the source knows them; after `backfill`."""
        ...

    def stale(self) -> dict[str, list[str]]:
        """symbol -> channels that are silent for too long; empty where silence is no fault."""
        ...

    async def close(self) -> None: ...
