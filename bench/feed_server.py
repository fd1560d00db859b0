"""A venue on localhost that speaks Binance's public REST and streams: python -m bench.feed_server N

Prints its port. Of each of N symbols: the book ten times a second, five trades, a candle every two
seconds, and a ticker every second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

from aiohttp import web

from foundation.lib import clock

STEP_S, MINUTE_MS, LEVELS = 0.1, 60_000, 100
QUIET_EACH = 10  # one market in so many says nothing in the first half of a minute
FILTERS = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
]


def names(count: int) -> list[str]:
    return [f"S{n:03d}" for n in range(count)]


class Venue:
    """step: tenths of a second since the start; each moves every book by one numbered message."""

    def __init__(self, count: int) -> None:
        self.names, self.sockets, self.step = names(count), dict[str, Any](), 0

    async def rest(self, request: web.Request) -> web.Response:
        kind, now_ms = request.path.rpartition("/")[2], clock.now_ms()
        if kind == "exchangeInfo":
            answer: Any = {"timezone": "UTC", "rateLimits": []}
            answer["symbols"] = [_listed(name) for name in self.names]
        elif kind == "klines":
            first_ms, count = (int(request.query[word]) for word in ("startTime", "limit"))
            opens = range(-(-first_ms // MINUTE_MS) * MINUTE_MS, now_ms + 1, MINUTE_MS)
            answer = [_row(open_ms) for open_ms in opens[:count]]
        elif kind == "depth":
            sides = {"bids": (99.0, -0.01), "asks": (100.0, 0.01)}
            answer = {
                side: [[f"{first + n * step:.2f}", "1"] for n in range(LEVELS)]
                for side, (first, step) in sides.items()
            } | {"lastUpdateId": self.step}
        else:
            answer = {"serverTime": now_ms}
        return web.json_response(answer)

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            asked = json.loads(message.data)
            await socket.send_json({"result": None, "id": asked["id"]})
            self.sockets |= dict.fromkeys(asked.get("params", []), socket)
        return socket

    async def run(self) -> None:
        while True:
            begun_s = time.monotonic()
            self.step += 1
            for at, (name, socket) in enumerate(list(self.sockets.items())):
                told = self._message(name, at)
                if told is not None and not socket.closed:
                    with suppress(ConnectionError):  # it was closed meanwhile
                        await socket.send_json(told)
            await asyncio.sleep(max(0.0, STEP_S - (time.monotonic() - begun_s)))

    def _message(self, name: str, at: int) -> dict[str, Any] | None:
        symbol, _, kind = name.partition("@")
        now_ms, step, turn = clock.now_ms(), self.step, self.step + at
        head = {"E": now_ms, "s": symbol.upper()}
        if kind.startswith("depth"):
            bids = [[f"{99 - turn % 20 / 100:.2f}", f"{1 + turn % 7}"], ["98.5", "2"]]
            asks = [[f"{100 + turn % 20 / 100:.2f}", f"{1 + turn % 5}"], ["100.5", "2"]]
            return {"e": "depthUpdate", **head, "U": step, "u": step, "b": bids, "a": asks}
        if kind == "trade" and turn % 2 == 0:
            of = {"t": step, "p": "100.1", "q": "0.5", "T": now_ms, "m": False, "M": True}
            return {"e": "trade", **head, **of}
        is_quiet = at % QUIET_EACH == 0 and now_ms % MINUTE_MS < MINUTE_MS / 2
        if kind.startswith("kline") and turn % 20 == 0 and not is_quiet:
            open_ms = now_ms // MINUTE_MS * MINUTE_MS
            prices = {"o": "100", "h": "101", "l": "99", "c": "100.1", "v": "5"}
            body = {"t": open_ms, "s": symbol.upper(), "i": "1m", "x": False, **prices}
            return {"e": "kline", **head, "k": body}
        if "icker" in kind and turn % 10 == 0:
            of = {"c": "100", "o": "99", "h": "101", "l": "98", "v": "1000", "q": "100000"}
            return {"e": "24hrMiniTicker", **head, **of}
        return None


def _listed(name: str) -> dict[str, Any]:
    return {
        "symbol": f"{name}USDT",
        "status": "TRADING",
        "baseAsset": name,
        "quoteAsset": "USDT",
        "isSpotTradingAllowed": True,
        "permissions": ["SPOT"],
        "orderTypes": ["LIMIT"],
        "filters": FILTERS,
    }


def _row(open_ms: int) -> list[Any]:
    prices = ["100", "101", "99", "100", "5"]
    return [open_ms, *prices, open_ms + MINUTE_MS - 1, "1", 1, "1", "1", "0"]


async def serve(count: int) -> None:
    venue, app = Venue(count), web.Application()
    app.router.add_get("/stream/{rest:.*}", venue.stream)
    app.router.add_get("/api/{rest:.*}", venue.rest)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    sys.stdout.write(f"{site._server.sockets[0].getsockname()[1]}\n")  # type: ignore[attr-defined] # no stub
    sys.stdout.flush()
    await venue.run()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
