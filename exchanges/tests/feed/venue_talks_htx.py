"""What HTX says of linear contracts: a private stream and a purse of their own, beside spot's."""

from __future__ import annotations

import gzip
import json
from typing import Any

from aiohttp import web

from exchanges.tests.feed.venue_talks import Row
from exchanges.tests.feed.venue_talks_spot import Htx
from exchanges.tests.gateway.conftest import SWAP

STREAM = "/ws/v5/notification"
OF_SPOT = 300  # in the other purse


class HtxSwap(Htx):
    """Sizes are contracts of a thousandth. Executions are told without their fees; an order is
    called filled with its first one, where one taker's order met several makers'."""

    symbol, subscriptions = SWAP, 6

    def __init__(self) -> None:
        super().__init__()
        self.of_spot: list[web.WebSocketResponse] = []
        self.refused = ""

    def adjust(self, exchange: Any) -> None:
        super().adjust(exchange)
        market = exchange.markets[self.symbol]
        market |= {"id": "BTC-USDT", "lowercaseId": "btc-usdt", "contractSize": 0.001}
        exchange.set_markets([market])

    async def opened(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        (self.sockets if request.path == STREAM else self.of_spot).append(socket)

    def cut(self) -> None:
        self.sockets += self.of_spot
        self.of_spot.clear()
        super().cut()

    async def send(self, socket: web.WebSocketResponse, message: Any) -> None:
        if socket in self.of_spot:
            await super().send(socket, message)
        else:
            await socket.send_bytes(gzip.compress(json.dumps(message).encode()))

    async def replies(self, message: Row) -> list[Any]:
        if message.get("op") == "pong":
            return []
        if "op" not in message:
            return await super().replies(message)
        if message["op"] == "auth":
            assert message["AccessKeyId"] == "the-api-key" and message["Signature"]
            self.signed_in += 1
            told = {"op": "auth", "type": "api", "err-code": 0, "ts": self.t0_ms}
            return [told | {"data": {"user-id": "7"}}, {"op": "ping", "ts": str(self.t0_ms)}]
        topic = message["topic"]
        assert topic == "account" or message["contract_code"] == "*"
        await self.subscribed.put(topic)
        return [{"op": "sub", "cid": message["cid"], "topic": topic, "err-code": 0, "ts": 1}]

    def _told(self, topic: str, data: Any) -> list[Any]:
        told = {"op": "notify", "topic": topic, "contract_code": "BTC-USDT", "ts": self.t0_ms}
        return [told | {"uid": "7", "data": data}]

    def contract_order(self, state: str) -> Row:
        price = "100.1" if self.done else "0"
        return {
            "contract_code": "BTC-USDT", "side": "buy", "position_side": "both", "type": "limit",
            "order_id": "71", "client_order_id": "81", "margin_mode": "cross", "price": "100",
            "volume": "2000", "lever_rate": 5, "state": state, "order_source": "api",
            "reduce_only": False, "time_in_force": "gtc", "trade_avg_price": price,
            "trade_volume": str(1000 * self.done), "trade_turnover": str(100.1 * self.done),
            "fee_currency": "USDT", "fee": str(self.done / 100), "profit": "0",
            "contract_type": "swap", "created_time": str(self.t0_ms),
            "updated_time": str(self.t0_ms + self.done),
        }  # fmt: skip

    def told_order(self) -> list[Any]:
        return self._told("orders", self.contract_order("filled" if self.done else "new"))

    def execution(self, part: int) -> Row:
        return {
            "contract_code": "BTC-USDT", "contract_type": "swap", "order_id": "71",
            "trade_id": str(part), "position_side": "both", "trade_volume": "1000",
            "trade_price": "100.1", "trade_turnover": "100.1", "created_time":
            str(self.t0_ms + part), "updated_time": str(self.t0_ms + part),
        }  # fmt: skip

    def told_fill(self) -> list[Any]:
        told = {"direction": "buy", "id": f"9-71-{self.done}", "role": "maker"}
        fill = self.execution(self.done) | told | {"client_order_id": "81"}
        return [*self._told("trade", [fill]), *self.told_order()]

    def told_money(self) -> list[Any]:
        data = {"equity": "700", "state": "normal", "details": [self.coin()], "version": 7}
        return self._told("account", data)

    def coin(self) -> Row:
        free = str(int(self.free) - OF_SPOT)
        return {
            "currency": "USDT", "equity": str(1000 - OF_SPOT), "available": free,
            "available_margin": free, "withdraw_available": free, "profit_unreal": "0",
        }  # fmt: skip

    def position(self) -> Row:
        return {
            "contract_code": "BTC-USDT", "position_side": "both", "direction": "buy",
            "margin_mode": "cross", "open_avg_price": "100.1", "volume": str(1000 * self.done),
            "available": str(1000 * self.done), "lever_rate": 5, "liquidation_price": "10",
            "initial_margin": "40", "maintenance_margin": "2", "profit_unreal": "1.5",
            "profit_rate": "0.01", "margin_rate": "0.02", "mark_price": "101",
            "last_price": "101", "contract_type": "swap", "created_time": str(self.t0_ms),
        }  # fmt: skip

    def answer(self, path: str, given: Row) -> Any:
        if not path.startswith("/v5/"):
            purse = self.free, self.is_there
            self.free, self.is_there = str(OF_SPOT), False  # nothing of it is on spot
            told = super().answer(path, given)
            if path.endswith("/balance"):
                told["data"]["list"][1]["balance"] = "0"
            self.free, self.is_there = purse
            return told
        if path == self.refused:
            return {"code": 999999, "message": "something new", "data": None}
        data: Any = []
        if path == "/v5/trade/order/opens" and self.is_there and self.done < 2:
            data = [self.contract_order("partially_filled" if self.done else "new")]
        elif path == "/v5/trade/order":
            data = self.contract_order(("new", "partially_filled", "filled")[self.done])
        elif path == "/v5/trade/order/details":
            first, last = int(given["start_time"]), int(given.get("end_time", 2**62))
            assert given["contract_code"] == "BTC-USDT" and last - first <= 48 * 3_600_000
            fee = {"fee_currency": "USDT", "trade_fee": "0.01", "side": "buy", "role": "MAKER"}
            data = [
                self.execution(part) | fee | {"id": str(500 + part), "type": "limit"}
                for part in range(self.done, 0, -1)
                if first <= self.t0_ms + part <= last
            ]
        elif path == "/v5/account/balance":
            data = {"state": "normal", "equity": "700", "details": [self.coin()]}
        elif path == "/v5/trade/position/opens":
            data = [self.position()] if self.done else []
        return {"code": 200, "message": "Success", "data": data, "ts": self.t0_ms}
