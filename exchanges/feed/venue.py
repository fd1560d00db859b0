"""The paper venue's clock: trades of the feed -> ticks of the venue; countdowns; funding; what a
stop missed.

One process a venue (see FeedLock). It hears what the feed publishes, gathers the prices of each
market since its last look, and works them off in one tick: a busy market makes ticks larger, not
more. Positions with a margin call are looked at again every few seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
import redis
from django.db import close_old_connections

from exchanges.core import candles as core
from exchanges.core.book import Quote
from exchanges.models import Market, Position, VenueClock
from exchanges.selectors import candles, live
from exchanges.services.paper import catalogue, countdowns, funding, insurance, quotes, ticking
from exchanges.services.paper.crossing import Move
from exchanges.services.paper.quotes import exact
from exchanges.services.paper.ticking import AWAY
from foundation.edge import publish
from foundation.lib import clock, heartbeat
from foundation.lib.errors import AppError
from foundation.lib.redis_client import client, topic

log = logging.getLogger(__name__)

LISTEN_S = 0.2
CHORES_EVERY_S = 5.0
AGAIN_AFTER_S = 2.0
SILENCE_S_MAX = 20.0  # of a line that is asked every CHORES_EVERY_S: nobody is at its other end
REAL_TIME_MS = 300_000  # a feed further from our clock than this is a replay: nothing is missed


@dataclass(slots=True)
class Range:
    """Trades of one market since the last tick; without any, low and high are None and only the
    book moved. heard_ms: when the first trade came; what was ordered later is not judged by it."""

    time_ms: int
    low: Decimal | None = None
    high: Decimal | None = None
    heard_ms: int = field(default_factory=clock.now_ms)

    def take(self, price: Decimal, time_ms: int) -> None:
        if self.low is None or self.high is None:
            self.low = self.high = price
            self.heard_ms = clock.now_ms()
        self.low, self.high = min(self.low, price), max(self.high, price)
        self.time_ms = max(self.time_ms, time_ms)


@dataclass(slots=True)
class Clockwork:
    """One venue's clock. `stop` ends the loop after the tick that is under way.

    turns: rises while it follows the prices, or waits for a server: its watchdog reads it.
    """

    venue: str
    stop: threading.Event = field(default_factory=threading.Event)
    turns: int = 0
    _ranges: dict[str, Range] = field(default_factory=dict)
    _chores_at_s: float = 0.0
    _countdowns_at_s: float = 0.0

    def run(self) -> None:
        """Until asked to stop; servers that are away are waited for."""
        while not self.stop.is_set():
            try:
                self._listen()
            except AWAY as fault:
                log.warning("venue: %s is away, trying again", type(fault).__name__)
                close_old_connections()
                self.turns += 1
                self.stop.wait(AGAIN_AFTER_S)

    def _listen(self) -> None:
        connection: Any = client()
        with connection.pubsub(ignore_subscribe_messages=True) as heard:
            heard.subscribe(topic(publish.MARKET_TOPIC))
            self._start()
            asked_s, answered_s = 0.0, time.monotonic()
            while not self.stop.is_set():
                if time.monotonic() - asked_s > CHORES_EVERY_S:
                    asked_s = time.monotonic()
                    heard.ping()
                message: Any = heard.get_message(timeout=LISTEN_S)
                while message is not None:
                    answered_s = time.monotonic()
                    if message["type"] == "message":
                        self._hear(message["data"])
                    message = heard.get_message(timeout=0)
                if time.monotonic() - answered_s > SILENCE_S_MAX:
                    raise redis.ConnectionError("no answer to a ping")
                self.turns += 1
                self._tick()
                self._countdowns()
                self._chores()

    def _start(self) -> None:
        """What happened while nobody listened, then where every market stands now."""
        insurance.seed("USDT")
        for symbol in {each.price_symbol for each in catalogue.markets(self.venue).values()}:
            catch_up(self.venue, symbol)
            found = live.ticker(self.venue, symbol)
            if found is not None:
                self._ranges[symbol] = Range(int(found["ts"]))
        log.info("the paper venue follows %s", self.venue)

    def _hear(self, data: bytes) -> None:
        name, _, body = data.partition(b"\n")
        kind, _, rest = name.decode().partition(":")
        symbol, _, venue = rest.rpartition("@")
        if venue != self.venue or kind not in ("trades", "orderbook"):
            return
        frame = orjson.loads(b"{" + body)
        if kind == "orderbook":
            self._ranges.setdefault(symbol, Range(frame["ts"]))
            return
        for trade in frame["data"]["trades"]:
            known = self._ranges.setdefault(symbol, Range(frame["ts"]))
            known.take(exact(trade["price"]), int(trade["time"]))

    def _tick(self) -> None:
        ranges, self._ranges = self._ranges, {}
        for symbol, seen in ranges.items():
            self._tick_symbol(symbol, seen)

    def _tick_symbol(self, symbol: str, seen: Range) -> None:
        state = live.state(self.venue, symbol)
        if state is None:
            return
        quote = quotes.make_quote(state.ticker, state.orderbook)
        started_s = time.monotonic()
        try:
            acted = ticking.tick(self.venue, symbol, _move(seen, quote))
        except AppError as fault:
            log.error("venue: %s: %s", symbol, fault.message)
            return
        keep_time(self.venue, symbol, seen.time_ms, quote.last)
        if acted:
            log.info("venue: %s %d in %.0f ms", symbol, acted, (time.monotonic() - started_s) * 1e3)

    def _countdowns(self) -> None:
        if time.monotonic() - self._countdowns_at_s < LISTEN_S:
            return
        self._countdowns_at_s = time.monotonic()
        try:
            countdowns.work_off(self.venue)
        except AppError as fault:
            log.error("venue: countdowns: %s", fault.message)

    def _chores(self) -> None:
        if time.monotonic() - self._chores_at_s < CHORES_EVERY_S:
            return
        self._chores_at_s = time.monotonic()
        heartbeat.beat("venue")
        funding.settle(self.venue, funding.time_before(clock.now_ms()))
        sweep_warned(self.venue)


def _move(seen: Range, quote: Quote) -> Move:
    low = quote.last if seen.low is None else seen.low
    high = quote.last if seen.high is None else seen.high
    is_traded = seen.low is not None
    return Move(low, high, quote, placed_before_ms=seen.heard_ms, is_traded=is_traded)


def keep_time(venue: str, symbol: str, time_ms: int, price: Decimal) -> None:
    """How far the venue has come on this price stream."""
    VenueClock.objects.update_or_create(
        venue=venue, symbol=symbol, defaults={"time_ms": time_ms, "price": price}
    )


def catch_up(venue: str, symbol: str) -> int:
    """Work off the minutes that closed since the venue last looked, for what was placed before."""
    known = VenueClock.objects.filter(venue=venue, symbol=symbol).first()
    beat = live.heartbeat(venue)
    state = live.state(venue, symbol)
    if known is None or state is None or beat is None:
        return 0
    if abs(beat.at_ms - beat.market_ms) > REAL_TIME_MS:
        return 0
    quote = quotes.make_quote(state.ticker, state.orderbook)
    missed = candles.load(venue, symbol, "1m", core.bucket_start(known.time_ms, "1m"), None)
    acted = 0
    for open_ms, low, high in zip(
        missed.open_time_ms.tolist(), missed.low.tolist(), missed.high.tolist(), strict=True
    ):
        move = Move(exact(low), exact(high), quote, placed_before_ms=open_ms)
        acted += ticking.tick(venue, symbol, move)
    return acted


def sweep_warned(venue: str) -> None:
    """Users with a margin call: the call ends when their margin is well again."""
    rows = Position.objects.open().filter(venue=venue, is_warned=True).order_by("symbol")
    owners: dict[str, set[int]] = {}
    for symbol, owner_id in rows.values_list("symbol", "owner_id"):
        owners.setdefault(symbol, set()).add(owner_id)
    for symbol, owner_ids in owners.items():
        market: Market | None = catalogue.markets(venue).get(symbol)
        state = live.state(venue, market.price_symbol) if market else None
        if market is not None and state is not None:
            quote = quotes.make_quote(state.ticker, state.orderbook)
            ticking.sweep(owner_ids, market, Move(quote.last, quote.last, quote))
