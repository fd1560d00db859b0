"""The same conversations with venues whose streams leave more out; spot first."""

from __future__ import annotations

from typing import Any

from exchanges.tests.feed.venue_talks import Row, Talk
from exchanges.tests.gateway.conftest import SPOT


class Kraken(Talk):
    """A token by REST; executions and totals of balances. An execution is no word on its order."""

    venue, symbol, subscriptions = "kraken", SPOT, 2

    async def replies(self, message: Row) -> list[Any]:
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

    async def replies(self, message: Row) -> list[Any]:
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

    async def replies(self, message: Row) -> list[Any]:
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
