"""One account at one venue through ccxt.pro: orders, fills, balances, positions.

The stream tells at once; REST tells what the stream lost: at the start, after every interruption,
and every RECHECK_S, so that a socket that died silently loses nothing either.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from ccxt.base.errors import ArgumentsRequired, AuthenticationError, NotSupported

from exchanges.core.account_news import News
from exchanges.core.account_stream import (
    AccountBalance,
    AccountEvent,
    AccountPosition,
    CaughtUp,
    FillsTold,
    Story,
)
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Pacer
from exchanges.feed import account_words as words
from exchanges.feed.account_rest import AccountRest
from exchanges.feed.backoff import backoff_s
from exchanges.feed.ccxt_candles import FAULTS
from exchanges.feed.sockets import read_steadily
from exchanges.venues.capabilities import Trading

log = logging.getLogger(__name__)

SILENCE_S_MAX = 60.0  # an account may be quiet; then the subscription is made sure of
RECHECK_S = 300.0
UNSTREAMED_S = 60.0  # where a part of it is told by REST alone
SETTLED_S = (
    10.0  # by then a subscription that was under way tells; what came before it is asked for
)
LOOK_AGAIN_S = 0.2  # for what came while ccxt was not being listened to
BALANCES_EVERY_S = 1.0
OVERLAP_MS = 120_000  # a venue may show a fill by REST later than it happened
SNAPSHOT_TRIES = 3  # an account on which something happens all the time is never quite still
QUEUE_MAX = 10_000


class PrivateSource:
    """Events of one account. Its keys are in the ccxt object for as long as the stream lives.

    symbols: markets whose orders and fills REST is asked for; those that the stream names join
    them. since_ms: up to here fills are booked already; since: where a market has one of its own.
    """

    def __init__(
        self,
        exchange: Any,
        symbols: Sequence[str],
        *,
        trading: Trading,
        pacer: Pacer,
        account: str,
        since_ms: int,
        since: Mapping[str, int] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.exchange = read_steadily(exchange)
        self.pacer, self.account, self._sleep = pacer, account, sleep
        self.symbols = list(symbols)
        self._rest = AccountRest(exchange, trading, pacer, account)
        self._story, self._since = Story(since_ms), dict(since or {})
        self._events: asyncio.Queue[AccountEvent | VenueFault] = asyncio.Queue(QUEUE_MAX)
        self._news = News()
        self._looked: dict[str, dict[str, tuple[Any, ...]]] = {}  # ccxt's rows as last seen
        self._recheck_s = RECHECK_S
        self._stirred, self._interrupted = asyncio.Event(), asyncio.Event()
        self._is_vague = asyncio.Event()  # the stream told of money, but not how much is free

    async def events(self) -> AsyncGenerator[AccountEvent]:
        """For ever; VenueFault AUTH once the keys are refused."""
        loops = [self._look(), self._recheck(), self._ask_balances()]
        watched = {"watchOrders": self.exchange.watch_orders, "watchBalance": self._balance}
        watched["watchMyTrades"] = self.exchange.watch_my_trades
        if self._rest.trading.positions:
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

    def gathered(self) -> list[AccountEvent]:
        """What came meanwhile, without waiting; a fault stays for `events`."""
        found: list[AccountEvent] = []
        while not self._events.empty():
            event = self._events.get_nowait()
            if isinstance(event, VenueFault):
                self._events.put_nowait(event)
                break
            found.append(event)
        return found

    async def close(self) -> None:
        await self.exchange.close()

    async def _follow(self, name: str, call: Callable[[], Awaitable[Any]]) -> None:
        failures = 0
        if not self.exchange.has.get(name):
            self._recheck_s = UNSTREAMED_S
            return
        while True:
            try:
                # wait_for of Python 3.11 may lose a cancel that comes together with the answer.
                async with asyncio.timeout(SILENCE_S_MAX):
                    await self._rest.load_markets()
                    await call()
                failures = 0
                self._stirred.set()
            except TimeoutError:
                continue  # quiet, or dead: REST tells what was missed
            except (NotSupported, ArgumentsRequired) as fault:
                self._recheck_s = UNSTREAMED_S
                log.warning("%s has no %s: %s", self.exchange.name, name, type(fault).__name__)
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
        size = self._rest.size
        orders = [
            words.order_of(row, size(row)) for row in self._changed("orders", "status", "filled")
        ]
        fills = [words.fill_of(row, size(row)) for row in self._changed("myTrades", "price")]
        for event in self._story.take([o for o in orders if o], [f for f in fills if f]):
            if event.symbol not in self.symbols:
                self.symbols.append(event.symbol)
            await self._events.put(event)
        return bool(orders or fills)

    def _changed(self, cache: str, *fields: str) -> list[dict[str, Any]]:
        """Rows of a cache of ccxt's that are not as they were."""
        rows = {f"{r['symbol']} {r['id']}": r for r in getattr(self.exchange, cache, None) or ()}
        seen = {key: tuple(row.get(name) for name in fields) for key, row in rows.items()}
        before, self._looked[cache] = self._looked.get(cache, {}), seen
        return [rows[key] for key in rows if before.get(key) != seen[key]]

    async def _balance(self) -> None:
        told = await self.exchange.watch_balance()
        if words.is_whole(told) and not self._rest.trading.balances_by_rest:
            await self._put(self._news.of_balances(words.balances_of(told)))
        else:
            self._is_vague.set()

    async def _ask_balances(self) -> None:
        """A stream of totals says that money moved; how much is free is asked for."""
        while True:
            await self._is_vague.wait()
            await asyncio.sleep(BALANCES_EVERY_S)
            self._is_vague.clear()
            try:
                await self._put(self._news.of_balances(await self._rest.balances()))
            except FAULTS as fault:
                if await self._is_final(fault):
                    return
                self._interrupted.set()  # the catch-up asks for them as well, and waits

    async def _positions(self) -> None:
        rows = await self.exchange.watch_positions()
        told = [words.position_of(row, self._rest.size(row)) for row in rows]
        await self._put(self._news.of_positions(one for one in told if one is not None))

    async def _put(self, events: Iterable[AccountEvent]) -> None:
        for event in events:
            await self._events.put(event)

    async def _recheck(self) -> None:
        """REST, now and again; at the start and after an interruption twice: what happens between
        the first answer and the subscription is told by neither."""
        failures, is_settled = 0, False
        while True:
            self._interrupted.clear()
            try:
                await self._catch_up()
                failures, wait_s = 0, self._recheck_s if is_settled else SETTLED_S
                is_settled = True
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
                # The streams subscribe again meanwhile; one that keeps breaking is no reason to ask
                # all the time.
                await self._sleep(LOOK_AGAIN_S if is_settled else SETTLED_S)
                is_settled = False
            except TimeoutError:
                continue

    async def _catch_up(self) -> None:
        """Orders first, then fills: an end that is told has all its fills behind it."""
        await self._rest.load_markets()
        started_ms = self._rest.now_ms()
        unended = [*self._story.working(), *self._story.waiting()]
        wanted = {*self.symbols, *(order.symbol for order in unended)}
        symbols = sorted(one for one in wanted if self._rest.has_market(one))
        told = [order for symbol in symbols for order in await self._rest.open_orders(symbol)]
        orders = {order.venue_order_id: order for order in told}
        for known in self._story.working():
            if known.venue_order_id not in orders and (now := await self._rest.ended(known)):
                orders[now.venue_order_id] = now
        asked = [*orders.values(), *self._story.waiting()]
        self._story.learn(asked)
        for symbol in symbols:
            await self._catch_up_fills(symbol)
        await self._put(self._story.take(asked, [], is_complete=True))
        balances, positions = await self._snapshot()
        self._story.reached(started_ms - OVERLAP_MS)
        await self._events.put(
            CaughtUp(started_ms, balances, positions, tuple(told), tuple(symbols))
        )

    async def _catch_up_fills(self, symbol: str) -> None:
        since_ms = self._since.get(symbol, self._story.fills_since_ms)
        async for fills, until_ms in self._rest.fills(symbol, since_ms):
            await self._put(self._story.take([], fills))
            if until_ms is not None:
                self._since[symbol] = until_ms - OVERLAP_MS
                await self._events.put(FillsTold(symbol, until_ms))

    async def _snapshot(
        self,
    ) -> tuple[tuple[AccountBalance, ...] | None, tuple[AccountPosition, ...] | None]:
        """All balances and positions, asked for while the stream told of none: it is newer."""
        for _ in range(SNAPSHOT_TRIES):
            heard = self._news.count
            balances, positions = await self._rest.balances(), await self._rest.positions()
            if heard == self._news.count:
                self._news.only(balances, positions or ())
                await self._put(self._news.of_balances(balances))
                await self._put(self._news.of_positions(positions or ()))
                return balances, positions
        return None, None
