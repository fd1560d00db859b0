"""Candles of one venue by REST: what was missed, and how a candle ended that nothing followed."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ccxt.base.errors import BaseError

from exchanges.core import candles as core
from exchanges.core.candles import DAY_MS, TIMEFRAME_MS, Candles
from exchanges.feed import ccxt_words as words
from exchanges.feed.backoff import backoff_s
from exchanges.feed.source import CandleUpdate, Event
from exchanges.selectors.live import FormingCandle
from exchanges.venues.ccxt_venue import UNREADABLE
from foundation.lib import clock
from foundation.lib.errors import BadInput, TryLater

log = logging.getLogger(__name__)

BASE = "1m"
BASE_MS = TIMEFRAME_MS[BASE]
BACKFILL_DAYS_MAX = 30
OVERDUE_EVERY_S = 0.5
OVERDUE_AGAIN_S = 5.0
# For the last messages of a candle whose time is over: its own, or the trades that make it.
GRACE_MS, GRACE_TRADES_MS = 2_000, 5_000
MENDS_AT_ONCE = 10
FAULTS = (BaseError, *UNREADABLE, OSError, TimeoutError)


class RestCandles:
    """The half of a source that knows which candles are closed."""

    def __init__(
        self, exchange: Any, *, page_max: int, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self.exchange, self.page_max, self._sleep = exchange, page_max, sleep
        self.candles_from_trades = not exchange.has.get("watchOHLCV")
        self._down: set[str] = set()  # symbols whose candle stream is interrupted
        self._closed_ms: dict[str, int] = {}  # newest candle known to be closed
        self._open_ms: dict[str, int] = {}  # candle that was told last and is not closed
        self._asked_s: dict[str, float] = {}  # when REST was asked last how it ended
        self._skew_ms = 0

    async def _put(self, event: Event) -> None:
        raise NotImplementedError

    def _heard(self, symbol: str, channel: str) -> None:
        raise NotImplementedError

    async def backfill(self, symbol: str, after_ms: int | None) -> Candles:
        """What closed since, by REST; the last day if nothing is stored."""
        await self._prepare(symbol)
        oldest_ms = self._now_ms() - BACKFILL_DAYS_MAX * DAY_MS
        from_ms = self._now_ms() - DAY_MS if after_ms is None else after_ms + BASE_MS
        from_ms = core.bucket_start(max(from_ms, oldest_ms), BASE)
        closed, _ = await self._retried(lambda: self._fetch(symbol, from_ms))
        self._closed_ms[symbol] = closed[-1].open_time_ms if closed else from_ms - BASE_MS
        return words.columns(closed, BASE)

    async def _prepare(self, symbol: str) -> None:
        await self._retried(self.exchange.load_markets)
        if not self.exchange.markets:
            raise TryLater(f"{self.exchange.name} sent no markets")
        if symbol not in self.exchange.markets:
            raise BadInput(f"{self.exchange.name} has no market {symbol}")
        if self.exchange.has.get("fetchTime"):
            asked_ms = clock.now_ms()
            told = await self._retried(self.exchange.fetch_time)
            between_ms = (asked_ms + clock.now_ms()) // 2  # about when the venue looked
            self._skew_ms = int(told or between_ms) - between_ms

    async def _mend(self, symbol: str) -> None:
        """Candles that closed unseen, and the open one as the venue has it."""
        after_ms = self._closed_ms.get(symbol, core.bucket_start(self._now_ms(), BASE) - BASE_MS)
        closed, forming = await self._fetch(symbol, after_ms + BASE_MS)
        for candle in closed:
            await self._tell(symbol, candle, closed=True)
        if forming is not None:
            await self._tell(symbol, forming, closed=False)
        if not self.candles_from_trades:
            self._heard(symbol, "candles")

    async def _fetch(
        self, symbol: str, since_ms: int
    ) -> tuple[list[FormingCandle], FormingCandle | None]:
        """Closed candles from this moment on, and the open one, page by page."""
        found: dict[int, FormingCandle] = {}
        now_ms = self._now_ms()
        while since_ms <= now_ms:
            rows = await self.exchange.fetch_ohlcv(symbol, BASE, since_ms, self.page_max)
            fresh = [row for row in rows if row[0] >= since_ms and None not in row[:6]]
            found |= {int(row[0]): FormingCandle(int(row[0]), *row[1:6]) for row in fresh}
            if not fresh or len(rows) < self.page_max:
                break
            since_ms = int(fresh[-1][0]) + BASE_MS
        closed = [found[t] for t in sorted(found) if t + BASE_MS <= now_ms]
        newest_ms = max(found, default=0)
        return closed, found[newest_ms] if newest_ms + BASE_MS > now_ms else None

    async def _watch_overdue(self) -> None:
        """A candle whose time is over and that nothing followed: the venue says how it ended."""
        grace_ms = GRACE_TRADES_MS if self.candles_from_trades else GRACE_MS
        at_once, asking = asyncio.Semaphore(MENDS_AT_ONCE), set[str]()

        async def mend(symbol: str) -> None:
            try:
                async with at_once:
                    await self._mend(symbol)
            except FAULTS as fault:
                log.warning("%s not mended: %s", symbol, str(fault)[:200])
            finally:
                asking.discard(symbol)
                self._asked_s[symbol] = time.monotonic()

        async with asyncio.TaskGroup() as mends:  # a slow answer keeps no other candle waiting
            while True:
                await self._sleep(OVERDUE_EVERY_S)
                opened_ms = self._now_ms() - BASE_MS - grace_ms
                again_s = time.monotonic() - OVERDUE_AGAIN_S
                late = [symbol for symbol, open_ms in self._open_ms.items()
                        if open_ms <= opened_ms and symbol not in self._down | asking
                        and self._asked_s.get(symbol, -math.inf) <= again_s]  # fmt: skip
                asking.update(late)
                for symbol in late:
                    mends.create_task(mend(symbol))

    async def _tell(self, symbol: str, candle: FormingCandle, *, closed: bool) -> None:
        if candle.open_time_ms <= self._closed_ms.get(symbol, -1):
            return  # told before; two ways lead here
        self._closed_ms[symbol] = candle.open_time_ms - (0 if closed else BASE_MS)
        if closed:
            self._open_ms.pop(symbol, None)
        else:
            self._open_ms[symbol] = candle.open_time_ms
        await self._put(CandleUpdate(symbol, candle, closed))

    def _now_ms(self) -> int:
        return clock.now_ms() + self._skew_ms

    async def _retried(self, call: Callable[[], Awaitable[Any]]) -> Any:
        for failures in range(1, 6):
            try:
                return await call()
            except FAULTS as fault:
                last = fault
                await self._sleep(backoff_s(failures))
        raise TryLater(f"{self.exchange.name}: {str(last)[:200]}") from last

    def _note_trade(self, symbol: str, time_ms: int) -> None:
        """Trades make the candles here: the next one's first trade closes the one before."""
        open_ms = core.bucket_start(time_ms, BASE)
        if open_ms > self._closed_ms.get(symbol, -1):
            self._open_ms[symbol] = open_ms
            self._closed_ms[symbol] = open_ms - BASE_MS
