"""A thousand accounts on one venue in one process, each called once, beside ccxt's own objects."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.harness import Row, row

NAMES = ("exchanges.memory_per_account", "exchanges.memory_1000_accounts")
ACCOUNTS, THEIRS, MARKETS = 1_000, 40, 2_000


class NoLimits:
    def take(self, account: str, weight: int, priority: Any, *, order: bool = False) -> None:
        """As much as anybody wants."""

    def refused(self, account: str, retry_after_s: float | None, *, banned: bool = False) -> None:
        """Nobody refuses here."""

    def offset_ms(self) -> int:
        return 0


def resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024 / 1024


def markets(exchange: Any) -> list[dict[str, Any]]:
    """As many as Binance has, each as ccxt describes one."""
    made = []
    for number in range(MARKETS):
        base = f"C{number}"
        made.append(
            exchange.safe_market_structure()
            | {
                "id": f"{base}USDT", "symbol": f"{base}/USDT", "base": base, "quote": "USDT",
                "baseId": base, "quoteId": "USDT", "type": "spot", "spot": True, "active": True,
                "precision": {"amount": 0.001, "price": 0.1},
                "limits": {"amount": {"min": 0.001}, "cost": {"min": 5}, "price": {}},
                "info": {"filters": [{"filterType": "LOT_SIZE", "n": number}] * 10},
            }
        )  # fmt: skip
    return made


def measure() -> Iterator[Row]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")
    import ccxt
    import django

    django.setup()

    from exchanges.core.keys import Keys
    from exchanges.venues.gateway import Gateway
    from exchanges.venues.sessions import Sessions

    balance = {"balances": [{"asset": "USDT", "free": "1", "locked": "0"}]}

    def adjust(exchange: Any) -> None:
        exchange.set_markets(markets(exchange))
        exchange.privateGetAccount = lambda *_args, **_kwargs: balance

    ccxt.binance()  # what importing and the first object cost is not the accounts'
    before = resident_mb()
    sessions = Sessions("binance", adjust=adjust)
    gateways = [
        Gateway(sessions, Keys(f"key {n}" * 10, f"secret {n}" * 10), NoLimits(), account=str(n))
        for n in range(ACCOUNTS)
    ]
    assert all(one.balances() for one in gateways)
    ours = resident_mb() - before
    shared = ccxt.binance()
    shared.set_markets(markets(shared))
    before = resident_mb()
    kept = [ccxt.binance() for _ in range(THEIRS)]
    for one in kept:
        one.markets = shared.markets
    theirs = (resident_mb() - before) / THEIRS
    peer = "an object of ccxt's, markets shared"
    yield row(NAMES[0], 1024 * ours / ACCOUNTS, "kB", peer, 1024 * theirs)
    yield row(NAMES[1], ours, "MB", f"{ACCOUNTS} objects of ccxt's", ACCOUNTS * theirs)
