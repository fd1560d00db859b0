"""The market feed: a source's events -> live state, stored candles, frames, bot ticks.

For each candle that closes, in this order: it is stored; the live state shows the next candle's
open; the tick is enqueued. Candles of many markets close within the same second: they take these
steps together. A crash between two of these is mended by the next start, which stores
what closed meanwhile and enqueues the newest tick of every timeframe again: ticks run twice
change nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import redis
from asgiref.sync import sync_to_async
from celery.exceptions import OperationalError as BrokerAway
from django.db import InterfaceError, OperationalError, close_old_connections

from exchanges.core import candles as core
from exchanges.feed import keeping, live
from exchanges.feed.aggregate import Board, Closed
from exchanges.feed.source import CandleUpdate, ClockTick, Depth, Event, Source, Ticker, Trade
from exchanges.selectors import candles as selector
from exchanges.selectors import markets as market_selector
from exchanges.services import candles as candle_service
from exchanges.services import markets
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.2
CLOSE_TOGETHER_S = 0.25  # how long a closed candle waits for others while more events are at hand
BEAT_EVERY_S = 2.0
AGAIN_AFTER_S_MAX = 15.0
SEED_MS = 8 * core.DAY_MS  # a whole week's candle, and the rolling day
AWAY = (OperationalError, InterfaceError, redis.RedisError, BrokerAway, OSError)

# Called for each closed candle of each timeframe, with (venue, symbol, timeframe, open time).
OnClosed = Callable[[str, str, str, int], Awaitable[None]]


async def enqueue_tick(venue: str, symbol: str, timeframe: str, open_time_ms: int) -> None:
    """Hand the closed candle to the bots."""
    await _persist(
        enqueue,
        "bots.tick_candle",
        venue=venue,
        symbol=symbol,
        timeframe=timeframe,
        open_time_ms=open_time_ms,
    )


class Stream:
    """One venue's feed. The market waits for on_closed: that is how a replay keeps step."""

    def __init__(self, venue: str, source: Source, on_closed: OnClosed = enqueue_tick) -> None:
        self.venue, self.source, self.on_closed = venue, source, on_closed
        self.boards = {symbol: Board(symbol, base) for symbol, base in source.base.items()}
        self.batch = live.LiveBatch(venue)
        self.market_ms = 0
        self._flushed_at = 0.0
        self._closing: list[Closed] = []
        self._closing_since = 0.0
        self._spans, self._unsealed = dict[str, int](), set[str]()
        # Symbols whose candles changed, symbols of which only best prices did; anything at all.
        self._changed, self._quoted, self._unsent = set[str](), set[str](), False
        self._told_stale: set[str] = set()
        self._alone = asyncio.Lock()  # whoever changes or sends what is gathered

    async def run(self) -> None:
        """Catch up, then follow the source until it ends."""
        loops = (self._beat(), self._flush_the_last(), self._seal_spans())
        beside = [asyncio.create_task(each) for each in loops]
        try:
            for symbol in self.boards:
                await self._catch_up(symbol)
            log.info("feed of %s follows the market", self.venue)
            async for event in self.source.events():
                async with self._alone:
                    await self._take(event)
            async with self._alone:
                await self._finish()
                await self._flush()
        finally:
            for each in beside:
                each.cancel()
            await self.source.close()

    async def _catch_up(self, symbol: str) -> None:
        """Store what closed while nobody listened; tick the newest candle of each timeframe."""
        board = self.boards[symbol]
        newest_ms = await _persist(selector.newest_closed, self.venue, symbol, board.base)
        missed = await self.source.backfill(symbol, newest_ms)
        await _persist(self._learn_rules, symbol)
        if len(missed):
            await _persist(keeping.store, self.venue, symbol, missed, self.source.is_simulated)
            newest_ms = int(missed.open_time_ms[-1])
        if newest_ms is None:
            return
        recent = await _persist(
            selector.load, self.venue, symbol, board.base, newest_ms - SEED_MS, None
        )
        board.seed(recent)
        for timeframe in (board.base, *board.timeframes):
            open_ms = await _persist(selector.newest_closed, self.venue, symbol, timeframe)
            if open_ms is not None:
                await self.on_closed(self.venue, symbol, timeframe, open_ms)

    def _learn_rules(self, symbol: str) -> None:
        market = markets.ensure(
            venue=self.venue, symbol=symbol, is_simulated=self.source.is_simulated
        )
        markets.ensure_perpetual(markets.learn(market=market, rules=self.source.rules(symbol)))

    async def _take(self, event: Event) -> None:
        if isinstance(event, ClockTick):
            self.market_ms = max(self.market_ms, event.time_ms)
            for each in self.boards.values():
                self._note(each.clock(event.time_ms))
        elif (board := self.boards.get(event.symbol)) is not None:
            self._show(board, event)
        waited_s = time.monotonic() - self._closing_since
        if self._closing and (waited_s >= CLOSE_TOGETHER_S or not self.source.has_more()):
            await self._finish()
        elif self._unsent and time.monotonic() - self._flushed_at >= FLUSH_EVERY_S:
            await self._flush()

    def _show(self, board: Board, event: Trade | Depth | Ticker | CandleUpdate) -> None:
        self._unsent = True
        quotes = self.batch.quotes(event.symbol)
        if isinstance(event, Depth):
            self._show_depth(event)
        elif isinstance(event, Ticker):
            if event.bid is not None and event.ask is not None:
                self.batch.quote(event.symbol, event.bid, event.ask)
        elif isinstance(event, Trade):
            self._show_trade(board, event)
            if self.source.candles_from_trades:
                self._note(board.trade(event.time_ms, event.price, event.amount))
                self._changed.add(event.symbol)
        else:
            self._note(board.candle(event.candle, closed=event.closed))
            self._changed.add(event.symbol)
        if self.batch.quotes(event.symbol) != quotes:
            self._quoted.add(event.symbol)

    def _note(self, closed: Closed | None) -> None:
        if closed is not None:
            self._closing_since = self._closing_since if self._closing else time.monotonic()
            self._closing.append(closed)

    async def _finish(self) -> None:
        """What closed is stored, then shown, then ticked."""
        closing = self._closing
        if not closing:
            return
        base, is_simulated = self.source.base, self.source.is_simulated
        await _persist(keeping.store_closed, self.venue, closing, base, is_simulated)
        self._closing, self._unsealed = (
            [],
            self._unsealed | keeping.over(self._spans, closing, base),
        )
        for closed in closing:
            for timeframe, candle in closed.frames:
                self.batch.closed(closed.symbol, timeframe, candle)
            self._changed.add(closed.symbol)
        await self._flush()
        for closed in closing:
            for timeframe, candle in closed.frames:
                await self.on_closed(self.venue, closed.symbol, timeframe, candle.open_time_ms)

    def _show_depth(self, event: Depth) -> None:
        self.market_ms = max(self.market_ms, event.time_ms)
        bids, asks = event.bids[: live.DEPTH_LEVELS_MAX], event.asks[: live.DEPTH_LEVELS_MAX]
        self.batch.orderbook(event.symbol, {"bids": bids, "asks": asks, "time": event.time_ms})

    def _show_trade(self, board: Board, event: Trade) -> None:
        self.market_ms = max(self.market_ms, event.time_ms)
        shown = {
            "id": event.trade_id,
            "time": event.time_ms,
            "price": event.price,
            "amount": event.amount,
            "side": event.side,
        }
        board.trades.append(shown)
        self.batch.trades(event.symbol, [shown], list(board.trades))

    def _show_board(self, board: Board, *, moved: bool) -> None:
        """moved: its candles changed; else its best prices alone."""
        stats = board.stats()
        if stats is None:
            return
        if moved:
            self.batch.stats(board.symbol, stats)
            for timeframe, candle in board.frames():
                self.batch.forming(board.symbol, timeframe, candle)
        ticker: dict[str, Any] = {"symbol": board.symbol, "last": stats["close"]}
        ticker |= self.batch.quotes(board.symbol) | stats
        self.batch.ticker(board.symbol, ticker | {"simulated": self.source.is_simulated})

    async def _flush(self) -> None:
        self._flushed_at = time.monotonic()
        # Only now: a busy market changes many times between two flushes. What follows a candle
        # that is not stored yet is shown after it.
        held = {closed.symbol for closed in self._closing}
        moved, quoted = self._changed - held, self._quoted - self._changed - held
        self._changed, self._quoted = self._changed & held, self._quoted & held
        self._unsent = False
        for symbol in (*moved, *quoted):
            self._show_board(self.boards[symbol], moved=symbol in moved)
        try:
            await asyncio.to_thread(self.batch.flush, self.market_ms)
        except redis.RedisError as fault:
            # The next flush carries newer state; closed candles are in the database already.
            log.warning("feed: live state not written: %s", fault)

    async def _flush_the_last(self) -> None:
        """What came just after a flush, when nothing comes after it."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            async with self._alone:
                if self._unsent and time.monotonic() - self._flushed_at >= FLUSH_EVERY_S:
                    await self._flush()

    async def _seal_spans(self) -> None:
        """One series after the other, after what is urgent: 200 of them end at midnight."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            if self._unsealed and not self._closing:
                symbol = self._unsealed.pop()
                given = {
                    "venue": self.venue,
                    "symbol": symbol,
                    "timeframe": self.source.base[symbol],
                }
                await _persist(candle_service.seal, **given)

    async def _beat(self) -> None:
        while True:
            try:
                await asyncio.to_thread(
                    live.beat,
                    self.venue,
                    source=self.source.name,
                    market_ms=self.market_ms,
                    stale=self._stale(),
                )
            except redis.RedisError as fault:
                log.warning("feed: no heartbeat: %s", fault)
            await self._find_followers()
            await asyncio.sleep(BEAT_EVERY_S)

    def _stale(self) -> dict[str, list[str]]:
        """Silent channels by symbol; a market that follows another's prices is as old as they."""
        found = self.source.stale()
        if set(found) != self._told_stale:
            log.warning("feed of %s: silent now: %s", self.venue, found or "nothing")
            self._told_stale = set(found)
        aliases = self.batch.aliases
        followers = {one: found[symbol] for symbol in found for one in aliases.get(symbol, ())}
        return found | followers

    async def _find_followers(self) -> None:
        """Perpetuals that follow these prices; an admin may open one at any time."""
        try:
            self.batch.aliases = await sync_to_async(market_selector.followers)(self.venue)
        except AWAY as fault:
            log.warning("feed: followers not read: %s", fault)
            await sync_to_async(close_old_connections)()


async def _persist(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call until the database answers: a feed outlives a restart of its servers."""
    wait_s = 0.5
    while True:
        try:
            return await sync_to_async(call)(*args, **kwargs)
        except AWAY as fault:
            log.warning("feed: %s is away, trying again in %.1f s", type(fault).__name__, wait_s)
            await sync_to_async(close_old_connections)()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, AGAIN_AFTER_S_MAX)
