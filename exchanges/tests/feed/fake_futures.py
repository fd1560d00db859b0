"""Accounts with contracts on localhost: Binance USD-M's and Bybit's REST and private streams."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from exchanges.tests.feed.private_server import PrivateServer
from exchanges.tests.gateway.conftest import SWAP, lead_to


class FakeFutures(PrivateServer):
    """orders, waiting, trades, position: what REST tells; socket messages are the test's own."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.waiting: dict[str, dict[str, Any]] = {}
        self.trades: list[dict[str, Any]] = []
        self.position, self.free = 0.0, 900.0

    def adjust(self, exchange: Any) -> None:
        """Change nothing of ccxt's object but its addresses; its markets are known already."""
        streams = f"ws://127.0.0.1:{self.port}/stream"
        ws = {"future": f"{streams}/ws", "private": {"contract": f"{streams}/v5/private"}}
        lead_to(f"http://127.0.0.1:{self.port}", SWAP)(exchange)
        exchange.timeout, exchange.enableRateLimit = 3_000, False
        exchange.urls["api"]["ws"] = ws

    async def opened(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        """It counts once it is signed in."""

    async def heard(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        """Nothing is asked for on a stream that tells all."""


class FakeUsdm(FakeFutures):
    """Binance USD-M: one stream under a listen key tells all."""

    venue = "binanceusdm"

    async def opened(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        assert request.query["listenKey"] == "the-listen-key"
        self.sockets.append(socket)
        await self.subscribed.put("all")

    def place(self, number: int) -> dict[str, Any]:
        self.orders[str(number)] = {
            "symbol": "BTCUSDT", "orderId": number, "clientOrderId": f"mine-{number}",
            "price": "100", "origQty": "3", "executedQty": "0", "cumQuote": "0", "status": "NEW",
            "timeInForce": "GTC", "type": "LIMIT", "side": "BUY", "time": self.t0_ms,
            "updateTime": self.t0_ms, "positionSide": "BOTH", "reduceOnly": False,
        }  # fmt: skip
        return self._report(number, "NEW")

    def place_stop(self, number: int) -> None:
        self.waiting[str(number)] = {
            "algoId": number, "clientAlgoId": f"stop-{number}", "algoType": "CONDITIONAL",
            "orderType": "STOP_MARKET", "symbol": "BTCUSDT", "side": "SELL", "quantity": "3",
            "algoStatus": "NEW", "triggerPrice": "90", "createTime": self.t0_ms,
            "updateTime": self.t0_ms, "positionSide": "BOTH", "reduceOnly": True,
        }  # fmt: skip

    def fill(self, number: int, trade_id: int) -> dict[str, Any]:
        order, at_ms = self.orders[str(number)], self.t0_ms + trade_id
        done = int(order["executedQty"]) + 1
        status = "FILLED" if done == 3 else "PARTIALLY_FILLED"
        order |= {"executedQty": str(done), "status": status, "updateTime": at_ms}
        self.position += 1
        self.trades.append(
            {"symbol": "BTCUSDT", "id": trade_id, "orderId": number, "price": "100.1", "qty": "1",
             "quoteQty": "100.1", "commission": "0.0123", "commissionAsset": "USDT",
             "time": at_ms, "buyer": True, "maker": True, "side": "BUY"}
        )  # fmt: skip
        return self._report(number, "TRADE", trade_id)

    def _report(self, number: int, kind: str, trade_id: int = 0) -> dict[str, Any]:
        order, done = self.orders[str(number)], kind == "TRADE"
        at_ms = self.t0_ms + trade_id
        return {"e": "ORDER_TRADE_UPDATE", "E": at_ms, "T": at_ms, "o": {
            "s": "BTCUSDT", "c": order["clientOrderId"], "S": "BUY", "o": "LIMIT", "f": "GTC",
            "q": "3", "p": "100", "ap": "100.1", "sp": "0", "x": kind, "X": order["status"],
            "i": number, "l": "1" if done else "0", "z": order["executedQty"],
            "L": "100.1" if done else "0", "n": "0.0123" if done else "0", "N": "USDT",
            "T": at_ms, "t": trade_id, "m": True, "R": False, "ps": "BOTH", "rp": "0",
        }}  # fmt: skip

    def told_account(self) -> dict[str, Any]:
        entry = "100.1" if self.position else "0"
        return {"e": "ACCOUNT_UPDATE", "E": self.t0_ms, "T": self.t0_ms, "a": {
            "m": "ORDER", "B": [{"a": "USDT", "wb": "1000", "cw": "1000", "bc": "0"}],
            "P": [{"s": "BTCUSDT", "pa": str(self.position), "ep": entry, "cr": "0", "up": "1.5",
                   "mt": "cross", "iw": "0", "ps": "BOTH"}],
        }}  # fmt: skip

    def answer(self, path: str, given: dict[str, str]) -> Any:
        name = path.rpartition("/")[2]
        if name == "listenKey":
            return {"listenKey": "the-listen-key"}
        if name == "openOrders":
            return [o for o in self.orders.values() if o["status"] in ("NEW", "PARTIALLY_FILLED")]
        if name == "openAlgoOrders":
            return [o for o in self.waiting.values() if o["algoStatus"] == "NEW"]
        if name == "algoOrder":
            return self.waiting[given["algoId"]]
        if name == "order":
            return self.orders[given["orderId"]]
        if name == "userTrades":
            since, after = int(given.get("startTime", 0)), int(given.get("fromId", 0))
            return [t for t in self.trades if t["time"] >= since and t["id"] >= after]
        if name == "positionRisk":
            return [{"symbol": "BTCUSDT", "positionAmt": str(self.position), "entryPrice": "100.1",
                     "markPrice": "101", "unRealizedProfit": "1.5", "liquidationPrice": "0",
                     "notional": str(100 * self.position), "isolatedMargin": "0",
                     "positionSide": "BOTH", "updateTime": self.t0_ms}]  # fmt: skip
        if name == "leverageBracket":
            return []
        cash = {"asset": "USDT", "walletBalance": "1000", "availableBalance": str(self.free),
                "marginBalance": "1000", "initialMargin": str(1000 - self.free)}  # fmt: skip
        return {"assets": [cash], "positions": []}


class FakeBybit(FakeFutures):
    """Bybit: signed in once, then a topic each for orders, executions, positions and the wallet."""

    venue = "bybit"
    STATUS = {0: "New", 1: "PartiallyFilled", 2: "PartiallyFilled", 3: "Filled"}

    async def heard(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        if message["op"] == "auth":
            await socket.send_json({"success": True, "ret_msg": "", "op": "auth"})
        elif message["op"] == "subscribe":
            told = {"success": True, "op": "subscribe", "req_id": message["req_id"]}
            await socket.send_json(told)
            if socket not in self.sockets:
                self.sockets.append(socket)
            for topic in message["args"]:
                await self.subscribed.put(topic)

    def place(self, number: int) -> dict[str, Any]:
        self.orders[str(number)] = {
            "orderId": str(number), "orderLinkId": f"mine-{number}", "symbol": "BTCUSDT",
            "category": "linear", "side": "Buy", "orderType": "Limit", "price": "100", "qty": "3",
            "orderStatus": "New", "cumExecQty": "0", "cumExecValue": "0", "avgPrice": "",
            "createdTime": str(self.t0_ms), "updatedTime": str(self.t0_ms), "timeInForce": "GTC",
            "leavesQty": "3", "tpslMode": "", "triggerPrice": "",
        }  # fmt: skip
        return self._topic("order", self.orders[str(number)])

    def place_stop(self, number: int) -> None:
        self.place(number)
        self.orders[str(number)] |= {
            "orderStatus": "Untriggered", "orderLinkId": f"stop-{number}", "triggerPrice": "90",
            "side": "Sell", "orderType": "Market", "stopOrderType": "Stop",
        }  # fmt: skip
        self.waiting[str(number)] = self.orders[str(number)]

    def fill(self, number: int, trade_id: int) -> dict[str, Any]:
        order, at_ms = self.orders[str(number)], self.t0_ms + trade_id
        done = int(order["cumExecQty"]) + 1
        order |= {"cumExecQty": str(done), "orderStatus": self.STATUS[done]}
        order |= {"updatedTime": str(at_ms), "leavesQty": str(3 - done)}
        self.position += 1
        execution = {
            "execId": str(trade_id), "orderId": str(number), "orderLinkId": f"mine-{number}",
            "symbol": "BTCUSDT", "category": "linear", "side": "Buy", "execPrice": "100.1",
            "execQty": "1", "execFee": "0.0123", "execTime": str(at_ms), "isMaker": True,
            "execType": "Trade", "feeCurrency": "USDT", "orderQty": "3",
        }  # fmt: skip
        self.trades.append(execution)
        return self._topic("execution", execution)

    def funding(self, trade_id: int) -> dict[str, Any]:
        """No execution of an order, though it comes with them."""
        told = dict(self.trades[-1]) | {"execId": str(trade_id), "execType": "Funding"}
        return self._topic("execution", told)

    def told_order(self, number: int) -> dict[str, Any]:
        return self._topic("order", self.orders[str(number)])

    def told_account(self) -> dict[str, Any]:
        return self._topic("position", self._position())

    def told_wallet(self) -> dict[str, Any]:
        coin = {"coin": "USDT", "equity": "1001.5", "walletBalance": "1000", "locked": "0"}
        return self._topic("wallet", {"accountType": "UNIFIED", "coin": [coin]})

    def _position(self) -> dict[str, Any]:
        return {
            "symbol": "BTCUSDT", "side": "Buy" if self.position else "", "positionIdx": 0,
            "size": str(self.position), "entryPrice": "100.1", "markPrice": "101",
            "positionValue": "300", "unrealisedPnl": "1.5", "leverage": "5", "liqPrice": "",
            "positionIM": "60", "positionMM": "1", "positionBalance": "60",
        }  # fmt: skip

    def _topic(self, topic: str, row: dict[str, Any]) -> dict[str, Any]:
        return {"topic": topic, "id": "1", "creationTime": self.t0_ms, "data": [dict(row)]}

    def answer(self, path: str, given: dict[str, str]) -> Any:
        alive = ("New", "PartiallyFilled", "Untriggered")
        found: list[dict[str, Any]] = []
        if path == "/v5/order/realtime":
            found = [o for o in self.orders.values() if o["orderStatus"] in alive]
            if "orderId" in given:
                found = [self.orders[given["orderId"]]]
        elif path == "/v5/execution/list":
            first, last = int(given.get("startTime", 0)), int(given.get("endTime", 2**62))
            found = [t for t in self.trades if first <= int(t["execTime"]) <= last][::-1]
            found = [] if given.get("cursor") else found
        elif path == "/v5/position/list":
            is_there = self.position and given.get("settleCoin") == "USDT"
            found = [self._position()] if is_there else []
        elif path == "/v5/account/wallet-balance":
            coin = {"coin": "USDT", "walletBalance": "1000", "locked": str(1000 - self.free)}
            found = [{"accountType": "UNIFIED", "coin": [coin]}]
        result = {"list": found, "category": given.get("category", ""), "nextPageCursor": ""}
        return {"retCode": 0, "retMsg": "OK", "result": result, "time": self.t0_ms}
