"""One account at one venue through ccxt.pro: orders, fills, balances, positions.

The stream tells at once, as far as the venue's tells it (`Trading.streams`); REST tells the rest,
and what the stream lost, in `catching_up`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from functools import partial
from typing import Any

from ccxt.base.errors import ArgumentsRequired, AuthenticationError, NotSupported

from exchanges.core.account_news import News
from exchanges.core.account_stream import AccountEvent, Story
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Pacer
from exchanges.feed import account_words as words
from exchanges.feed import catching_up
from exchanges.feed.account_rest import AccountRest
from exchanges.feed.backoff import backoff_s
from exchanges.feed.catching_up import CatchingUp
from exchanges.feed.ccxt_candles import FAULTS
from exchanges.feed.sockets import read_steadily
from exchanges.venues.capabilities import Trading

log = logging.getLogger(__name__)

SILENCE_S_MAX = 60.0  # an account may be quiet; then the subscription is made sure of
QUEUE_MAX = 10_000
Call = Callable[[], Awaitable[Any]]


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
        self._stirred = asyncio.Event()
        self.exchange = read_steadily(exchange, heard=self._stirred.set)
        self.pacer, self.account, self._sleep = pacer, account, sleep
        self.symbols = list(symbols)
        self._trading, self._rest = trading, AccountRest(exchange, trading, pacer, account)
        self._story, self._news = Story(since_ms), News()
        self._events: asyncio.Queue[AccountEvent | VenueFault] = asyncio.Queue(QUEUE_MAX)
        self._looked: dict[str, dict[str, tuple[Any, ...]]] = {}  # ccxt's rows as last seen
        self._infos: dict[str, dict[str, Any]] = {}  # orders as the venue put them together
        self._asking = CatchingUp(
            self._rest, self._story, self._news, symbols=self.symbols, since=dict(since or {}),
            put=self._put, is_final=self._is_final, sleep=self._pause,
        )  # fmt: skip

    async def events(self) -> AsyncGenerator[AccountEvent]:
        """For ever; VenueFault AUTH once the keys are refused."""
        asking = self._asking
        loops = [self._look(), asking.recheck(), asking.ask_orders(), asking.ask_money()]
        loops += [self._follow(name, call) for name, call in self._watched()]
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

    def _watched(self) -> Iterator[tuple[str, Call]]:
        """(ccxt's name, the call) of everything that is followed there."""
        heard = self._trading.streams | self._trading.stirs
        for kind in self._trading.stream_kinds:
            given = (None, None, None, dict(kind))
            if "orders" in heard:
                yield "watchOrders", partial(self.exchange.watch_orders, *given)
            if "fills" in heard:
                yield "watchMyTrades", partial(self.exchange.watch_my_trades, *given)
        if "balances" in heard:
            for kind in self._trading.balance_lists:
                yield "watchBalance", partial(self._balance, dict(kind))
        if "positions" in heard and self._trading.positions:
            yield "watchPositions", self._positions

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

    async def _follow(self, name: str, call: Call) -> None:
        failures = 0
        if not self.exchange.has.get(name):
            self._asking.every_s = catching_up.UNSTREAMED_S
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
                self._asking.every_s = catching_up.UNSTREAMED_S
                log.warning("%s has no %s: %s", self.exchange.name, name, type(fault).__name__)
                return
            except FAULTS as fault:
                if await self._is_final(fault):
                    return
                failures += 1
                self._asking.interrupted.set()
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
                await asyncio.sleep(catching_up.LOOK_AGAIN_S)

    async def _look_once(self) -> bool:
        size, streams = self._rest.size, self._trading.streams
        moved = self._changed("orders", "status", "filled", "remaining")
        traded = self._changed("myTrades", "price")
        for row in (*moved, *traded):
            if row["symbol"] and row["symbol"] not in self.symbols:
                self.symbols.append(row["symbol"])
        rows = [self._whole(row) for row in moved] if "orders" in streams else []
        orders = [one for one in (words.order_of(row, size(row)) for row in rows) if one]
        sign = self._trading.stream_fee_sign
        whole = [row for row in traded if self._is_told_whole(row)]
        fills = [words.fill_of(row, size(row), sign) for row in whole]
        await self._put(self._story.take(orders, [one for one in fills if one]))
        is_untold = len(whole) < len(traded) or (moved and "orders" not in streams)
        if is_untold or self._story.lacks_fills(orders):
            self._asking.orders_moved.set()
        if (moved or traded) and not self._counts_money:
            self._asking.money_moved.set()
        return bool(moved or traded)

    @property
    def _counts_money(self) -> bool:
        """Whether the stream tells by itself how much there is after a fill."""
        untold = {"balances"} | ({"positions"} if self._trading.positions else set())
        return untold <= self._trading.streams

    def _is_told_whole(self, trade: dict[str, Any]) -> bool:
        """Whether the stream tells all there is to know of this execution."""
        is_spot = ":" not in str(trade["symbol"])
        return "fills" in self._trading.streams and (is_spot or self._trading.contract_fills)

    def _whole(self, row: dict[str, Any]) -> dict[str, Any]:
        """Where a message tells only what has changed: with what it told before."""
        if self._trading.ends_early and ":" in str(row["symbol"]) and row["status"] == "closed":
            return row | {"status": "closed" if row["remaining"] == 0 else "open"}
        if not self._trading.orders_in_parts:
            return row
        told = self._infos.get(str(row["id"]), {}) | row["info"]
        kept = {str(one["id"]) for one in self.exchange.orders or ()}
        self._infos = {key: one for key, one in self._infos.items() if key in kept}
        self._infos[str(row["id"])] = told
        whole: dict[str, Any] = self.exchange.parse_order(told)
        return whole

    def _changed(self, cache: str, *fields: str) -> list[dict[str, Any]]:
        """Rows of a cache of ccxt's that are not as they were."""
        rows = {f"{r['symbol']} {r['id']}": r for r in getattr(self.exchange, cache, None) or ()}
        seen = {key: tuple(row.get(name) for name in fields) for key, row in rows.items()}
        before, self._looked[cache] = self._looked.get(cache, {}), seen
        return [rows[key] for key in rows if before.get(key) != seen[key]]

    async def _balance(self, kind: dict[str, Any]) -> None:
        told = await self.exchange.watch_balance(kind)
        if "balances" in self._trading.streams and words.is_whole(told):
            await self._put(self._news.of_balances(words.balances_of(told)))
        else:
            self._asking.money_moved.set()

    async def _positions(self) -> None:
        rows = await self.exchange.watch_positions()
        told = [words.position_of(row, self._rest.size(row)) for row in rows]
        await self._put(self._news.of_positions(one for one in told if one is not None))

    async def _pause(self, wait_s: float) -> None:
        await self._sleep(wait_s)  # which tests change later

    async def _put(self, events: Iterable[AccountEvent]) -> None:
        for event in events:
            await self._events.put(event)
