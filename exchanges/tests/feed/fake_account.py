"""One account of a small exchange on localhost: Binance's signed REST and its user data stream.

What happens to the account and what is told of it are two things: a test decides which.
"""

import asyncio
import json
from contextlib import suppress

from aiohttp import web

from exchanges.tests.fake_binance import SYMBOL
from foundation.lib import clock


class FakeAccount:
    """orders, trades: what REST tells. `fault`: answered to signed REST instead, (status, body)."""

    def __init__(self):
        self.orders, self.trades, self.cash = {}, [], 1000.0
        self.sockets, self.asked, self.fault = [], [], None
        self.refuses_streams, self.written = False, []
        self.t0_ms = clock.now_ms()  # a venue tells fills of lately
        self.subscribed = asyncio.Queue()

    async def __aenter__(self):
        app = web.Application()
        app.router.add_get("/ws-api", self._serve)
        app.router.add_get("/api/v3/{name:.*}", self._rest)
        app.router.add_route("*", "/api/v3/{name:.*}", self._write)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.cut()
        await self._runner.cleanup()

    def adjust(self, exchange):
        http, ws = f"http://127.0.0.1:{self.port}/api/v3", f"ws://127.0.0.1:{self.port}/ws-api"
        exchange.enableRateLimit = False
        exchange.options["fetchMarkets"] = {"types": ["spot"]}
        exchange.options["fetchCurrencies"] = exchange.options["fetchMargins"] = False
        api = {**exchange.urls["api"], "public": http, "private": http}
        exchange.urls["api"] = {**api, "ws": {"spot": ws, "ws-api": {"spot": ws}}}

    def place(self, number):
        self.orders[number] = {
            "symbol": "BTCUSDT", "orderId": number, "orderListId": -1,
            "clientOrderId": f"mine-{number}", "price": "100", "origQty": "3",
            "executedQty": "0", "cummulativeQuoteQty": "0", "status": "NEW",
            "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "time": self.t0_ms,
            "updateTime": self.t0_ms,
        }  # fmt: skip
        return self.report(number, "NEW")

    def fill(self, number, trade_id):
        """A third of the order executes; the message that the stream would tell."""
        order, at_ms = self.orders[number], self.t0_ms + trade_id
        done = int(order["executedQty"]) + 1
        status = "FILLED" if done == 3 else "PARTIALLY_FILLED"
        order |= {"executedQty": str(done), "status": status, "updateTime": at_ms}
        order["cummulativeQuoteQty"] = str(100 * done)
        self.trades.append(
            {
                "symbol": "BTCUSDT", "id": trade_id, "orderId": number, "price": "100.1",
                "qty": "1", "quoteQty": "100.1", "commission": "0.0123", "time": at_ms,
                "commissionAsset": "USDT", "isBuyer": True, "isMaker": True, "isBestMatch": True,
            }
        )  # fmt: skip
        return self.report(number, "TRADE", trade_id)

    def report(self, number, kind, trade_id=-1):
        order, done = self.orders[number], kind == "TRADE"
        return {
            "e": "executionReport", "E": self.t0_ms, "s": "BTCUSDT", "c": order["clientOrderId"],
            "S": "BUY", "o": "LIMIT", "f": "GTC", "q": "3", "p": "100", "P": "0", "C": "",
            "x": kind, "X": order["status"], "r": "NONE", "i": number, "O": self.t0_ms, "m": True,
            "l": "1" if done else "0", "z": order["executedQty"], "Z": order["cummulativeQuoteQty"],
            "L": "100.1" if done else "0", "n": "0.0123" if done else "0",
            "N": "USDT" if done else None, "T": self.t0_ms + max(trade_id, 0), "t": trade_id,
        }  # fmt: skip

    async def tell(self, *messages):
        for message in messages:
            for socket in self.sockets:
                with suppress(ConnectionError):  # of one that has gone
                    await socket.send_json({"subscriptionId": 0, "event": message})

    async def tell_cash(self, free, locked):
        balances = [{"a": "USDT", "f": free, "l": locked}]
        await self.tell({"e": "outboundAccountPosition", "E": self.t0_ms, "u": self.t0_ms,
                         "B": balances})  # fmt: skip

    def cut(self):
        """Every connection breaks without a word."""
        for socket in self.sockets:
            if socket._req.transport:
                socket._req.transport.abort()
        self.sockets.clear()

    async def _serve(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            asked = json.loads(message.data)
            if self.refuses_streams:
                error = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
                await socket.send_json({"id": asked["id"], "status": 401, "error": error})
                continue
            result = {"subscriptionId": 0}
            await socket.send_json({"id": asked["id"], "status": 200, "result": result})
            self.sockets.append(socket)
            await self.subscribed.put(asked["method"])
        return socket

    async def _rest(self, request):
        name, query = request.match_info["name"], request.query
        if name == "exchangeInfo":
            return web.json_response({"timezone": "UTC", "rateLimits": [], "symbols": [SYMBOL]})
        self.asked.append((name, dict(query)))
        if self.fault is not None:
            status, body, *headers = self.fault
            return web.json_response(body, status=status, headers=headers[0] if headers else None)
        return web.json_response(self._answer(name, query))

    async def _write(self, request):
        self.written.append((request.method, request.path))
        return web.json_response({"code": -1, "msg": "nobody writes here"}, status=400)

    def _answer(self, name, query):
        if name == "openOrders":
            return [one for one in self.orders.values() if one["status"] in
                    ("NEW", "PARTIALLY_FILLED")]  # fmt: skip
        if name == "order":
            return self.orders[int(query["orderId"])]
        if name == "myTrades":
            since, most = int(query.get("startTime", 0)), int(query.get("limit", 500))
            after = int(query.get("fromId", 0))
            told = [one for one in self.trades if one["time"] >= since and one["id"] >= after]
            return told[:most]
        cash = {"asset": "USDT", "free": str(self.cash), "locked": "0.0"}
        return {"balances": [cash], "permissions": ["SPOT"], "updateTime": self.t0_ms}
