"""A small exchange on a real socket: Binance's and Bybit's orders, and faults on demand."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from exchanges.tests.gateway import order_lists
from foundation.lib import clock

MUTATING = {"POST", "PUT", "DELETE"}


@dataclass(frozen=True)
class Fault:
    """What happens to one request that changes something.

    kind: answer (status and body instead of its own), silent (no answer), reset, truncated, slow.
    takes_effect: whether the exchange did what was asked all the same.
    """

    kind: str
    takes_effect: bool = False
    status: int = 200
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Book:
    """Orders by our id, and what was executed of them."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    trades: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def create(self, client_id: str, **columns: Any) -> dict[str, Any] | None:
        """None: the id is taken."""
        with self.lock:
            if client_id in self.orders:
                return None
            order = {"id": str(1000 + len(self.orders)), "client_id": client_id, "status": "NEW"}
            self.orders[client_id] = order | {"filled": "0"} | columns
            return self.orders[client_id]

    def by(self, order_id: str, client_id: str) -> dict[str, Any] | None:
        for order in self.orders.values():
            if order_id == order["id"] or (client_id and client_id == order["client_id"]):
                return order
        return None

    def fill(self, client_id: str) -> None:
        with self.lock:
            order = self.orders[client_id]
            order["status"], order["filled"] = "FILLED", order["quantity"]
            order_lists.end_other(self, order, "EXPIRED")
            number = len(self.trades) + 1
            self.trades.append({"id": str(number), "order": order, "time_ms": clock.now_ms()})


Speak = Callable[[Book, str, str, dict[str, str]], tuple[int, Any]]


class Exchange:
    """The server. faults: one for each next request that changes something; read_faults: for each
    other one; None: it just works."""

    def __init__(self, speak: Speak) -> None:
        self.book, self.faults, self.speak = Book(), list[Fault | None](), speak
        self.read_faults: list[Fault | None] = []
        self.on_write: tuple[Callable[[str], None], bool] | None = None
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.held = threading.Event()
        exchange = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes: 40 ms an answer else

            def log_message(self, *_: Any) -> None:
                return

            def handle_one(self) -> None:
                exchange.answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = handle_one

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def writes(self) -> list[tuple[str, str, dict[str, str]]]:
        return [one for one in self.seen if one[0] in MUTATING]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        given = _given(request)
        path = urlsplit(request.path).path
        self.seen.append((request.command, path, given))
        faults = self.faults if request.command in MUTATING else self.read_faults
        fault = faults.pop(0) if faults else None
        status, body = 200, ""
        watch = self.on_write if request.command in MUTATING else None
        if watch is not None and not watch[1]:
            watch[0](path)
        if fault is None or fault.takes_effect:
            status, made = self.speak(self.book, request.command, path, given)
            body = json.dumps(made)
        if watch is not None and watch[1]:
            watch[0](path)
        self._send(request, fault, status, body)

    def _send(
        self, request: BaseHTTPRequestHandler, fault: Fault | None, status: int, body: str
    ) -> None:
        if fault is not None and fault.kind == "silent":
            self.held.wait(30)
            request.close_connection = True
            return
        if fault is not None and fault.kind == "reset":
            linger = struct.pack("ii", 1, 0)
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            request.connection.close()
            request.close_connection = True
            return
        headers: tuple[tuple[str, str], ...] = ()
        if fault is not None and fault.kind == "answer":
            status, body, headers = fault.status, fault.body, fault.headers
        data = body.encode()
        if fault is not None and fault.kind == "truncated":
            data = data[: len(data) // 2]
        request.send_response(status)
        for name, value in (("Content-Type", "application/json"), *headers):
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        if fault is not None and fault.kind == "slow":
            request.wfile.write(data[:1])
            request.wfile.flush()
            self.held.wait(30)
            return
        request.wfile.write(data)


def _given(request: BaseHTTPRequestHandler) -> dict[str, str]:
    length = int(request.headers.get("Content-Length") or 0)
    body = request.rfile.read(length).decode()
    given = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
    if body.startswith(("{", "[{")):
        told = json.loads(body)
        rows = told[0] if isinstance(told, list) else told
        return given | {name: str(value) for name, value in rows.items()}
    return given | dict(parse_qsl(body, keep_blank_values=True))


def binance(book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
    """/api/v3 and /fapi/v1: orders, open orders, trades, account."""
    ours = given.get("newClientOrderId") or given.get("origClientOrderId") or ""
    if path.endswith("/order") and method == "POST":
        made = book.create(
            ours, symbol=given["symbol"], side=given["side"], type=given["type"],
            quantity=given["quantity"], price=given.get("price", "100"),
        )  # fmt: skip
        if made is None:
            return 400, {"code": -2010, "msg": "Duplicate order sent."}
        return 200, _binance_order(made)
    if path.endswith("/orderList/oco"):
        return order_lists.create(book, given)
    found = book.by(given.get("orderId", ""), given.get("origClientOrderId", ""))
    if path.endswith("/order"):
        if found is None:
            code = -2011 if method == "DELETE" else -2013
            return 400, {"code": code, "msg": "Order does not exist."}
        if method == "DELETE" and found["status"] in ("FILLED", "EXPIRED"):
            return 400, {"code": -2011, "msg": "Unknown order sent."}
        if method == "DELETE":
            found["status"] = "CANCELED"
            order_lists.end_other(book, found, "CANCELED")
        elif method == "PUT":
            found["price"], found["quantity"] = given["price"], given["quantity"]
        return 200, _binance_order(found)
    if path.endswith("/openOrders"):
        return 200, [_binance_order(o) for o in book.orders.values() if o["status"] == "NEW"]
    if path.endswith(("/myTrades", "/userTrades")):
        return 200, [_binance_trade(one) for one in binance_page(book.trades, given)]
    if path.endswith("/account"):
        return 200, {"balances": [{"asset": "USDT", "free": "1000.5", "locked": "9.5"}]}
    if path.endswith("/time"):
        return 200, {"serverTime": 1_700_000_000_000}
    return 404, {"code": -1, "msg": f"no {path}"}


def _binance_order(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "symbol": order["symbol"], "orderId": int(order["id"]), "status": order["status"],
        "clientOrderId": order["client_id"], "side": order["side"], "type": order["type"],
        "price": order["price"], "origQty": order["quantity"], "executedQty": order["filled"],
        "cummulativeQuoteQty": "0", "timeInForce": "GTC", "transactTime": 1_700_000_000_000,
        "time": 1_700_000_000_000, "updateTime": 1_700_000_000_000, "avgPrice": order["price"],
    }  # fmt: skip


def binance_page(trades: list[dict[str, Any]], given: dict[str, str]) -> list[dict[str, Any]]:
    """From an id or a time on, the oldest first; without either the newest."""
    page = int(given.get("limit", 500))
    if "fromId" in given:
        return [one for one in trades if int(one["id"]) >= int(given["fromId"])][:page]
    if "startTime" in given:
        return [one for one in trades if one["time_ms"] >= int(given["startTime"])][:page]
    return trades[-page:]


def _binance_trade(trade: dict[str, Any]) -> dict[str, Any]:
    order = trade["order"]
    return {
        "symbol": order["symbol"], "id": int(trade["id"]), "orderId": int(order["id"]),
        "price": order["price"], "qty": order["quantity"], "quoteQty": "0", "isMaker": False,
        "commission": "0.01", "commissionAsset": "USDT", "time": trade["time_ms"],
        "isBuyer": order["side"] == "BUY", "buyer": order["side"] == "BUY", "side": order["side"],
    }  # fmt: skip


def bybit(book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
    """/v5: create, cancel, amend, realtime, history, executions."""
    ours = given.get("orderLinkId", "")
    if path == "/v5/order/create":
        made = book.create(
            ours, symbol=given["symbol"], side=given["side"], type=given["orderType"],
            quantity=given["qty"], price=given.get("price", "100"),
        )  # fmt: skip
        if made is None:
            return 200, {"retCode": 110072, "retMsg": "OrderLinkedID is duplicate", "result": {}}
        return 200, _bybit({"orderId": made["id"], "orderLinkId": ours})
    found = book.by(given.get("orderId", ""), ours)
    if path in ("/v5/order/cancel", "/v5/order/amend"):
        if found is None:
            words = "order not exists or too late to cancel"
            return 200, {"retCode": 110001, "retMsg": words, "result": {}}
        if path.endswith("cancel"):
            found["status"] = "CANCELED"
        else:
            found["price"], found["quantity"] = given["price"], given["qty"]
        return 200, _bybit({"orderId": found["id"], "orderLinkId": found["client_id"]})
    if path in ("/v5/order/realtime", "/v5/order/history"):
        if int(given.get("limit", 20)) > 50:
            return 200, {"retCode": 10001, "retMsg": "limit is out of range", "result": {}}
        alive, status = path.endswith("realtime"), given.get("orderStatus")
        rows = [o for o in book.orders.values() if (o["status"] == "NEW") == alive]
        rows = [o for o in rows if ours in ("", o["client_id"])]
        rows = [o for o in rows if status in (None, BYBIT_STATUS[o["status"]])]
        return 200, _bybit({"category": "linear", "list": [_bybit_order(o) for o in rows]})
    return 200, _bybit({"list": []})


BYBIT_STATUS = {
    "NEW": "New", "FILLED": "Filled", "CANCELED": "Cancelled", "REJECTED": "Rejected",
    "ENDED": "PartiallyFilledCanceled",
}  # fmt: skip


def _bybit(result: Any) -> dict[str, Any]:
    return {"retCode": 0, "retMsg": "OK", "result": result, "time": 1_700_000_000_000}


def _bybit_order(order: dict[str, Any]) -> dict[str, Any]:
    status = BYBIT_STATUS[order["status"]]
    return {
        "orderId": order["id"], "orderLinkId": order["client_id"], "symbol": order["symbol"],
        "side": order["side"], "orderType": order["type"], "price": order["price"],
        "qty": order["quantity"], "orderStatus": status, "cumExecQty": order["filled"],
        "cumExecValue": "0", "avgPrice": "0", "createdTime": "1700000000000",
        "updatedTime": "1700000000000", "timeInForce": "GTC",
    }  # fmt: skip
