"""The same conversations with venues whose streams leave more out; spot first."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from exchanges.tests.feed.venue_talks import Row, Talk
from exchanges.tests.gateway.conftest import SPOT, SWAP


class Kraken(Talk):
    """A token by REST; executions and totals of balances. An execution is no word on its order."""

    venue, symbol, subscriptions = "kraken", SPOT, 2

    async def heard(self, message: Row) -> list[Any]:
        if message["method"] != "subscribe":
            return []
        assert message["params"]["token"] == "the-token"
        channel = message["params"]["channel"]
        await self.subscribed.put(channel)
        told = {"channel": channel, "snap_orders": True}
        return [{"method": "subscribe", "success": True, "req_id": 1, "result": told}]

    def _execution(self, **row: Any) -> list[Any]:
        base = {
            "order_id": "71", "order_userref": 0, "symbol": SPOT, "side": "buy",
            "order_type": "limit", "time_in_force": "GTC", "timestamp": self.at(self.done),
            "order_status": ("new", "partially_filled", "filled")[self.state],
        }  # fmt: skip
        return [{"channel": "executions", "type": "update", "data": [base | row]}]

    def told_order(self) -> list[Any]:
        return self._execution(exec_type="new", order_qty=2, limit_price=100, cum_cost=0)

    def told_fill(self) -> list[Any]:
        return self._execution(
            exec_type="trade", exec_id=str(self.done), trade_id=self.done, last_qty=1,
            last_price=100.1, liquidity_ind="m", cost=100.1, cum_qty=self.done,
            fees=[{"asset": "USDT", "qty": 0.01}],
        )  # fmt: skip

    def told_money(self) -> list[Any]:
        row = {"asset": "USDT", "balance": 1000, "wallets": []}
        return [{"channel": "balances", "type": "update", "data": [row], "sequence": 9}]

    def order(self) -> Row:
        return {
            "status": "open" if self.done < 2 else "closed", "opentm": self.t0_ms / 1000,
            "vol": "2", "vol_exec": str(self.done), "price": "100.1" if self.done else "0",
            "cost": "0", "fee": "0", "oflags": "fciq", "cl_ord_id": "mine1",
            "descr": {"pair": "BTCUSDT", "type": "buy", "ordertype": "limit", "price": "100"},
        }  # fmt: skip

    def answer(self, path: str, given: Row) -> Any:
        name, result = path.rpartition("/")[2], Row()
        if name == "GetWebSocketsToken":
            result = {"token": "the-token", "expires": 900}
        elif name == "OpenOrders":
            result = {"open": {"71": self.order()} if self.is_there and self.done < 2 else {}}
        elif name == "QueryOrders":
            result = {"71": self.order()}
        elif name == "TradesHistory":
            trades = {
                str(n): {
                    "ordertxid": "71", "pair": "BTCUSDT", "time": self.t0_ms / 1000 + n,
                    "type": "buy", "ordertype": "limit", "price": "100.1", "vol": "1",
                    "cost": "100.1", "fee": "0.01", "maker": True,
                }
                for n in range(1, self.done + 1)
            }  # fmt: skip
            result = {"trades": trades, "count": len(trades)}
        elif name == "BalanceEx":
            held = str(1000 - int(self.free))
            result = {"USDT": {"balance": "1000", "hold_trade": held}}
        return {"error": [], "result": result}


class Coinbase(Talk):
    """One signed subscription; of an order it counts up what was executed."""

    venue, symbol = "coinbase", SPOT

    async def heard(self, message: Row) -> list[Any]:
        assert message["channel"] == "user" and message["signature"]
        await self.subscribed.put("user")
        return [{"channel": "subscriptions", "events": [{"subscriptions": {"user": ["1"]}}]}]

    def told_order(self) -> list[Any]:
        row = {
            "order_id": "71", "client_order_id": "mine1", "product_id": "BTCUSDT",
            "cumulative_quantity": str(self.done), "leaves_quantity": str(2 - self.done),
            "avg_price": "100.1", "total_fees": "0.01", "order_side": "BUY",
            "order_type": "Limit", "limit_price": "100", "creation_time": self.at(),
            "status": "OPEN" if self.done < 2 else "FILLED",
        }  # fmt: skip
        return [{"channel": "user", "events": [{"type": "update", "orders": [row]}]}]

    told_fill = told_order

    def answer(self, path: str, given: Row) -> Any:
        order = {
            "order_id": "71", "client_order_id": "mine1", "product_id": "BTCUSDT", "side": "BUY",
            "status": "OPEN" if self.done < 2 else "FILLED", "order_type": "LIMIT",
            "order_configuration": {"limit_limit_gtc": {"limit_price": "100", "base_size": "2"}},
            "filled_size": str(self.done), "average_filled_price": "100.1",
            "created_time": self.at(), "total_fees": "0",
        }  # fmt: skip
        if path.endswith("/historical/fills"):
            fills = [
                {"trade_id": str(n), "order_id": "71", "product_id": "BTCUSDT", "side": "BUY",
                 "price": "100.1", "size": "1", "commission": "0.01", "size_in_quote": False,
                 "liquidity_indicator": "MAKER", "trade_time": self.at(n)}
                for n in range(self.done, 0, -1)
            ]  # fmt: skip
            return {"fills": fills, "cursor": ""}
        if path.endswith("/historical/batch"):
            return {"orders": [order] if self.is_there and self.done < 2 else []}
        if path.endswith("/historical/71"):
            return {"order": order}
        held = str(1000 - int(self.free))
        account = {
            "type": "ACCOUNT_TYPE_CRYPTO", "available_balance": {"value": self.free,
            "currency": "USDT"}, "hold": {"value": held, "currency": "USDT"},
        }  # fmt: skip
        return {"accounts": [account]}


class Htx(Talk):
    """Signed in once; orders, their clearing and the account, for all markets at once."""

    venue, symbol, subscriptions = "htx", SPOT, 3

    async def heard(self, message: Row) -> list[Any]:
        if message["action"] == "req":
            assert message["params"]["accessKey"] == "the-api-key"
            self.signed_in += 1
            return [{"action": "req", "code": 200, "ch": "auth", "data": {}}]
        await self.subscribed.put(message["ch"])
        return [{"action": "sub", "code": 200, "ch": message["ch"], "data": {}}]

    def told_order(self) -> list[Any]:
        row = {
            "eventType": "creation", "symbol": "btcusdt", "orderId": 71, "orderSize": "2",
            "clientOrderId": "mine1", "orderPrice": "100", "type": "buy-limit",
            "orderStatus": "submitted", "orderCreateTime": self.t0_ms, "execAmt": "0",
        }  # fmt: skip
        return [{"action": "push", "ch": "orders#btcusdt", "data": row}]

    def told_fill(self) -> list[Any]:
        state = ("", "partial-filled", "filled")[self.state]
        order = {
            "eventType": "trade", "symbol": "btcusdt", "orderId": 71, "orderSize": "2",
            "orderPrice": "100", "tradePrice": "100.1", "tradeVolume": "1", "type": "buy-limit",
            "tradeId": self.done, "tradeTime": self.t0_ms + self.done, "aggressor": False,
            "orderStatus": state, "remainAmt": str(2 - self.done), "execAmt": str(self.done),
        }  # fmt: skip
        cleared = {
            "eventType": "trade", "symbol": "btcusdt", "orderId": 71, "orderSide": "buy",
            "orderType": "buy-limit", "tradePrice": "100.1", "tradeVolume": "1",
            "tradeId": self.done, "tradeTime": self.t0_ms + self.done, "aggressor": False,
            "transactFee": "0.01", "feeCurrency": "usdt", "clientOrderId": "mine1",
        }  # fmt: skip
        return [
            {"action": "push", "ch": "trade.clearing#btcusdt#0", "data": cleared},
            {"action": "push", "ch": "orders#btcusdt", "data": order},
        ]

    def told_money(self) -> list[Any]:
        row = {
            "currency": "usdt",
            "accountId": 7,
            "balance": "1000",
            "available": self.free,
            "changeType": "order.place",
            "accountType": "trade",
            "changeTime": self.t0_ms,
        }
        return [{"action": "push", "ch": "accounts.update#2", "data": row}]  # fmt: skip

    def answer(self, path: str, given: Row) -> Any:
        data: Any = []
        if path.endswith("/v1/account/accounts"):
            data = [{"id": 7, "type": "spot", "subtype": "", "state": "working"}]
        elif path.endswith("/balance"):
            held = str(1000 - int(self.free))
            rows = [
                {"currency": "usdt", "type": "trade", "balance": self.free},
                {"currency": "usdt", "type": "frozen", "balance": held},
            ]
            data = {"id": 7, "type": "spot", "state": "working", "list": rows}
        elif path.endswith("/openOrders") and self.is_there and self.done < 2:
            data = [self.order()]
        elif path.endswith("/orders/71"):
            data = self.order()
        elif path.endswith("/matchresults"):
            first, last = int(given.get("start-time", 0)), int(given.get("end-time", 2**62))
            data = [
                {"id": n, "order-id": 71, "trade-id": n, "symbol": "btcusdt", "price": "100.1",
                 "type": "buy-limit", "filled-amount": "1", "filled-fees": "0.01",
                 "fee-currency": "usdt", "role": "maker", "created-at": self.t0_ms + n}
                for n in range(self.done, 0, -1)
                if first <= self.t0_ms + n <= last
            ]  # fmt: skip
        return {"status": "ok", "data": data}

    def order(self) -> Row:
        return {
            "id": 71, "symbol": "btcusdt", "client-order-id": "mine1", "amount": "2",
            "price": "100", "type": "buy-limit", "created-at": self.t0_ms,
            "state": ("submitted", "partial-filled", "filled")[self.state],
            "filled-amount": str(self.done), "filled-cash-amount": str(100.1 * self.done),
            "filled-fees": "0",
        }  # fmt: skip

    def adjust(self, exchange: Any) -> None:
        super().adjust(exchange)
        market = exchange.markets[self.symbol]
        market["id"] = "btcusdt"
        exchange.set_markets([market])
        exchange.options["fetchBalance"] = {}


class Bingx(Talk):
    """A listen key, in zipped words. Executions are read as orders by ccxt: REST tells them."""

    venue, symbol, subscriptions, zipped = "bingx", SPOT, 2, True

    async def opened(self, request: web.Request) -> None:
        assert request.query["listenKey"] == "the-listen-key"

    async def heard(self, message: Row) -> list[Any]:
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


class KrakenFutures(Talk):
    """A challenge to be signed; fills in full, orders without a state."""

    venue, symbol, subscriptions = "krakenfutures", SWAP, 2
    tells_price = False

    async def heard(self, message: Row) -> list[Any]:
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
