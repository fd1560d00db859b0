"""Order books through ccxt.pro, begun with snapshots no deeper than they need be.

Binance's snapshot of 1,000 levels weighs 50 of the 6,000 that one IP may ask for in a minute, one
of 100 levels 5. A shallow one is enough until prices have moved to where it did not reach: levels
there that nobody touched since are unknown. Then a deeper one is fetched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchanges.feed.ccxt_words import DEPTH_LEVELS
from exchanges.feed.looks import Looks

LIMITS = (100, 500, 1000)
# Whose books are a REST snapshot and changes to it.
FROM_SNAPSHOT = frozenset({"binance", "binanceusdm", "binancecoinm"})


@dataclass(slots=True)
class Reach:
    """Prices between which every level is known. limit: levels that ccxt keeps of a side."""

    lowest: float
    highest: float
    limit: int

    def holds(self, bids: Sequence[Sequence[float]], asks: Sequence[Sequence[float]]) -> bool:
        """Whether the best levels lie within; what ccxt has cut off is known no more."""
        if len(bids) >= self.limit:
            self.lowest = max(self.lowest, bids[self.limit - 1][0])
        if len(asks) >= self.limit:
            self.highest = min(self.highest, asks[self.limit - 1][0])
        is_low = math.isinf(self.lowest) or _last(bids, -math.inf) >= self.lowest
        return is_low and (math.isinf(self.highest) or _last(asks, math.inf) <= self.highest)


def reach_of(snapshot: Mapping[str, Any], limit: int) -> Reach:
    """A side with fewer levels than were asked for is whole."""
    bids, asks = snapshot["bids"], snapshot["asks"]
    lowest = bids[-1][0] if len(bids) >= limit else -math.inf
    highest = asks[-1][0] if len(asks) >= limit else math.inf
    return Reach(lowest, highest, limit)


def _last(side: Sequence[Sequence[float]], none: float) -> float:
    """The farthest of the best levels; `none` where there are fewer."""
    return side[DEPTH_LEVELS - 1][0] if len(side) >= DEPTH_LEVELS else none


class Books:
    """The books of one ccxt.pro exchange."""

    def __init__(self, exchange: Any, looks: Looks) -> None:
        self.exchange, self._looks = exchange, looks
        self._depth: dict[str, int] = {}  # symbol -> which of LIMITS
        self._reach: dict[str, Reach] = {}
        self._is_limited = exchange.id in FROM_SNAPSHOT
        if self._is_limited:
            self._fetch = exchange.fetch_rest_order_book_safe
            exchange.fetch_rest_order_book_safe = self._snapshot

    async def next(self, symbol: str) -> Any:
        """The book as it changes; what ccxt raises on a gap."""
        book = await self._looks.next(f"book {symbol}", lambda: self._watch(symbol))
        reach = self._reach.get(symbol)
        if reach is not None and not reach.holds(book["bids"], book["asks"]):
            self._begin_anew(symbol)
        return book

    def _watch(self, symbol: str) -> Any:
        if not self._is_limited:
            return self.exchange.watch_order_book(symbol)
        return self.exchange.watch_order_book(symbol, LIMITS[self._depth.get(symbol, 0)])

    async def _snapshot(self, symbol: str, limit: int | None = None, params: Any = None) -> Any:
        snapshot = await self._fetch(symbol, limit, params or {})
        self._reach[symbol] = reach_of(snapshot, limit or LIMITS[-1])
        return snapshot

    def _begin_anew(self, symbol: str) -> None:
        """As ccxt does after a gap: forgotten, so that the next call brings a snapshot."""
        self._depth[symbol] = min(self._depth.get(symbol, 0) + 1, len(LIMITS) - 1)
        self._looks.forget(f"book {symbol}")
        del self._reach[symbol]
        self.exchange.orderbooks.pop(symbol, None)
        for client in self.exchange.clients.values():
            client.subscriptions.pop(f"orderbook::{symbol}", None)
