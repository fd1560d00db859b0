"""A bot on a connected account: candles as ever, and an exchange on a real socket that fills."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bots.models import Bot, BotRun, Strategy
from bots.services import account_runs, bots, strategies
from bots.tests.world import World
from exchanges.core.keys import Keys
from exchanges.models import AccountOrder
from exchanges.services import account_reading, account_sending
from exchanges.tests.credentials import account
from exchanges.tests.gateway import order_lists
from exchanges.tests.gateway.conftest import SPOT, NoLimits, lead_to
from exchanges.tests.gateway.server import Book, Exchange, binance, binance_page
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions
from foundation.lib import clock

D = Decimal
FEE = D("0.001")
ROUNDS_MAX = 12


@dataclass
class Market:
    """What the exchange fills at. in_parts: market orders fill half at first."""

    price: Decimal = field(default_factory=lambda: D(100))
    in_parts: bool = False
    balances: dict[str, Decimal] = field(default_factory=lambda: {"USDT": D(1000)})

    def price_of(self, _order: dict[str, Any]) -> Decimal:
        return self.price

    def coins_of(self, _order: dict[str, Any]) -> tuple[str, str]:
        """(base, quote)"""
        return "BTC", "USDT"

    def speak(self, book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
        if path == "/control":
            self.move(book, D(given["price"]))
            return 200, {}
        if path.endswith("/account"):
            rows = [{"asset": a, "free": f"{q:f}", "locked": "0"} for a, q in self.balances.items()]
            return 200, {"balances": rows}
        if path.endswith("/orderList/oco") and not self._is_between(given):
            words = "The relationship of the prices for the orders is not correct."
            return 400, {"code": -2010, "msg": words}
        if path.endswith("/myTrades"):
            return 200, [one["row"] for one in binance_page(book.trades, given)]
        status, body = binance(book, method, path, given)
        if path.endswith("/order") and method == "POST" and status == 200:
            order = book.orders[given["newClientOrderId"]]
            order["stop"] = given.get("stopPrice", "")
            if given["type"] == "MARKET":
                self.fill(book, order, 2 if self.in_parts else 1)
        if isinstance(body, dict) and "clientOrderId" in body:
            return 200, self.told(book.orders[body["clientOrderId"]])
        if isinstance(body, list):
            mine = {str(one["orderId"]): one for one in body}
            rows = [self.told(one) for one in book.orders.values() if one["id"] in mine]
            return status, rows
        return status, body

    def told(self, order: dict[str, Any]) -> dict[str, Any]:
        filled, quote = D(order["filled"]), D(order.get("quote", "0"))
        status = order["status"]
        if status == "NEW" and filled:
            status = "PARTIALLY_FILLED"
        return {
            "symbol": order["symbol"], "orderId": int(order["id"]), "status": status,
            "clientOrderId": order["client_id"], "side": order["side"], "type": order["type"],
            "price": order["price"], "origQty": order["quantity"], "executedQty": f"{filled:f}",
            "cummulativeQuoteQty": f"{quote:f}", "timeInForce": "GTC", "stopPrice": order["stop"],
            "time": clock.now_ms(), "updateTime": clock.now_ms(),
        }  # fmt: skip

    def fill(self, book: Book, order: dict[str, Any], parts: int = 1) -> None:
        """An execution of what is left, or of a part; the fee comes out of what is received."""
        left = D(order["quantity"]) - D(order["filled"])
        size = (left / parts).quantize(D("0.001"))
        is_limit = order["type"] in ("LIMIT", "LIMIT_MAKER")
        price = D(order["price"]) if is_limit else self.price_of(order)
        base, quote = self.coins_of(order)
        order_lists.end_other(book, order, "EXPIRED")
        buys = order["side"] == "BUY"
        fee = size * FEE if buys else size * price * FEE
        order["filled"] = f"{D(order['filled']) + size:f}"
        order["quote"] = f"{D(order.get('quote', '0')) + size * price:f}"
        if D(order["filled"]) == D(order["quantity"]):
            order["status"] = "FILLED"
        way = 1 if buys else -1
        self._move(base, way * size - (fee if buys else 0))
        self._move(quote, -way * size * price - (0 if buys else fee))
        row = {
            "symbol": order["symbol"], "id": len(book.trades) + 1, "orderId": int(order["id"]),
            "price": f"{price:f}", "qty": f"{size:f}", "quoteQty": f"{size * price:f}",
            "commission": f"{fee:f}", "commissionAsset": base if buys else quote,
            "isBuyer": buys, "isMaker": False, "time": clock.now_ms(),
        }  # fmt: skip
        number, time_ms = str(row["id"]), row["time"]
        book.trades.append({"id": number, "order": order, "time_ms": time_ms, "row": row})

    def move(self, book: Book, price: Decimal) -> None:
        """The market is somewhere else now; stops and targets that it reaches are executed."""
        self.price = price
        for order in book.orders.values():
            is_new = order["status"] == "NEW"
            is_target = order["type"] == "LIMIT_MAKER" and price >= D(order["price"])
            if is_new and (is_target or (order["stop"] and price <= D(order["stop"]))):
                self.fill(book, order)

    def _is_between(self, given: dict[str, str]) -> bool:
        """Whether a sale of which one leg is enough stands around the market."""
        return D(given["belowStopPrice"]) < self.price < D(given["abovePrice"])

    def _move(self, asset: str, amount: Decimal) -> None:
        self.balances[asset] = self.balances.get(asset, D(0)) + amount


class Connected:
    """One account with bots on it; `settle` lets everybody who has something to do do it."""

    def __init__(self, owner: Any, world: World, market: Market | None = None) -> None:
        self.market = market or Market()
        self.exchange = Exchange(self.market.speak)
        self.world = world
        self.account = account(owner)
        self.sessions = Sessions("binance", adjust=lead_to(self.exchange.url, SPOT))

    def connect(self, _venue: str, keys: Keys, **given: Any) -> Gateway:
        return Gateway(self.sessions, keys, NoLimits(), account=given["account"])

    def bot(self, owner: Any, spec: dict[str, Any], **fields: Any) -> Bot:
        spec = {**spec, "timeframe": self.world.timeframe}
        strategy: Strategy = strategies.create(owner=owner, spec=spec)
        values: dict[str, Any] = {"name": "Real", "allocation": "1000"} | fields
        self.read()
        made = bots.create(
            owner=owner, strategy=strategy, venue="binance", symbol=self.world.symbol,
            credential=self.account, skip_gate=True, **values,
        )  # fmt: skip
        return bots.start(bot=made)

    def send(self) -> int:
        """The orders worker: what is pending goes out, what is out is looked at."""
        mine = AccountOrder.objects.filter(credential=self.account)
        pending = list(mine.filter(status="pending").values_list("pk", flat=True))
        for pk in pending:
            account_sending.send(order_id=pk, connecting=self.connect)
        working = mine.filter(status__in=AccountOrder.WORKING)
        for pk in list(working.values_list("pk", flat=True)):
            account_sending.look(order_id=pk, connecting=self.connect)
        return len(pending)

    def read(self) -> None:
        account_reading.read(credential_id=self.account.pk, connecting=self.connect)

    def settle(self) -> None:
        before, filled = None, None
        for _ in range(ROUNDS_MAX):
            self.send()
            rows = AccountOrder.objects.filter(credential=self.account).order_by("pk")
            if filled != (filled := list(rows.values_list("filled_quantity", flat=True))):
                self.read()
            active = BotRun.objects.filter(ended_at__isnull=True, bot__credential=self.account)
            for pk in list(active.values_list("pk", flat=True)):
                account_runs.look(pk)
            now = list(rows.values_list("pk", "status", "filled_quantity", "cancel_asked_at"))
            if now == before:
                return
            before = now
        raise AssertionError("it never comes to rest")

    def close(self) -> None:
        self.exchange.close()
