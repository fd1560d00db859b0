"""One feed process on 200 symbols of a venue: how much of a core it takes, and that it keeps up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench.database import own_database
from bench.feed_server import names
from bench.harness import PROJECT, Row, row
from foundation.lib import clock

NAMES = ("exchanges.feed_200_symbols_core",)
SYMBOLS, SETTLE_S, MEASURED_S = 200, 10.0, 90.0  # a whole close of a minute is in it
WAIT_S_MAX = 180.0


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
            share, events_per_s = asyncio.run(_measured(port))
    finally:
        server.kill()
        server.wait()
    sys.stdout.write(f"{'':28} {events_per_s:,.0f} events/s reached the feed\n")
    yield row(NAMES[0], share * 100, "%")


async def _measured(port: int) -> tuple[float, float]:
    """(share of a core, events a second)."""
    from asgiref.sync import sync_to_async
    from django.db import connections

    from exchanges.feed.ccxt_pro import CcxtSource
    from exchanges.feed.stream import Stream

    symbols = [f"{name}/USDT" for name in names(SYMBOLS)]
    exchange, tickers, heard = _exchange(port), _exchange(port), Counter[str]()
    source = CcxtSource(exchange, symbols, page_max=1000, tickers=tickers)

    lags_s: list[float] = []

    async def on_closed(*_: Any) -> None:
        heard["closed"] += 1
        lags_s.append(clock.now_ms() % 60_000 / 1000)

    stream = Stream("bench", source, on_closed)
    take = stream._take

    async def counted(event: Any) -> None:
        heard[type(event).__name__] += 1
        await take(event)

    stream._take = counted  # type: ignore[method-assign]
    running = asyncio.create_task(stream.run())
    try:
        async with asyncio.timeout(WAIT_S_MAX):
            while not heard["Depth"] and not running.done():
                await asyncio.sleep(0.5)
        await asyncio.sleep(SETTLE_S)
        heard.clear()
        lags_s.clear()
        cpu_s, begun_s = time.process_time(), time.monotonic()
        await asyncio.sleep(MEASURED_S)
        cpu_s, taken_s = time.process_time() - cpu_s, time.monotonic() - begun_s
        assert heard["closed"] >= SYMBOLS, f"candles closed late: {heard}"
        sys.stdout.write(f"{'':28} last candle {max(lags_s):.1f} s after its minute\n")
        assert not source.stale(), f"silent channels: {source.stale()}"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sync_to_async(connections.close_all)()
    return cpu_s / taken_s, heard.total() / taken_s


def _exchange(port: int) -> Any:
    import ccxt.pro

    exchange = ccxt.pro.binance({"newUpdates": True, "timeout": 15_000, "enableRateLimit": False})
    exchange.options["fetchMarkets"] = {"types": ["spot"]}
    exchange.options["fetchCurrencies"] = False
    rest, ws = f"http://127.0.0.1:{port}/api/v3", {"spot": f"ws://127.0.0.1:{port}/stream"}
    exchange.urls["api"] = {**exchange.urls["api"], "public": rest, "v1": rest, "ws": ws}
    return exchange
