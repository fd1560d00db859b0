"""Gateways of unmodified ccxt whose addresses lead to a local exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from exchanges.core.keys import Keys
from exchanges.core.pacing import Priority
from exchanges.core.symbols import parse_symbol
from exchanges.tests.gateway import server
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
KEYS = Keys("key-that-nobody-sees", "secret-that-nobody-sees", "phrase-that-nobody-sees")
TIMEOUT_MS = 400


@dataclass
class NoLimits:
    """Counts what is asked of it; a limiter has tests of its own."""

    taken: list[tuple[str, int, Priority, bool]] = field(default_factory=list)
    refusals: list[tuple[str, float | None, bool]] = field(default_factory=list)

    def take(self, account: str, weight: int, priority: Priority, *, order: bool = False) -> None:
        self.taken.append((account, weight, priority, order))

    def refused(self, account: str, retry_after_s: float | None, *, banned: bool = False) -> None:
        self.refusals.append((account, retry_after_s, banned))

    def offset_ms(self) -> int:
        return 0


@dataclass
class World:
    gateway: Gateway
    exchange: server.Exchange
    pacer: NoLimits
    symbol: str


ORDER_TYPES = [
    "LIMIT", "MARKET", "LIMIT_MAKER", "STOP", "STOP_MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT",
    "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TAKE_PROFIT_LIMIT", "TRAILING_STOP_MARKET",
]  # fmt: skip


def market(exchange: Any, symbol: str) -> dict[str, Any]:
    """A market with steps and minimums, as ccxt would have read it."""
    is_swap = ":" in symbol
    pair = parse_symbol(symbol)
    base: dict[str, Any] = exchange.safe_market_structure()
    return base | {
        "id": pair.base + pair.quote, "symbol": symbol, "base": pair.base, "quote": pair.quote,
        "baseId": pair.base, "quoteId": pair.quote, "settle": "USDT" if is_swap else None,
        "active": True,
        "settleId": "USDT" if is_swap else None, "type": "swap" if is_swap else "spot",
        "spot": not is_swap, "swap": is_swap, "future": False, "option": False,
        "contract": is_swap, "linear": True if is_swap else None,
        "inverse": False if is_swap else None, "contractSize": 1 if is_swap else None,
        "margin": False, "index": None,
        "precision": {"amount": 0.001, "price": 0.1},
        "limits": {"amount": {"min": 0.001, "max": 100}, "cost": {"min": 5, "max": None},
                   "price": {"min": 0.1, "max": 1_000_000}, "leverage": {}, "market": {}},
        "info": {"filters": [], "orderTypes": ORDER_TYPES},
    }  # fmt: skip


def lead_to(url: str, *symbols: str) -> Callable[[Any], None]:
    """Change nothing of ccxt's object but its addresses; its markets are known already."""

    def moved(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: moved(one) for name, one in part.items()}
        if not isinstance(part, str) or not part.startswith("http"):
            return part
        return url + "".join(f"/{one}" for one in part.split("/")[3:])

    def adjust(exchange: Any) -> None:
        exchange.timeout = TIMEOUT_MS
        exchange.urls["api"] = moved(
            {n: a.replace("{hostname}", "x") if isinstance(a, str) else a
             for n, a in exchange.urls["api"].items()}
        )  # fmt: skip
        exchange.set_markets([market(exchange, symbol) for symbol in symbols])

    return adjust


SPEAKERS = {"binance": server.binance, "binanceusdm": server.binance, "bybit": server.bybit}


@pytest.fixture
def world_of() -> Iterator[Callable[..., World]]:
    made: list[server.Exchange] = []

    def build(
        venue: str, symbol: str, speak: server.Speak | None = None, keys: Keys = KEYS
    ) -> World:
        exchange = server.Exchange(speak or SPEAKERS[venue])
        made.append(exchange)
        sessions = Sessions(venue, adjust=lead_to(exchange.url, symbol))
        pacer = NoLimits()
        return World(Gateway(sessions, keys, pacer, account="7"), exchange, pacer, symbol)

    yield build
    for exchange in made:
        exchange.close()
