"""Any venue's public streams through ccxt.pro: reconnect with backoff, mend the gap by REST."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import ccxt.pro as ccxt_pro
from ccxt.base.errors import BaseError, NotSupported

from exchanges.core import candles as core
from exchanges.core.candles import DAY_MS, TIMEFRAME_MS, Candles
from exchanges.core.market import MarketRules
from exchanges.core.recent import Recent
from exchanges.core.staleness import Watch
from exchanges.feed import ccxt_words as words
from exchanges.feed.backoff import backoff_s
from exchanges.feed.sockets import read_steadily
from exchanges.feed.source import CandleUpdate, Event
from exchanges.selectors.live import FormingCandle
from exchanges.venues.ccxt_venue import TIMEOUT_MS, UNREADABLE, capabilities_of, rules_of
from foundation.lib import clock
from foundation.lib.errors import BadInput, TryLater

log = logging.getLogger(__name__)

BASE = "1m"
BASE_MS = TIMEFRAME_MS[BASE]
BACKFILL_DAYS_MAX = 30
SILENCE_S_MAX = 90.0  # then REST is asked whether something was missed
OVERDUE_EVERY_S = 0.5
OVERDUE_AGAIN_MS = 5_000
# For the last messages of a candle whose time is over: its own, or the trades that make it.
GRACE_MS, GRACE_TRADES_MS = 2_000, 5_000
MENDS_AT_ONCE = 10
QUEUE_MAX = 10_000
BOOK_EVERY_S = TICKERS_EVERY_S = 0.2  # the live state is sent no oftener
TRADES_REMEMBERED = 1_000
TICKERS_AT_ONCE = 20
CANDLES_AT_ONCE = 10  # a subscription message; Bybit takes no more
# Where ccxt asks for one market's candles as for a group of one; OKX asks in another way.
CANDLES_TOGETHER = frozenset({"binance", "binanceusdm", "binancecoinm", "bybit"})
CHANNEL_OF = {"_trades": "trades", "_book": "book", "_candles": "candles", "_tickers": "ticker"}
FAULTS = (BaseError, *UNREADABLE, OSError, TimeoutError)


class CcxtSource:
    """Streams of one venue's markets."""

    name = "ccxt"
    is_simulated = False

    def __init__(
        self,
        exchange: Any,
        symbols: list[str],
        *,
        page_max: int,
        tickers: Any = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.exchange = read_steadily(exchange)
        self.symbols, self.page_max, self._sleep = symbols, page_max, sleep
        # Of its own: ccxt allows 200 subscriptions a connection, and a group of tickers is many.
        self.tickers: Any = read_steadily(tickers) if exchange.has.get("watchTickers") else None
        self.base = dict.fromkeys(symbols, BASE)
        self.candles_from_trades = not exchange.has.get("watchOHLCV")
        self._events: asyncio.Queue[Event] = asyncio.Queue(QUEUE_MAX)
        self._tasks: list[asyncio.Task[None]] = []
        self._down: set[str] = set()  # symbols whose candle stream is interrupted
        self._closed_ms: dict[str, int] = {}  # newest candle known to be closed
        self._open_ms: dict[str, int] = {}  # candle that was told last and is not closed
        self._asked_ms: dict[str, int] = {}  # when REST was asked last how it ended
        self._ahead: dict[str, asyncio.Task[Any]] = {}  # what is asked of ccxt before it is needed
        self._tickers_seen: dict[str, Any] = {}
        self._groups = _groups(symbols, CANDLES_AT_ONCE)
        self._subscribed: set[tuple[str, ...]] = set()  # groups whose candles were asked for
        self._skew_ms = 0
        self._trades_seen = {symbol: Recent(TRADES_REMEMBERED) for symbol in symbols}
        self._watch = Watch()

    async def backfill(self, symbol: str, after_ms: int | None) -> Candles:
        """What closed since, by REST; the last day if nothing is stored."""
        await self._prepare(symbol)
        oldest_ms = self._now_ms() - BACKFILL_DAYS_MAX * DAY_MS
        from_ms = self._now_ms() - DAY_MS if after_ms is None else after_ms + BASE_MS
        from_ms = core.bucket_start(max(from_ms, oldest_ms), BASE)
        closed, _ = await self._retried(lambda: self._fetch(symbol, from_ms))
        self._closed_ms[symbol] = closed[-1].open_time_ms if closed else from_ms - BASE_MS
        return words.columns(closed, BASE)

    async def events(self) -> AsyncIterator[Event]:
        loops = [self._watch_overdue()]
        for symbol in self.symbols:
            loops += [self._follow(symbol, self._trades, self.candles_from_trades)]
            loops += [self._follow(symbol, self._book, False)]
            if not self.candles_from_trades:
                loops += [self._follow(symbol, self._candles, True)]
        if self.tickers is not None:
            self.tickers.set_markets(self.exchange.markets)
            for at in range(0, len(self.symbols), TICKERS_AT_ONCE):
                some = " ".join(self.symbols[at : at + TICKERS_AT_ONCE])
                loops += [self._follow(some, self._tickers, False)]
        self._expect()
        self._tasks = [asyncio.create_task(loop) for loop in loops]
        while True:
            yield await self._events.get()

    def has_more(self) -> bool:
        return not self._events.empty()

    def rules(self, symbol: str) -> MarketRules:
        return rules_of(self.exchange, symbol)

    def stale(self) -> dict[str, list[str]]:
        return self._watch.stale(_steady_ms())

    async def close(self) -> None:
        tasks = [*self._tasks, *self._ahead.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.exchange.close()
        if self.tickers is not None:
            await self.tickers.close()

    def _expect(self) -> None:
        channels = ["trades", "book"]
        channels += [] if self.candles_from_trades else ["candles"]
        channels += ["ticker"] if self.tickers is not None else []
        for symbol in self.symbols:
            for channel in channels:
                self._watch.expect(symbol, channel, _steady_ms())

    def _heard(self, symbol: str, channel: str) -> None:
        self._watch.hear(symbol, channel, _steady_ms())

    async def _prepare(self, symbol: str) -> None:
        await self._retried(self.exchange.load_markets)
        if not self.exchange.markets:
            raise TryLater(f"{self.exchange.name} sent no markets")
        if symbol not in self.exchange.markets:
            raise BadInput(f"{self.exchange.name} has no market {symbol}")
        if self.exchange.has.get("fetchTime"):
            told = await self._retried(self.exchange.fetch_time)
            self._skew_ms = int(told or clock.now_ms()) - clock.now_ms()

    async def _follow(
        self, symbol: str, once: Callable[[str], Awaitable[None]], carries_candles: bool
    ) -> None:
        """One stream for ever. What candles are made of is mended before it goes on."""
        failures, is_whole = 0, not carries_candles
        while True:
            try:
                if not is_whole:
                    await self._mend(symbol)
                    is_whole = True
                    self._down.discard(symbol)
                # wait_for of Python 3.11 may lose a cancel that comes together with an answer.
                async with asyncio.timeout(SILENCE_S_MAX):
                    await once(symbol)
                failures = 0
            except NotSupported as fault:
                channel = CHANNEL_OF[once.__name__]
                log.warning("%s does not stream %s: %s", self.exchange.name, channel, fault)
                self._watch.forget(symbol.split(), channel)
                return
            except FAULTS as fault:
                is_whole = not carries_candles
                if carries_candles:
                    self._down.add(symbol)
                    self._subscribed.discard(self._groups[symbol])
                if isinstance(fault, TimeoutError) and not failures:
                    continue  # a quiet market, or a dead stream: REST will tell
                failures += 1
                wait_s = backoff_s(failures)
                channel, told = CHANNEL_OF[once.__name__], str(fault)[:200]
                text = "%s of %s interrupted, again in %.1f s: %s"
                log.warning(text, channel, symbol, wait_s, told)
                await self._sleep(wait_s)

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

    async def _candles(self, symbol: str) -> None:
        await self._subscribe_together(symbol)
        for row in await self.exchange.watch_ohlcv(symbol, BASE):
            self._heard(symbol, "candles")
            candle = words.candle_of(row)
            if candle is not None:
                await self._tell(symbol, candle, closed=False)

    async def _subscribe_together(self, symbol: str) -> None:
        """One message for the candles of a group: one each takes Binance a minute for 200."""
        group = self._groups[symbol]
        if group in self._subscribed or self.exchange.id not in CANDLES_TOGETHER:
            return
        self._subscribed.add(group)
        asked = [[each, BASE] for each in group]
        self._ask_ahead(" ".join(group), self.exchange.watch_ohlcv_for_symbols(asked))
        await asyncio.sleep(0)  # now ccxt knows of all of them, and asks for none alone

    async def _trades(self, symbol: str) -> None:
        for row in await self.exchange.watch_trades(symbol):
            self._heard(symbol, "trades")
            # Some venues tell the last trades again when a stream begins anew.
            if row["id"] and not self._trades_seen[symbol].is_new(row["id"]):
                continue
            trade = words.trade_of(symbol, row)
            if self.candles_from_trades:
                self._note_trade(symbol, trade.time_ms)
            await self._events.put(trade)

    def _note_trade(self, symbol: str, time_ms: int) -> None:
        """Trades make the candles here: the next one's first trade closes the one before."""
        open_ms = core.bucket_start(time_ms, BASE)
        if open_ms > self._closed_ms.get(symbol, -1):
            self._open_ms[symbol] = open_ms
            self._closed_ms[symbol] = open_ms - BASE_MS

    async def _tickers(self, some: str) -> None:
        # ccxt tells one ticker a call, of a busy group always the same: it has them all, though.
        await self._looked(some, lambda: self.tickers.watch_tickers(some.split()))
        for symbol in some.split():
            told = self.tickers.tickers.get(symbol)
            if told is None or told is self._tickers_seen.get(symbol):
                continue
            self._tickers_seen[symbol] = told
            self._heard(symbol, "ticker")
            ticker = words.ticker_of(symbol, told, self._now_ms())
            if ticker is not None:
                await self._events.put(ticker)
        await self._sleep(TICKERS_EVERY_S)

    async def _book(self, symbol: str) -> None:
        # ccxt holds the numbers of the messages together: a gap is a fault, then a new snapshot.
        book = await self._looked(f"book {symbol}", lambda: self.exchange.watch_order_book(symbol))
        self._heard(symbol, "book")
        await self._events.put(words.depth_of(symbol, book, self._now_ms()))
        await self._sleep(BOOK_EVERY_S)

    async def _looked(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """What ccxt tells next. The time after is asked for at once: whatever comes while this
        one is worked off is seen then, though nothing more should follow."""
        ahead = self._ahead.pop(name, None)
        told = await (call() if ahead is None else ahead)
        self._ask_ahead(name, call())
        return told

    def _ask_ahead(self, name: str, call: Awaitable[Any]) -> None:
        before, asked = self._ahead.pop(name, None), asyncio.ensure_future(call)
        if before is not None:
            before.cancel()
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._ahead[name] = asked

    async def _watch_overdue(self) -> None:
        """A candle whose time is over and that nothing followed: the venue says how it ended."""
        grace_ms = GRACE_TRADES_MS if self.candles_from_trades else GRACE_MS
        at_once = asyncio.Semaphore(MENDS_AT_ONCE)

        async def mend(symbol: str) -> None:
            async with at_once:
                self._asked_ms[symbol] = _steady_ms()
                try:
                    await self._mend(symbol)
                except FAULTS as fault:
                    log.warning("%s not mended: %s", symbol, str(fault)[:200])

        while True:
            await self._sleep(OVERDUE_EVERY_S)
            opened_ms = self._now_ms() - BASE_MS - grace_ms
            asked_ms = _steady_ms() - OVERDUE_AGAIN_MS
            late = [symbol for symbol, open_ms in self._open_ms.items()
                    if open_ms <= opened_ms and symbol not in self._down
                    and self._asked_ms.get(symbol, -OVERDUE_AGAIN_MS) <= asked_ms]  # fmt: skip
            await asyncio.gather(*(mend(symbol) for symbol in late))

    async def _tell(self, symbol: str, candle: FormingCandle, *, closed: bool) -> None:
        if candle.open_time_ms <= self._closed_ms.get(symbol, -1):
            return  # told before; two ways lead here
        self._closed_ms[symbol] = candle.open_time_ms - (0 if closed else BASE_MS)
        if closed:
            self._open_ms.pop(symbol, None)
        else:
            self._open_ms[symbol] = candle.open_time_ms
        await self._events.put(CandleUpdate(symbol, candle, closed))

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


def _steady_ms() -> int:
    return int(time.monotonic() * 1000)


def make_source(venue: str, symbols: list[str]) -> CcxtSource:
    """Streams of this venue, by its capabilities; BadInput if ccxt.pro has none."""
    capabilities = capabilities_of(venue)
    kind = getattr(ccxt_pro, capabilities.ccxt_id, None)
    if kind is None:
        raise BadInput(f"{capabilities.name} has no public streams; FEED_VENUE names another")
    options = {"enableRateLimit": True, "timeout": TIMEOUT_MS, "newUpdates": True}
    page_max = capabilities.candles_per_request_max
    return CcxtSource(kind(options), symbols, page_max=page_max, tickers=kind(options))


def _groups(symbols: list[str], most: int) -> dict[str, tuple[str, ...]]:
    """symbol -> the symbols that are subscribed with it."""
    groups = [tuple(symbols[at : at + most]) for at in range(0, len(symbols), most)]
    return {symbol: group for group in groups for symbol in group}
