"""What an account's stream does not tell, or lost: asked for by REST.

At the start, after every interruption and every RECHECK_S all of it; after news of orders whose
fills the stream leaves out, and of money that it does not count, what these changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from exchanges.core.account_news import News
from exchanges.core.account_stream import (
    AccountBalance,
    AccountEvent,
    AccountPosition,
    CaughtUp,
    FillsTold,
    Story,
)
from exchanges.core.outcomes import VenueFault
from exchanges.feed.account_rest import AccountRest
from exchanges.feed.backoff import backoff_s
from exchanges.feed.ccxt_candles import FAULTS

log = logging.getLogger(__name__)

RECHECK_S = 300.0
UNSTREAMED_S = 60.0  # where a part of it is told by REST alone
SETTLED_S = (
    10.0  # by then a subscription that was under way tells; what came before it is asked for
)
LOOK_AGAIN_S = 0.2  # for what came while ccxt was not being listened to
ASK_EVERY_S = 1.0
OVERLAP_MS = 120_000  # a venue may show a fill by REST later than it happened
SNAPSHOT_TRIES = 3  # an account on which something happens all the time is never quite still
IsFinal = Callable[[Exception], Awaitable[bool]]
Put = Callable[[Iterable[AccountEvent]], Awaitable[None]]


class CatchingUp:
    """One account. symbols: shared with whoever learns of new ones. is_final: whether a fault ends
    the stream for good."""

    def __init__(
        self,
        rest: AccountRest,
        story: Story,
        news: News,
        *,
        symbols: list[str],
        since: dict[str, int],
        put: Put,
        is_final: IsFinal,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.rest, self.story, self.news = rest, story, news
        self.symbols, self._since = symbols, since
        self._put, self._is_final, self.sleep = put, is_final, sleep
        wanted = {"orders", "fills", "balances"}
        wanted |= {"positions"} if rest.trading.positions else set()
        is_whole = wanted <= rest.trading.streams | rest.trading.stirs
        self.every_s = RECHECK_S if is_whole else UNSTREAMED_S
        self.interrupted = asyncio.Event()
        self.orders_moved, self.money_moved = asyncio.Event(), asyncio.Event()

    async def recheck(self) -> None:
        """REST, now and again; at the start and after an interruption twice: what happens between
        the first answer and the subscription is told by neither."""
        failures, is_settled = 0, False
        while True:
            self.interrupted.clear()
            try:
                await self._catch_up()
                failures, wait_s = 0, self.every_s if is_settled else SETTLED_S
                is_settled = True
            except (*FAULTS, VenueFault) as fault:
                if await self._is_final(fault):
                    return
                failures += 1
                wait_s = max(backoff_s(failures), getattr(fault, "retry_after_s", None) or 0)
                account, kind = self.rest.account, type(fault).__name__
                log.warning("account %s not caught up: %s", account, kind)
                await self.sleep(wait_s)
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self.interrupted.wait()
                # The streams subscribe again meanwhile; one that keeps breaking is no reason to ask
                # all the time.
                await self.sleep(LOOK_AGAIN_S if is_settled else SETTLED_S)
                is_settled = False
            except TimeoutError:
                continue

    async def ask_orders(self) -> None:
        """Where orders are only heard of, or their fills are left out."""
        await self._ask(self.orders_moved, self._catch_up)

    async def ask_money(self) -> None:
        """A stream says that money moved; how much there is, is asked for."""
        await self._ask(self.money_moved, self._money)

    async def _ask(self, moved: asyncio.Event, call: Callable[[], Awaitable[None]]) -> None:
        while True:
            await moved.wait()
            await asyncio.sleep(ASK_EVERY_S)
            moved.clear()
            try:
                await call()
            except (*FAULTS, VenueFault) as fault:
                if await self._is_final(fault):
                    return
                self.interrupted.set()  # the recheck asks for it as well, and waits

    async def _money(self) -> None:
        await self._put(self.news.of_balances(await self.rest.balances()))
        if self.rest.trading.positions and "positions" not in self.rest.trading.streams:
            await self._snapshot()

    async def _catch_up(self) -> None:
        """Orders first, then fills: an end that is told has all its fills behind it."""
        await self.rest.load_markets()
        started_ms = self.rest.now_ms()
        unended = [*self.story.working(), *self.story.waiting()]
        wanted = {*self.symbols, *(order.symbol for order in unended)}
        symbols = sorted(one for one in wanted if self.rest.has_market(one))
        told = [order for symbol in symbols for order in await self.rest.open_orders(symbol)]
        orders = {order.venue_order_id: order for order in told}
        for known in self.story.working():
            if known.venue_order_id not in orders and (now := await self.rest.ended(known)):
                orders[now.venue_order_id] = now
        asked = [*orders.values(), *self.story.waiting()]
        self.story.learn(asked)
        for symbol in symbols:
            await self._catch_up_fills(symbol)
        await self._put(self.story.take(asked, [], is_complete=True))
        balances, positions = await self._snapshot()
        self.story.reached(started_ms - OVERLAP_MS)
        await self._put([CaughtUp(started_ms, balances, positions, tuple(told), tuple(symbols))])

    async def _catch_up_fills(self, symbol: str) -> None:
        since_ms = self._since.get(symbol, self.story.fills_since_ms)
        async for fills, until_ms in self.rest.fills(symbol, since_ms):
            await self._put(self.story.take([], fills))
            if until_ms is not None:
                self._since[symbol] = until_ms - OVERLAP_MS
                await self._put([FillsTold(symbol, until_ms)])

    async def _snapshot(
        self,
    ) -> tuple[tuple[AccountBalance, ...] | None, tuple[AccountPosition, ...] | None]:
        """All balances and positions, asked for while the stream told of none: it is newer."""
        for _ in range(SNAPSHOT_TRIES):
            heard = self.news.count
            balances, positions = await self.rest.balances(), await self.rest.positions()
            if heard == self.news.count:
                closed = self.news.only(balances, positions or ())
                await self._put(self.news.of_balances(balances))
                await self._put(self.news.of_positions([*closed, *(positions or ())]))
                return balances, positions
        return None, None
