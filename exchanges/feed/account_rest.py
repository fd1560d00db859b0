"""One account over REST beside its stream: within the venue's limits, by its clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from ccxt.base.errors import (
    DDoSProtection,
    ExchangeError,
    InvalidNonce,
    NotSupported,
    OrderNotFound,
    RateLimitExceeded,
)

from exchanges.core.account_stream import (
    AccountBalance,
    AccountFill,
    AccountOrder,
    AccountPosition,
)
from exchanges.core.pacing import Pacer, Priority
from exchanges.core.trade_walk import TradeWalk
from exchanges.feed import account_words as words
from exchanges.venues import venue_clock
from exchanges.venues.capabilities import Trading
from exchanges.venues.executions import identified
from exchanges.venues.limits import limits_of
from exchanges.venues.recording import is_refusal
from exchanges.venues.sessions import SHARED
from exchanges.venues.unified import contract_size
from foundation.lib import clock

OK = 200
# (venue, test network) -> its markets, as whoever came first loaded them: 6 MB an account else.
_MARKETS: dict[tuple[str, bool], dict[str, Any]] = {}
# One load a venue: many accounts begin at once, and each of them in several tasks.
_LOADING: WeakKeyDictionary[Any, dict[tuple[str, bool], asyncio.Lock]] = WeakKeyDictionary()


def heeding(exchange: Any) -> Any:
    """It, hearing a refusal that ccxt has no name for: it makes an empty list of those."""
    plain = exchange.handle_errors

    def handle_errors(status: int, reason: str, url: str, method: str, *rest: Any) -> Any:
        found = plain(status, reason, url, method, *rest)
        if status == OK and is_refusal(str(rest[1])):
            raise ExchangeError(f"{exchange.id} refuses the question")
        return found

    exchange.handle_errors = handle_errors
    return exchange


class AccountRest:
    """Calls of one account by ccxt.pro's object; ccxt's faults go through."""

    def __init__(self, exchange: Any, trading: Trading, pacer: Pacer, account: str) -> None:
        self.exchange, self.trading, self.pacer = heeding(exchange), trading, pacer
        self.account = account
        self._weight = limits_of(exchange.id).usual_weight

    def now_ms(self) -> int:
        """By the venue's clock."""
        return clock.now_ms() + self.pacer.offset_ms()

    async def load_markets(self) -> None:
        """Those of the venue, shared by all its accounts in this process."""
        if self.exchange.markets:
            return
        key = (self.exchange.id, bool(getattr(self.exchange, "isSandboxModeEnabled", False)))
        locks = _LOADING.setdefault(asyncio.get_running_loop(), {})
        async with locks.setdefault(key, asyncio.Lock()):
            if key not in _MARKETS:
                await self.call(self.exchange.load_markets)
                _MARKETS[key] = {name: getattr(self.exchange, name) for name in SHARED}
        for name, value in _MARKETS[key].items():
            setattr(self.exchange, name, value)

    def has_market(self, symbol: str) -> bool:
        return symbol in (self.exchange.markets or {})

    async def open_orders(self, symbol: str) -> list[AccountOrder]:
        """With those that wait for a price, where the venue lists them apart."""
        found = {}
        for apart in ((), *self.trading.waiting_lists):
            fetch = self.exchange.fetch_open_orders
            for row in await self.call(fetch, symbol, None, None, dict(apart)):
                order = words.order_of(row, self.size(row))
                if order is not None:
                    found[order.venue_order_id] = order
        return list(found.values())

    async def ended(self, known: AccountOrder) -> AccountOrder | None:
        """How it stands now; None: the venue does not say."""
        is_apart = known.trigger_price is not None and self.trading.triggers_apart
        params = dict(self.trading.order_params) | ({"trigger": True} if is_apart else {})
        try:
            fetch = self.exchange.fetch_order
            row = await self.call(fetch, known.venue_order_id, known.symbol, params)
        except (OrderNotFound, NotSupported):
            return None  # reads may lag behind: the next look asks again
        return words.order_of(row, self.size(row))

    async def fills(
        self, symbol: str, since_ms: int
    ) -> AsyncIterator[tuple[list[AccountFill], int | None]]:
        """(executions, up to when all were told), page by page."""
        listing = self.trading.trades
        asked = None if listing.of_all_markets else symbol
        walk = TradeWalk(listing, since_ms, self.now_ms())
        while (ask := walk.ask) is not None:
            fetch = self.exchange.fetch_my_trades
            rows = await self.call(fetch, asked, ask.since_ms, ask.limit, ask.params)
            walk.told(rows)
            mine = identified(row for row in rows if row["symbol"] == symbol)
            told = [words.fill_of(row, self.size(row)) for row in mine]
            yield [one for one in told if one], walk.complete_ms

    async def balances(self) -> tuple[AccountBalance, ...]:
        told: dict[str, AccountBalance] = {}
        for params in self.trading.balance_lists:
            fetched = await self.call(self.exchange.fetch_balance, dict(params))
            for one in words.balances_of(fetched):
                told[one.asset] = one.beside(told.get(one.asset))
        return tuple(one for one in told.values() if one.free or one.locked)

    async def positions(self) -> tuple[AccountPosition, ...] | None:
        """Open ones; None where the venue lists none."""
        if not self.trading.positions or not self.exchange.has.get("fetchPositions"):
            return None
        told = [
            words.position_of(row, self.size(row))
            for params in self.trading.position_lists
            for row in await self.call(self.exchange.fetch_positions, None, dict(params))
        ]
        return tuple(one for one in told if one is not None and one.quantity)

    def size(self, row: Any) -> Decimal:
        """Venues count contracts; we count what they are made of, as the gateway does."""
        markets = self.exchange.markets or {}
        return contract_size(markets.get(row.get("symbol")) or {})

    async def call(self, method: Callable[..., Awaitable[Any]], *args: Any) -> Any:
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
