"""What each venue says on its private stream, and over REST beside it: one conversation a venue.

Each tells of one account with one order of 2 at 100 that is filled in parts of 1 at 100.1 with a
fee of 0.01. What happens and what is told are two things: a test decides which.
"""

from __future__ import annotations

import gzip
import json
from abc import abstractmethod
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from exchanges.tests.feed.private_server import PrivateServer
from exchanges.tests.gateway.conftest import SWAP, lead_to

Row = dict[str, Any]


class Talk(PrivateServer):
    """A venue on localhost. done: how many parts were filled; is_there: the order was placed."""

    symbol, subscriptions = SWAP, 1
    zipped, tells_price = False, True

    def __init__(self) -> None:
        super().__init__()
        self.done, self.is_there, self.free = 0, False, "900"
        self.signed_in = 0

    def adjust(self, exchange: Any) -> None:
        """Change nothing of ccxt's object but its addresses; its markets are known already."""
        own = exchange.urls["api"].pop("ws")
        lead_to(f"http://127.0.0.1:{self.port}", self.symbol)(exchange)
        exchange.markets[self.symbol]["lowercaseId"] = "btcusdt"
        exchange.timeout, exchange.enableRateLimit = 3_000, False
        exchange.urls["api"]["ws"] = self._led(own)

    def _led(self, part: Any) -> Any:
        if isinstance(part, dict):
            return {name: self._led(one) for name, one in part.items()}
        path = "/".join(part.split("/")[3:])
        return f"ws://127.0.0.1:{self.port}/{path}"

    async def send(self, socket: web.WebSocketResponse, message: Any) -> None:
        if self.zipped:
            await socket.send_bytes(gzip.compress(json.dumps(message).encode()))
        else:
            await super().send(socket, message)

    async def opened(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.sockets.append(socket)

    async def heard(self, socket: web.WebSocketResponse, message: Row) -> None:
        for said in await self.replies(message):
            await self.send(socket, said)

    def at(self, part: int = 0) -> str:
        return datetime.fromtimestamp(self.t0_ms / 1000 + part, UTC).isoformat()[:19] + "Z"

    def place(self) -> list[Any]:
        """It happens; what the stream says of it."""
        self.is_there = True
        return self.told_order()

    def fill(self) -> list[Any]:
        self.done += 1
        return self.told_fill()

    @property
    def fill_ids(self) -> list[str]:
        """What the two parts are known by."""
        return ["1", "2"]

    @property
    def state(self) -> int:
        """0: placed, 1: filled in part, 2: filled."""
        return self.done

    @abstractmethod
    async def replies(self, message: Row) -> list[Any]:
        """To what came on a stream."""

    @abstractmethod
    def told_order(self) -> list[Any]:
        """The stream's words on the order as it stands."""

    @abstractmethod
    def told_fill(self) -> list[Any]:
        """The stream's words on the newest part."""

    def told_money(self) -> list[Any]:
        """The stream's words on balances; [] where it has none."""
        return []


class Okx(Talk):
    """Signed in once; a channel each. Fees that were taken are below zero."""

    venue, subscriptions = "okx", 4
    STATES = ("live", "partially_filled", "filled")

    async def replies(self, message: Row) -> list[Any]:
        if message["op"] == "login":
            assert {"apiKey", "passphrase", "timestamp", "sign"} <= set(message["args"][0])
            self.signed_in += 1
            return [{"event": "login", "code": "0", "msg": ""}]
        for one in message["args"]:
            await self.subscribed.put(one["channel"])
        return [{"event": "subscribe", "arg": one} for one in message["args"]]

    def order(self) -> Row:
        return {
            "instType": "SWAP", "instId": "BTCUSDT", "ordId": "71", "clOrdId": "mine1",
            "ordType": "limit", "side": "buy", "px": "100", "sz": "2", "tdMode": "cross",
            "accFillSz": str(self.done), "avgPx": "100.1" if self.done else "",
            "state": self.STATES[self.state], "fee": "", "feeCcy": "USDT", "tradeId": "",
            "fillPx": "", "fillSz": "0", "cTime": str(self.t0_ms), "uTime": str(self.t0_ms),
        }  # fmt: skip

    def _orders(self, row: Row) -> list[Any]:
        return [{"arg": {"channel": "orders", "instType": "ANY"}, "data": [row]}]

    def told_order(self) -> list[Any]:
        return self._orders(self.order())

    def told_fill(self) -> list[Any]:
        fill = {
            "tradeId": str(self.done), "fillPx": "100.1", "fillSz": "1", "execType": "M",
            "fillFee": "-0.01", "fillFeeCcy": "USDT", "fillTime": str(self.t0_ms + self.done),
        }  # fmt: skip
        return self._orders(self.order() | fill)

    def told_money(self) -> list[Any]:
        data = {"uTime": str(self.t0_ms), "details": [self.coin()]}
        position = self.position() | {"pos": str(self.done)}
        return [
            {"arg": {"channel": "account"}, "eventType": "event_update", "data": [data]},
            {"arg": {"channel": "positions", "instType": "ANY"}, "data": [position]},
        ]

    def coin(self) -> Row:
        return {"ccy": "USDT", "eq": "1000", "availEq": self.free, "availBal": self.free}

    def position(self) -> Row:
        return {
            "instId": "BTCUSDT", "instType": "SWAP", "posSide": "net", "mgnMode": "cross",
            "pos": str(self.done), "avgPx": "100.1", "upl": "1.5", "markPx": "101", "lever": "5",
            "liqPx": "", "notionalUsd": "200", "uTime": str(self.t0_ms), "cTime": str(self.t0_ms),
        }  # fmt: skip

    def answer(self, path: str, given: Row) -> Any:
        data: list[Row] = []
        is_listed = path.endswith("/orders-pending") and self.is_there and self.done < 2
        if is_listed or path.endswith("/trade/order"):
            data = [self.order()]
        elif path.endswith(("/fills-history", "/trade/fills")) and "after" not in given:
            data = [
                {"instType": "SWAP", "instId": "BTCUSDT", "tradeId": str(n), "ordId": "71",
                 "billId": str(n), "side": "buy", "fillPx": "100.1", "fillSz": "1", "fee": "-0.01",
                 "feeCcy": "USDT", "execType": "M", "ts": str(self.t0_ms + n)}
                for n in range(self.done, 0, -1)
            ]  # fmt: skip
        elif path.endswith("/account/balance"):
            data = [{"uTime": str(self.t0_ms), "details": [self.coin()]}]
        elif path.endswith("/account/positions"):
            data = [self.position()] if self.done else []
        return {"code": "0", "msg": "", "data": data}


class Bitmex(Talk):
    """One key signature; tables. A message tells only what has changed of an order."""

    venue, subscriptions = "bitmex", 3

    def adjust(self, exchange: Any) -> None:
        super().adjust(exchange)
        exchange.currencies["USDT"]["precision"] = 0.000001  # it counts in millionths

    async def replies(self, message: Row) -> list[Any]:
        if message["op"] == "authKeyExpires":
            self.signed_in += 1
            return [{"success": True, "request": message}]
        for one in message["args"]:
            await self.subscribed.put(one)
        return [{"success": True, "subscribe": message["args"][0], "request": message}]

    def order(self) -> Row:
        return {
            "orderID": "71", "clOrdID": "mine1", "symbol": "BTCUSDT", "side": "Buy",
            "orderQty": 2, "price": 100, "ordType": "Limit", "timeInForce": "GoodTillCancel",
            "execInst": "", "ordStatus": ("New", "PartiallyFilled", "Filled")[self.state],
            "cumQty": self.done, "leavesQty": 2 - self.done, "timestamp": self.at(),
            "avgPx": 100.1 if self.done else None, "transactTime": self.at(),
        }  # fmt: skip

    def execution(self, part: int) -> Row:
        return {
            "execID": f"e{part}", "trdMatchID": str(part), "orderID": "71", "clOrdID": "mine1",
            "symbol": "BTCUSDT", "side": "Buy", "lastQty": 1, "lastPx": 100.1, "avgPx": 99.0,
            "price": 100, "execType": "Trade", "ordType": "Limit", "execComm": 10_000,
            "settlCurrency": "USDt", "commission": 0.0001, "timestamp": self.at(part),
            "execCost": -100_100_000, "text": "",
        }  # fmt: skip

    def told_order(self) -> list[Any]:
        return [{"table": "order", "action": "insert", "data": [self.order()]}]

    def told_fill(self) -> list[Any]:
        whole, keys = self.order(), ("orderID", "symbol", "ordStatus", "cumQty", "leavesQty")
        return [
            {"table": "execution", "action": "insert", "data": [self.execution(self.done)]},
            {"table": "order", "action": "update", "data": [{key: whole[key] for key in keys}]},
        ]

    def told_money(self) -> list[Any]:
        return [{"table": "margin", "action": "update", "data": [self.margin()]}]

    def margin(self) -> Row:
        free = int(self.free) * 1_000_000
        return {"currency": "USDt", "availableMargin": free, "marginBalance": 1_000_000_000}

    def answer(self, path: str, given: Row) -> Any:
        name = path.rpartition("/")[2]
        if name == "order":
            is_open = '"open":true' in given.get("filter", "").replace(" ", "").lower()
            shown = self.is_there and not (is_open and self.done == 2)
            return [self.order()] if shown else []
        if name in ("tradeHistory", "execution") and not int(given.get("start", 0)):
            return [self.execution(n) for n in range(1, self.done + 1)]
        if name == "margin":
            return [self.margin()]
        if name == "position" and self.done:
            return [{
                "account": 1, "symbol": "BTCUSDT", "currentQty": self.done, "isOpen": True,
                "homeNotional": self.done, "foreignNotional": -100 * self.done,
                "avgEntryPrice": 100.1, "markPrice": 101, "unrealisedPnl": 1_500_000,
                "crossMargin": True, "leverage": 5, "timestamp": self.at(),
            }]  # fmt: skip
        return []
