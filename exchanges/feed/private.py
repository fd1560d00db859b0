"""One account at one venue through ccxt.pro: orders, fills, balances, positions.

The stream tells at once; REST tells what the stream lost: at the start, after every interruption,
and every RECHECK_S, so that a socket that died silently loses nothing either.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from ccxt.base.errors import (
    AuthenticationError,
    DDoSProtection,
    InvalidNonce,
    NotSupported,
    OrderNotFound,
    RateLimitExceeded,
)

from exchanges.core.account_stream import AccountEvent, AccountFill, CaughtUp, Story
from exchanges.core.keys import Keys
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Pacer, Priority
from exchanges.feed import account_words as words
from exchanges.feed.backoff import backoff_s
from exchanges.feed.ccxt_candles import FAULTS
from exchanges.feed.sockets import read_steadily
from exchanges.venues import venue_clock
from exchanges.venues.ccxt_venue import TIMEOUT_MS, capabilities_of
from exchanges.venues.key_shapes import has_testnet
from exchanges.venues.limits import limits_of
from exchanges.venues.unified import contract_size
from foundation.lib import clock
from foundation.lib.errors import BadInput

log = logging.getLogger(__name__)

SILENCE_S_MAX = 60.0  # an account may be quiet; then the subscription is made sure of
RECHECK_S = 300.0
LOOK_AGAIN_S = 0.2  # for what came while ccxt was not being listened to
OVERLAP_MS = 120_000  # a venue may show a fill by REST later than it happened
FILLS_PER_PAGE = 500
QUEUE_MAX = 10_000


class PrivateSource:
    """Events of one account. Its keys are in the ccxt object for as long as the stream lives.

    symbols: markets whose fills REST is asked for. since_ms: up to here fills are booked already.
    """

    def __init__(
        self,
        exchange: Any,
        symbols: Sequence[str],
        *,
        pacer: Pacer,
        account: str,
        since_ms: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.exchange = read_steadily(exchange)
        self.pacer, self.account, self._sleep = pacer, account, sleep
        self.symbols = list(symbols)
        self._story = Story(since_ms)
        self._events: asyncio.Queue[AccountEvent | VenueFault] = asyncio.Queue(QUEUE_MAX)
        self._last: dict[tuple[str, str], AccountEvent] = {}  # balances and positions as told
        self._looked: dict[str, dict[str, tuple[Any, ...]]] = {}  # ccxt's rows as last seen
        self._weight = limits_of(exchange.id).usual_weight
        self._stirred, self._interrupted = asyncio.Event(), asyncio.Event()

    async def events(self) -> AsyncIterator[AccountEvent]:
        """For ever; VenueFault AUTH once the keys are refused."""
        loops = [self._look(), self._recheck()]
        watched = {"watchOrders": self.exchange.watch_orders, "watchBalance": self._balance}
        watched["watchMyTrades"] = self.exchange.watch_my_trades
        if any(":" in symbol for symbol in self.symbols):
            watched["watchPositions"] = self._positions
        loops += [self._follow(name, call) for name, call in watched.items()]
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            while True:
                event = await self._events.get()
                if isinstance(event, VenueFault):
                    raise event
                yield event
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        await self.exchange.close()

    async def _follow(self, name: str, call: Callable[[], Awaitable[Any]]) -> None:
        failures = 0
        while self.exchange.has.get(name):
            try:
                # wait_for of Python 3.11 may lose a cancel that comes together with the answer.
                async with asyncio.timeout(SILENCE_S_MAX):
                    await call()
                failures = 0
                self._stirred.set()
            except TimeoutError:
                continue  # quiet, or dead: REST tells what was missed
            except NotSupported as fault:
                log.warning("%s has no %s: %s", self.exchange.name, name, str(fault)[:100])
                return
            except FAULTS as fault:
                if await self._is_final(fault):
                    return
                failures += 1
                self._interrupted.set()
                wait_s = backoff_s(failures)
                kind = type(fault).__name__
                log.warning(
                    "%s of account %s: %s, again in %.1f s", name, self.account, kind, wait_s
                )
                await self._sleep(wait_s)

    async def _is_final(self, fault: Exception) -> bool:
        """Keys that are refused stay refused. The venue's own words may carry them: not told."""
        if not isinstance(fault, AuthenticationError):
            return False
        text = f"{self.exchange.name} refuses the keys of account {self.account}"
        await self._events.put(VenueFault(text, Outcome.AUTH, venue=self.exchange.id))
        return True

    async def _look(self) -> None:
        """ccxt wakes one look a message at most; what came in between lies in its caches."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            while await self._look_once():
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _look_once(self) -> bool:
        orders = [
            words.order_of(row, self._size(row))
            for row in self._changed("orders", "status", "filled")
        ]
        fills = [words.fill_of(row, self._size(row)) for row in self._changed("myTrades", "price")]
        for event in self._story.take([o for o in orders if o], [f for f in fills if f]):
            await self._events.put(event)
        return bool(orders or fills)

    def _changed(self, cache: str, *fields: str) -> list[dict[str, Any]]:
        """Rows of a cache of ccxt's that are not as they were."""
        rows = {f"{r['symbol']} {r['id']}": r for r in getattr(self.exchange, cache, None) or ()}
        seen = {key: tuple(row.get(name) for name in fields) for key, row in rows.items()}
        before, self._looked[cache] = self._looked.get(cache, {}), seen
        return [rows[key] for key in rows if before.get(key) != seen[key]]

    async def _balance(self) -> None:
        await self._tell_state(words.balances_of(await self.exchange.watch_balance()))

    async def _positions(self) -> None:
        rows = await self.exchange.watch_positions()
        await self._tell_state(
            filter(None, (words.position_of(row, self._size(row)) for row in rows))
        )

    async def _tell_state(self, states: Any) -> None:
        """Balances and positions that are not as they were told last."""
        for state in states:
            name = getattr(state, "asset", None) or f"{state.symbol} {state.side}"
            key = (type(state).__name__, name)
            if self._last.get(key) != state:
                self._last[key] = state
                await self._events.put(state)

    async def _recheck(self) -> None:
        """REST, now and again; once more after an interruption, when the stream is back."""
        failures = 0
        while True:
            self._interrupted.clear()
            try:
                await self._catch_up()
                failures, wait_s = 0, RECHECK_S
            except (*FAULTS, VenueFault) as fault:
                if await self._is_final(fault):
                    return
                failures += 1
                wait_s = max(backoff_s(failures), getattr(fault, "retry_after_s", None) or 0)
                log.warning("account %s not caught up: %s", self.account, type(fault).__name__)
                await self._sleep(wait_s)
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self._interrupted.wait()
                await self._sleep(LOOK_AGAIN_S)  # the streams subscribe again meanwhile
            except TimeoutError:
                continue

    async def _catch_up(self) -> None:
        """Orders first, then fills: an end that is told has all its fills behind it."""
        await self._call(self.exchange.load_markets)
        started_ms = clock.now_ms() + self.pacer.offset_ms()
        unended = [*self._story.working(), *self._story.waiting()]
        symbols = sorted({*self.symbols, *(order.symbol for order in unended)})
        rows = [row for symbol in symbols for row in await self._open_orders(symbol)]
        told = [words.order_of(row, self._size(row)) for row in rows]
        orders = {order.venue_order_id: order for order in told if order}
        for known in self._story.working():
            if known.venue_order_id not in orders:
                row = await self._ended(known.venue_order_id, known.symbol)
                if row is not None and (order := words.order_of(row, self._size(row))):
                    orders[order.venue_order_id] = order
        asked = [*orders.values(), *self._story.waiting()]
        fills = [fill for symbol in symbols for fill in await self._fills(symbol)]
        for event in self._story.take(asked, fills, is_complete=True):
            await self._events.put(event)
        await self._tell_state(words.balances_of(await self._call(self.exchange.fetch_balance)))
        self._story.reached(started_ms - OVERLAP_MS)
        await self._events.put(CaughtUp(started_ms))

    async def _open_orders(self, symbol: str) -> Any:
        return await self._call(self.exchange.fetch_open_orders, symbol)

    async def _ended(self, venue_order_id: str, symbol: str) -> Any:
        try:
            return await self._call(self.exchange.fetch_order, venue_order_id, symbol)
        except OrderNotFound:
            return None  # reads may lag behind: the next look asks again

    async def _fills(self, symbol: str) -> list[AccountFill]:
        """Page by page, until one is not full."""
        since_ms = self._story.fills_since_ms
        found: dict[str, AccountFill] = {}
        while True:
            rows = await self._call(self.exchange.fetch_my_trades, symbol, since_ms, FILLS_PER_PAGE)
            told = [words.fill_of(row, self._size(row)) for row in rows]
            page = {fill.venue_fill_id: fill for fill in told if fill}
            is_news = bool(page.keys() - found.keys())
            found |= page
            if len(rows) < FILLS_PER_PAGE or not is_news:
                return list(found.values())
            since_ms = max(fill.time_ms for fill in page.values())

    def _size(self, row: Any) -> Decimal:
        """Venues count contracts; we count what they are made of, as the gateway does."""
        markets = self.exchange.markets or {}
        return contract_size(markets.get(row.get("symbol")) or {})

    async def _call(self, method: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """By REST, within the venue's limits, by its clock."""
        await asyncio.to_thread(self.pacer.take, self.account, self._weight, Priority.OPEN)
        self.exchange.options["timeDifference"] = -self.pacer.offset_ms()
        try:
            return await method(*args)
        except (RateLimitExceeded, DDoSProtection) as fault:
            told = (self.exchange.last_response_headers or {}).get("Retry-After")
            wait_s = float(told) if told and told.isdigit() else None
            banned = " 418 " in str(fault)
            await asyncio.to_thread(self.pacer.refused, self.account, wait_s, banned=banned)
            raise
        except InvalidNonce:
            await asyncio.to_thread(venue_clock.forget, self.exchange.id)
            raise


def open_private(
    venue: str,
    keys: Keys,
    symbols: Sequence[str],
    *,
    pacer: Pacer,
    account: str,
    since_ms: int,
    is_testnet: bool = False,
) -> PrivateSource:
    """The account's stream; BadInput if ccxt.pro has none for this venue, or it no test network."""
    import ccxt.pro

    capabilities = capabilities_of(venue)
    kind = getattr(ccxt.pro, capabilities.ccxt_id, None)
    if kind is None:
        raise BadInput(f"{capabilities.name} has no private streams")
    exchange = kind(
        {
            "apiKey": keys.api_key,
            "secret": keys.secret,
            "password": keys.passphrase or None,
            "enableRateLimit": True,
            "timeout": TIMEOUT_MS,
            "newUpdates": True,
        }
    )
    if is_testnet:
        if not has_testnet(venue):
            raise BadInput(f"{capabilities.name} has no test network")
        exchange.set_sandbox_mode(True)
    return PrivateSource(exchange, symbols, pacer=pacer, account=account, since_ms=since_ms)
