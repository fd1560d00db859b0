"""Trades and fine candles -> candles of every timeframe, in memory. No I/O, no clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from exchanges.core import candles as core
from exchanges.core.candles import TIMEFRAME_MS, Candles, Floats, Ints
from exchanges.selectors.live import FormingCandle

DAY_MS = core.DAY_MS
TRADES_KEPT = 50


@dataclass(frozen=True, slots=True)
class Closed:
    """A base candle that closed, and every timeframe that closed with it: (timeframe, candle)."""

    symbol: str
    candle: FormingCandle
    frames: list[tuple[str, FormingCandle]]


def from_trades(times_ms: Ints, prices: Floats, amounts: Floats, timeframe: str) -> Candles:
    """Candles of trades in order of time; a span without a trade has no candle."""
    if not times_ms.size:
        return core.no_candles(timeframe)
    starts = core.bucket_starts(times_ms, timeframe)
    firsts = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    lasts = np.append(firsts[1:], times_ms.size) - 1
    return Candles(
        timeframe,
        starts[firsts],
        prices[firsts],
        np.maximum.reduceat(prices, firsts),
        np.minimum.reduceat(prices, firsts),
        prices[lasts],
        np.add.reduceat(amounts, firsts),
    )


def with_trade(candle: FormingCandle, price: float, amount: float) -> FormingCandle:
    high, low = max(candle.high, price), min(candle.low, price)
    return FormingCandle(candle.open_time_ms, candle.open, high, low, price, candle.volume + amount)


def joined(one: FormingCandle, later: FormingCandle) -> FormingCandle:
    """Two candles of one span as one."""
    high, low = max(one.high, later.high), min(one.low, later.low)
    volume = one.volume + later.volume
    return FormingCandle(one.open_time_ms, one.open, high, low, later.close, volume)


class Board:
    """One symbol's forming candles of all timeframes, last trades and rolling day."""

    def __init__(self, symbol: str, base: str = "1m") -> None:
        self.symbol, self.base, self.base_ms = symbol, base, TIMEFRAME_MS[base]
        self.timeframes = [t for t in TIMEFRAME_MS if core.divides(base, t) and t != base]
        self.forming: FormingCandle | None = None
        self.trades: deque[dict[str, Any]] = deque(maxlen=TRADES_KEPT)
        self._sealed: dict[str, FormingCandle] = {}  # closed base candles of each open span
        self._day: deque[FormingCandle] = deque()
        self._day_closed: FormingCandle | None = None  # the day's closed candles as one
        self._closed_ms = -1  # newest closed candle

    def seed(self, closed: Candles) -> None:
        """Closed base candles from before: without them open spans and the day begin empty."""
        columns = (closed.open_time_ms.tolist(), *(c.tolist() for c in closed.columns()))
        for values in zip(*columns, strict=True):
            self._seal(FormingCandle(*values))

    def trade(self, time_ms: int, price: float, amount: float) -> Closed | None:
        """One trade; the base candle that it closes by opening the next."""
        start_ms = core.bucket_start(time_ms, self.base)
        if start_ms <= self._closed_ms or (
            self.forming is not None and start_ms < self.forming.open_time_ms
        ):
            return None  # late: its candle is closed, and a closed candle never changes
        if self.forming is not None and start_ms == self.forming.open_time_ms:
            self.forming = with_trade(self.forming, price, amount)
            return None
        closed = self._close()
        self.forming = FormingCandle(start_ms, price, price, price, price, amount)
        return closed

    def candle(self, candle: FormingCandle, *, closed: bool) -> Closed | None:
        """The venue's own candle replaces what was gathered from trades."""
        before = self.forming
        if candle.open_time_ms <= self._closed_ms:
            return None
        if before is not None and candle.open_time_ms < before.open_time_ms:
            return None
        done = None
        if before is not None and candle.open_time_ms > before.open_time_ms:
            done = self._close()
        self.forming = candle
        if closed:
            assert done is None, "a source tells a closed candle before it opens the next"
            done = self._close()
        return done

    def clock(self, time_ms: int) -> Closed | None:
        """A quiet market: the candle closes when its time is over, traded or not."""
        if self.forming is None or time_ms < self.forming.open_time_ms + self.base_ms:
            return None
        return self._close()

    def frames(self) -> list[tuple[str, FormingCandle]]:
        """Every timeframe's open candle; none before the base candle has opened."""
        if self.forming is None:
            return []
        found = [(self.base, self.forming)]
        for timeframe in self.timeframes:
            start_ms = core.bucket_start(self.forming.open_time_ms, timeframe)
            sealed = self._sealed.get(timeframe)
            if sealed is not None and sealed.open_time_ms == start_ms:
                found.append((timeframe, joined(sealed, self.forming)))
            else:
                found.append((timeframe, replace(self.forming, open_time_ms=start_ms)))
        return found

    def stats(self) -> dict[str, Any] | None:
        """Rolling 24 hours up to now."""
        if self.forming is None:
            return None
        if self._day_closed is None and self._day:
            self._day_closed = reduce(joined, self._day)
        day = self.forming if self._day_closed is None else joined(self._day_closed, self.forming)
        return {
            "open": day.open,
            "high": day.high,
            "low": day.low,
            "close": day.close,
            "volume": day.volume,
            "change": day.close / day.open - 1,
        }

    def _close(self) -> Closed | None:
        candle, self.forming = self.forming, None
        if candle is None:
            return None
        return Closed(self.symbol, candle, [(self.base, candle), *self._seal(candle)])

    def _seal(self, candle: FormingCandle) -> list[tuple[str, FormingCandle]]:
        """Add a closed base candle to every span; the spans that it closes.

        A span whose last base candle is missing closes with the next base candle that closes
        after it: the same moment from which storage gives it.
        """
        ended: list[tuple[str, FormingCandle]] = []
        end_ms = candle.open_time_ms + self.base_ms
        for timeframe in self.timeframes:
            start_ms = core.bucket_start(candle.open_time_ms, timeframe)
            before = self._sealed.pop(timeframe, None)
            if before is not None and before.open_time_ms < start_ms:
                ended.append((timeframe, before))
                before = None
            opened = replace(candle, open_time_ms=start_ms)
            now = opened if before is None else joined(before, candle)
            if end_ms >= start_ms + TIMEFRAME_MS[timeframe]:
                ended.append((timeframe, now))
            else:
                self._sealed[timeframe] = now
        self._closed_ms = candle.open_time_ms
        self._day.append(candle)
        self._day_closed = None
        while self._day[0].open_time_ms <= candle.open_time_ms - DAY_MS:
            self._day.popleft()
        return ended
