"""ccxt's objects: a few per venue and process, lent to whoever calls, with keys only meanwhile.

An object per account would cost about 6 MB; a venue's markets are loaded once and shared by all.
"""

from __future__ import annotations

import copy
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from exchanges.core.keys import Keys
from exchanges.venues.ccxt_venue import capabilities_of
from exchanges.venues.key_shapes import has_testnet
from exchanges.venues.recording import Recording
from foundation.lib.errors import BadInput

TIMEOUT_MS = 10_000  # as long as the venues' own engines may take
SESSIONS_MAX = 8
# What markets are made of; every object of a venue refers to the same.
SHARED = (
    "markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id", "codes",
    "baseCurrencies", "quoteCurrencies",
)  # fmt: skip
# What ccxt remembers of an account, or of its last call.
REMEMBERED = (
    "accounts", "accountsById", "balance", "orders", "myTrades", "positions", "triggerOrders",
    "last_http_response", "last_json_response", "last_response_headers", "last_request_headers",
    "last_request_body", "last_request_url",
)  # fmt: skip
Adjust = Callable[[Any], None]


class Sessions:
    """One venue's objects. adjust: changes each before its first call; tests use it."""

    def __init__(self, venue: str, *, testnet: bool = False, adjust: Adjust | None = None) -> None:
        self.capabilities = capabilities_of(venue)
        if testnet and not has_testnet(venue):
            raise BadInput(f"{self.capabilities.name} has no test network")
        self._testnet, self._adjust = testnet, adjust
        self._free: queue.LifoQueue[Any] = queue.LifoQueue()
        self._made, self._lock = 0, threading.Lock()
        self._loaded: dict[str, Any] = {}
        self._options: dict[str, Any] = {}
        self._is_stale = False

    @contextmanager
    def lend(self, keys: Keys | None, offset_ms: int = 0) -> Iterator[tuple[Any, Recording]]:
        """(ccxt's object, what it sends and hears). Keys are in it until the block ends."""
        exchange = self._take()
        recording = Recording()
        recording.watch(exchange)
        if keys is not None:
            exchange.apiKey, exchange.secret = keys.api_key, keys.secret
            exchange.password = keys.passphrase
        exchange.options["timeDifference"] = -offset_ms
        try:
            yield exchange, recording
        finally:
            self._forget(exchange)
            self._free.put(exchange)

    @property
    def is_loaded(self) -> bool:
        return bool(self._loaded)

    def find(self, symbol: str) -> dict[str, Any] | None:
        """ccxt's market, once they are loaded; None where the venue lists none of this name."""
        found: dict[str, Any] | None = self._loaded["markets"].get(symbol)
        return found

    def market(self, symbol: str) -> dict[str, Any]:
        """ccxt's market, once they are loaded; BadInput where the venue has none of this name."""
        found = self.find(symbol)
        if found is None:
            raise BadInput(f"{self.capabilities.name} has no market {symbol}")
        return found

    def load(self, exchange: Any) -> None:
        """Markets for this object: the shared ones, loaded by whoever comes first."""
        with self._lock:
            if not self._loaded:
                exchange.load_markets(self._is_stale)
                self._is_stale = False
                self._loaded = {name: getattr(exchange, name) for name in SHARED}
        for name, value in self._loaded.items():
            setattr(exchange, name, value)

    def reload(self) -> None:
        """Markets are asked for again by the next call."""
        with self._lock:
            self._loaded, self._is_stale = {}, True

    def _take(self) -> Any:
        with self._lock:
            if self._free.empty() and self._made < SESSIONS_MAX:
                self._made += 1
                return self._new()
        return self._free.get()

    def _new(self) -> Any:
        import ccxt

        trading = self.capabilities.trading
        exchange = getattr(ccxt, self.capabilities.ccxt_id)(
            {
                "timeout": TIMEOUT_MS,
                "enableRateLimit": False,  # the pacer does, for all processes
                "maxRetriesOnFailure": 0,  # ccxt would repeat any call, orders too
                "options": dict(trading.options) if trading else {},
            }
        )
        exchange.number = str  # as the venue wrote it; ccxt takes a Decimal for nothing at all
        if self._testnet:
            exchange.set_sandbox_mode(True)
        if self._adjust is not None:
            self._adjust(exchange)
        self._options = self._options or copy.deepcopy(exchange.options)
        return exchange

    def _forget(self, exchange: Any) -> None:
        exchange.apiKey = exchange.secret = exchange.password = ""
        exchange.options = copy.deepcopy(self._options)
        for name in REMEMBERED:
            if getattr(exchange, name, None) is not None:
                setattr(
                    exchange, name, None if name.startswith("last") else _emptied(exchange, name)
                )


def _emptied(exchange: Any, name: str) -> Any:
    return (
        type(getattr(exchange, name))()
        if isinstance(getattr(exchange, name), dict | list)
        else None
    )
