"""The same conversations with venues that tell some of it by REST alone: executions or orders."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from exchanges.tests.feed.venue_talks import Row, Talk
from exchanges.tests.gateway.conftest import SPOT, SWAP


class Bingx(Talk):
    """A listen key, in zipped words. Executions are read as orders by ccxt: REST tells them."""

    venue, symbol, subscriptions, zipped = "bingx", SPOT, 2, True

    async def opened(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        assert request.query["listenKey"] == "the-listen-key"
        await super().opened(socket, request)

    async def replies(self, message: Row) -> list[Any]:
        await self.subscribed.put(message["dataType"])
        return [{"id": message["id"], "code": 0, "msg": "SUCCESS", "dataType": ""}]

    def _report(self, kind: str) -> list[Any]:
        row = {
            "e": "executionReport", "E": self.t0_ms, "s": "BTCUSDT", "S": "BUY", "o": "LIMIT",
            "q": "2", "p": "100", "x": kind, "i": 71, "l": "1", "z": str(self.done),
            "X": ("NEW", "PARTIALLY_FILLED", "FILLED")[self.state], "L": "100.1", "n": "-0.01",
            "N": "USDT", "T": self.t0_ms + self.done, "t": self.done, "m": True, "C": "mine1",
            "c": "mine1", "Z": str(100.1 * self.done), "O": self.t0_ms, "Q": "0",
        }  # fmt: skip
        return [{"code": 0, "dataType": "spot.executionReport", "data": row}]

    def told_order(self) -> list[Any]:
        return self._report("NEW")

    def told_fill(self) -> list[Any]:
        return self._report("TRADE")

    def told_money(self) -> list[Any]:
        coins = [{"a": "USDT", "wb": self.free, "lk": "0", "cw": "0", "bc": "0"}]
        return [{"e": "ACCOUNT_UPDATE", "E": self.t0_ms, "T": self.t0_ms, "a": {"B": coins}}]

    def answer(self, path: str, given: Row) -> Any:
        if path.endswith("/userDataStream"):
            return {"listenKey": "the-listen-key"}
        data: Any = {}
        if path.endswith("/trade/openOrders"):
            data = {"orders": [self.order()] if self.is_there and self.done < 2 else []}
        elif path.endswith("/trade/query"):
            data = self.order()
        elif path.endswith("/trade/myTrades"):
            first, last = int(given.get("startTime", 0)), int(given.get("endTime", 2**62))
            fills = [
                {"symbol": "BTCUSDT", "id": n, "orderId": 71, "price": "100.1", "qty": "1",
                 "quoteQty": "100.1", "commission": -0.01, "commissionAsset": "USDT",
                 "time": self.t0_ms + n, "isBuyer": True, "isMaker": True}
                for n in range(1, self.done + 1)
                if first <= self.t0_ms + n <= last
            ]  # fmt: skip
            data = {"fills": fills}
        elif path.endswith("/account/balance"):
            held = str(1000 - int(self.free))
            data = {"balances": [{"asset": "USDT", "free": self.free, "locked": held}]}
        elif path.endswith("/user/positions"):
            data = []
        return {"code": 0, "msg": "", "data": data}

    def order(self) -> Row:
        return {
            "symbol": "BTCUSDT", "orderId": 71, "clientOrderID": "mine1", "price": "100",
            "origQty": "2", "executedQty": str(self.done), "type": "LIMIT", "side": "BUY",
            "cummulativeQuoteQty": str(100.1 * self.done), "time": self.t0_ms,
            "status": ("NEW", "PARTIALLY_FILLED", "FILLED")[self.state], "updateTime": self.t0_ms,
        }  # fmt: skip


class BingxSwap(Bingx):
    """Its contracts are told unasked, under the same key. Executions have no number of their own
    over REST: an order, a time and a size."""

    symbol = SWAP

    def __init__(self) -> None:
        super().__init__()
        self.t0_ms -= self.t0_ms % 1000  # it tells seconds, the same of both parts

    @property
    def fill_ids(self) -> list[str]:
        own = f"71-{self.t0_ms}-100.1-1"
        return [own, f"{own}#2"]

    def told_order(self) -> list[Any]:
        return self._update("NEW")

    def told_fill(self) -> list[Any]:
        return self._update("TRADE")

    def _update(self, kind: str) -> list[Any]:
        row = {
            "s": "BTCUSDT", "c": "mine1", "i": "71", "S": "BUY", "o": "LIMIT", "q": "2", "p": "100",
            "ap": "100.1" if self.done else "0", "x": kind, "z": str(self.done), "N": "USDT",
            "X": ("NEW", "PARTIALLY_FILLED", "FILLED")[self.state], "n": "-0.01", "ps": "LONG",
            "T": self.t0_ms + self.done, "wt": "MARK_PRICE", "rp": "0",
        }  # fmt: skip
        return [{"e": "ORDER_TRADE_UPDATE", "E": self.t0_ms, "o": row}]

    def answer(self, path: str, given: Row) -> Any:
        data: Any = {}
        if path.endswith("/trade/openOrders"):
            data = {"orders": [self.contract_order()] if self.is_there and self.done < 2 else []}
        elif path.endswith("/trade/order"):
            data = {"order": self.contract_order()}
        elif path.endswith("/trade/allFillOrders"):
            first, last = int(given["startTs"]), int(given["endTs"])
            fills = [
                {"symbol": "BTCUSDT", "orderId": "71", "volume": "1", "price": "100.1",
                 "amount": "100.1", "commission": "-0.01", "currency": "USDT", "side": "BUY",
                 "filledTm": self.at()}
                for _part in range(self.done)
                if first <= self.t0_ms <= last
            ]  # fmt: skip
            data = {"fill_orders": fills}
        elif path.endswith("/user/balance"):
            used = str(1000 - int(self.free))
            coin = {"asset": "USDT", "balance": "1000", "equity": "1000", "usedMargin": used,
                    "availableMargin": self.free, "freezedMargin": "0"}  # fmt: skip
            data = [coin]
        elif path.endswith("/user/positions"):
            data = [self.position()] if self.done else []
        else:
            return super().answer(path, given)
        return {"code": 0, "msg": "", "data": data}

    def contract_order(self) -> Row:
        return {
            "symbol": "BTCUSDT", "orderId": "71", "clientOrderId": "mine1", "side": "BUY",
            "positionSide": "LONG", "type": "LIMIT", "origQty": "2", "price": "100",
            "executedQty": str(self.done), "avgPrice": "100.1" if self.done else "0",
            "cumQuote": str(100.1 * self.done), "time": self.t0_ms, "updateTime": self.t0_ms,
            "status": ("NEW", "PARTIALLY_FILLED", "FILLED")[self.state],
        }  # fmt: skip

    def position(self) -> Row:
        return {
            "positionId": "9", "symbol": "BTCUSDT", "currency": "USDT", "avgPrice": "100.1",
            "positionAmt": str(self.done), "availableAmt": str(self.done), "leverage": 5,
            "positionSide": "LONG", "isolated": False, "unrealizedProfit": "1.5",
            "markPrice": "101", "positionValue": "202", "initialMargin": "40", "margin": "40",
            "liquidationPrice": 0, "updateTime": self.t0_ms,
        }  # fmt: skip


class KrakenFutures(Talk):
    """A challenge to be signed; fills in full, orders without a state."""

    venue, symbol, subscriptions = "krakenfutures", SWAP, 2
    tells_price = False

    async def replies(self, message: Row) -> list[Any]:
        if message["event"] == "challenge":
            self.signed_in += 1
            return [{"event": "challenge", "message": "sign-this"}]
        assert message["original_challenge"] == "sign-this" and message["signed_challenge"]
        await self.subscribed.put(message["feed"])
        return [{"event": "subscribed", "feed": message["feed"]}]

    def told_order(self) -> list[Any]:
        order = {
            "instrument": "BTCUSDT", "time": self.t0_ms, "last_update_time": self.t0_ms, "qty": 2,
            "filled": 0, "limit_price": 100, "stop_price": 0, "type": "limit", "order_id": "71",
            "direction": 0, "reduce_only": False,
        }  # fmt: skip
        return [{"feed": "open_orders", "order": order, "is_cancel": False, "reason": "new_placed"}]

    def told_fill(self) -> list[Any]:
        fill = {
            "instrument": "BTCUSDT", "time": self.t0_ms + self.done, "price": 100.1, "qty": 1,
            "seq": 100 + self.done, "buy": True, "order_id": "71", "cli_ord_id": "mine1",
            "fill_id": str(self.done), "fill_type": "maker", "fee_paid": 0.01,
            "fee_currency": "USDT", "taker_order_type": "ioc", "order_type": "limit",
        }  # fmt: skip
        told: list[Any] = [{"feed": "fills", "username": "x", "fills": [fill]}]
        if self.done == 2:
            told.append(
                {"feed": "open_orders", "order_id": "71", "is_cancel": True, "reason": "full_fill"}
            )
        return told

    def answer(self, path: str, given: Row) -> Any:
        name, row = path.rpartition("/")[2], Row()
        if name == "openorders":
            order = {
                "order_id": "71", "symbol": "BTCUSDT", "side": "buy", "orderType": "lmt",
                "limitPrice": 100, "unfilledSize": 2 - self.done, "filledSize": self.done,
                "receivedTime": self.at(), "status": "untouched", "cliOrdId": "mine1",
                "lastUpdateTime": self.at(),
            }  # fmt: skip
            row = {"openOrders": [order] if self.is_there and self.done < 2 else []}
        elif name == "fills":
            row = {"fills": [
                {"fill_id": str(n), "symbol": "BTCUSDT", "side": "buy", "order_id": "71",
                 "size": 1, "price": 100.1, "fillTime": self.at(n), "fillType": "maker",
                 "cliOrdId": "mine1"}
                for n in range(self.done, 0, -1)
            ]}  # fmt: skip
        elif name == "status":
            inner = {
                "orderId": "71", "cliOrdId": "mine1", "symbol": "BTCUSDT", "side": "buy",
                "quantity": 2, "filled": self.done, "limitPrice": 100, "timestamp": self.at(),
                "lastUpdateTimestamp": self.at(), "type": "lmt", "reduceOnly": False,
            }  # fmt: skip
            row = {"orders": [{"order": inner, "status": "FULLY_EXECUTED"}]}
        elif name == "openpositions":
            position = {"side": "long", "symbol": "BTCUSDT", "price": 100.1, "size": self.done,
                        "fillTime": self.at(), "unrealizedPnl": 1.5}  # fmt: skip
            row = {"openPositions": [position] if self.done else []}
        elif name == "accounts":
            coin = {"quantity": 1000, "available": float(self.free)}
            flex = {"type": "multiCollateralMarginAccount", "currencies": {"USDT": coin}}
            row = {"accounts": {"flex": flex}}
        return {"result": "success", "serverTime": self.at()} | row
