"""Any venue's public streams through ccxt.pro: reconnect with backoff, mend the gap by REST."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import ccxt.pro as ccxt_pro
from ccxt.base.errors import NotSupported

from exchanges.core.market import MarketRules
from exchanges.core.recent import Recent
from exchanges.core.staleness import Watch
from exchanges.feed import ccxt_words as words
from exchanges.feed.backoff import backoff_s
from exchanges.feed.books import Books
from exchanges.feed.ccxt_candles import BASE, FAULTS, RestCandles
from exchanges.feed.looks import Looks
from exchanges.feed.sockets import read_steadily
from exchanges.feed.source import Depth, Event, Ticker
from exchanges.venues.ccxt_venue import TIMEOUT_MS, capabilities_of, rules_of
from foundation.lib.errors import BadInput

log = logging.getLogger(__name__)

SILENCE_S_MAX = 90.0  # then REST is asked whether something was missed
QUEUE_MAX = 10_000
BOOK_EVERY_S = TICKERS_EVERY_S = 0.2  # the live state is sent no oftener
TRADES_REMEMBERED = 1_000
TICKERS_AT_ONCE = 20
CANDLES_AT_ONCE = 10  # a subscription message; Bybit takes no more
# Where ccxt asks for one market's candles as for a group of one; OKX asks in another way.
CANDLES_TOGETHER = frozenset({"binance", "binanceusdm", "binancecoinm", "bybit"})
CHANNEL_OF = {"_trades": "trades", "_book": "book", "_candles": "candles", "_tickers": "ticker"}


class CcxtSource(RestCandles):
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
        super().__init__(read_steadily(exchange), page_max=page_max, sleep=sleep)
        self.symbols = symbols
        # Of its own: ccxt allows 200 subscriptions a connection, and a group of tickers is many.
        self.tickers: Any = None
        if tickers is not None and exchange.has.get("watchTickers"):
            self.tickers = read_steadily(tickers)
        self.base = dict.fromkeys(symbols, BASE)
        self._events: asyncio.Queue[Event | tuple[str, type]] = asyncio.Queue(QUEUE_MAX)
        self._tasks: list[asyncio.Task[None]] = []
        self._looks = Looks()
        self._books = Books(exchange, self._looks)
        self._newest: dict[tuple[str, type], Event] = {}  # what waits in the queue, by its slot
        self._tickers_seen: dict[str, Any] = {}
        self._groups = _groups(symbols, CANDLES_AT_ONCE)
        self._subscribed: set[tuple[str, ...]] = set()  # groups whose candles were asked for
        self._trades_seen = {symbol: Recent(TRADES_REMEMBERED) for symbol in symbols}
        self._watch = Watch()

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
            event = await self._events.get()
            yield event if not isinstance(event, tuple) else self._newest.pop(event)

    async def _put(self, event: Event) -> None:
        await self._events.put(event)

    async def _put_newest(self, event: Depth | Ticker) -> None:
        """In the place of the one that still waits: a reader that is late sees newest prices."""
        slot = (event.symbol, type(event))
        is_waiting = slot in self._newest
        self._newest[slot] = event
        if not is_waiting:
            await self._events.put(slot)

    def has_more(self) -> bool:
        return not self._events.empty()

    def rules(self, symbol: str) -> MarketRules:
        return rules_of(self.exchange, symbol)

    def stale(self) -> dict[str, list[str]]:
        return self._watch.stale(_steady_ms())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._looks.close()
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

    async def _follow(
        self, symbol: str, once: Callable[[str], Awaitable[None]], carries_candles: bool
    ) -> None:
        """One stream for ever. What candles are made of is mended before it goes on."""
        failures, is_whole = 0, not carries_candles
        while True:
            try:
                if not is_whole:
                    await self._mend(symbol)
                    await self._subscribe_together(symbol)
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

    async def _candles(self, symbol: str) -> None:
        for row in await self.exchange.watch_ohlcv(symbol, BASE):
            self._heard(symbol, "candles")
            candle = words.candle_of(row)
            if candle is not None:
                await self._tell(symbol, candle, closed=False)

    async def _subscribe_together(self, symbol: str) -> None:
        """One message for the candles of a group: one each takes Binance a minute for 200."""
        if self.exchange.id not in CANDLES_TOGETHER:
            return
        group = self._groups[symbol]
        if group not in self._subscribed:
            self._subscribed.add(group)
            asked = [[each, BASE] for each in group]
            self._looks.ask(" ".join(group), self.exchange.watch_ohlcv_for_symbols(asked))
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

    async def _tickers(self, some: str) -> None:
        # ccxt tells one ticker a call, of a busy group always the same: it has them all, though.
        await self._looks.next(some, lambda: self.tickers.watch_tickers(some.split()))
        for symbol in some.split():
            told = self.tickers.tickers.get(symbol)
            if told is None or told is self._tickers_seen.get(symbol):
                continue
            self._tickers_seen[symbol] = told
            self._heard(symbol, "ticker")
            ticker = words.ticker_of(symbol, told, self._now_ms())
            if ticker is not None:
                await self._put_newest(ticker)
        await self._sleep(TICKERS_EVERY_S)

    async def _book(self, symbol: str) -> None:
        # ccxt holds the numbers of the messages together: a gap is a fault, then a new snapshot.
        book = await self._books.next(symbol)
        self._heard(symbol, "book")
        await self._put_newest(words.depth_of(symbol, book, self._now_ms()))
        await self._sleep(BOOK_EVERY_S)


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
