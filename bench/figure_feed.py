"""One feed process on 200 markets of a venue: how much of a core it takes, and that it keeps up.

Unmodified ccxt with its own rate limits, over real sockets, from the message to PostgreSQL and
Redis. The venue is another process and does not count.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.database import own_database
from bench.feed_server import MINUTE_MS, names
from bench.harness import PROJECT, Row, row
from foundation.lib import clock

SYMBOLS, SETTLE_S, MEASURED_S = 200, 10.0, 90.0  # a whole close of a minute is in it
WAIT_S_MAX, LOOK_S = 240.0, 0.25
NAMES = (
    "exchanges.feed_200_symbols_core",
    "exchanges.feed_200_symbols_book_age",
    "exchanges.feed_200_symbols_candle_delay",
)


def measure() -> Iterator[Row]:
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.feed_server", str(SYMBOLS)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with own_database():
            core, book_age_s, delay_s = asyncio.run(_measured(port))
    finally:
        server.kill()
        server.wait()
    sys.stdout.write(f"{'':28} the machine's load was {os.getloadavg()[0]:.1f} meanwhile\n")
    yield row(NAMES[0], core, "core")
    yield row(NAMES[1], book_age_s, "s")
    yield row(NAMES[2], delay_s, "s")


async def _measured(port: int) -> tuple[float, float, float]:
    """(share of a core, oldest book in s, last candle's close after its minute in s)."""
    from asgiref.sync import sync_to_async
    from django.db import connections

    from exchanges.feed.ccxt_pro import CcxtSource
    from exchanges.feed.stream import Stream

    symbols = [f"{name}/USDT" for name in names(SYMBOLS)]
    source = CcxtSource(_exchange(port), symbols, page_max=1000, tickers=_exchange(port))
    closed_at_ms = dict[tuple[str, int], int]()

    async def on_closed(_venue: str, symbol: str, timeframe: str, open_ms: int) -> None:
        if timeframe == "1m":
            closed_at_ms[symbol, open_ms] = clock.now_ms()

    running = asyncio.create_task(Stream("bench", source, on_closed).run())
    try:
        async with asyncio.timeout(WAIT_S_MAX):
            while not _is_whole(source) and not running.done():
                await asyncio.sleep(LOOK_S)
        await asyncio.sleep(SETTLE_S)
        begun_ms, cpu_s, begun_s = clock.now_ms(), time.process_time(), time.monotonic()
        book_age_s = 0.0
        while time.monotonic() - begun_s < MEASURED_S:
            await asyncio.sleep(LOOK_S)
            book_age_s = max(book_age_s, _book_age_s(source))
        core = (time.process_time() - cpu_s) / (time.monotonic() - begun_s)
        assert not source.stale(), f"silent channels: {source.stale()}"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sync_to_async(connections.close_all)()
    return core, book_age_s, _delay_s(closed_at_ms, begun_ms)


def _is_whole(source: Any) -> bool:
    """Every market's book has come."""
    return len(source._books._reach) == SYMBOLS


def _book_age_s(source: Any) -> float:
    now_ms = time.monotonic() * 1000
    ages_ms = (now_ms - ms for (_, of), ms in source._watch.heard_ms.items() if of == "book")
    return float(max(ages_ms)) / 1000


def _delay_s(closed_at_ms: dict[tuple[str, int], int], begun_ms: int) -> float:
    """Of the first whole minute's end after this moment; every market must have closed there."""
    end_ms = -(-begun_ms // MINUTE_MS) * MINUTE_MS
    found = [at - end_ms for (_, ms), at in closed_at_ms.items() if ms + MINUTE_MS == end_ms]
    assert len(found) == SYMBOLS, f"{len(found)} of {SYMBOLS} candles closed"
    return max(found) / 1000


def _exchange(port: int) -> Any:
    import ccxt.pro

    exchange = ccxt.pro.binance({"newUpdates": True, "timeout": 15_000, "enableRateLimit": True})
    exchange.options["fetchMarkets"] = {"types": ["spot"]}
    exchange.options["fetchCurrencies"] = False
    rest, ws = f"http://127.0.0.1:{port}/api/v3", {"spot": f"ws://127.0.0.1:{port}/stream"}
    exchange.urls["api"] = {**exchange.urls["api"], "public": rest, "v1": rest, "ws": ws}
    return exchange
