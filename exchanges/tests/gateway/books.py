"""Venues that keep orders by our ids: what was sent is there when asked for, else it is not."""

from __future__ import annotations

import json
from typing import Any

from exchanges.tests.gateway.server import Book

STARTED_MS = 1_700_000_000_000
STARTED = "2026-01-01T00:00:00.000Z"
Told = tuple[int, Any]


def okx(book: Book, method: str, path: str, given: dict[str, str]) -> Told:
    order = book.by("", given.get("clOrdId", ""))
    if method == "POST":
        order = order or book.create(given["clOrdId"], quantity=given["sz"], price=given["px"])
        row = {"ordId": order["id"], "clOrdId": order["client_id"], "sCode": "0", "sMsg": ""}
        return 200, {"code": "0", "msg": "", "data": [row]}
    if order is None:
        return 200, {"code": "51603", "msg": "Order does not exist", "data": []}
    row = {
        "instType": "SWAP", "instId": "BTCUSDT", "ordId": order["id"], "ordType": "limit",
        "clOrdId": order["client_id"], "side": "buy", "px": order["price"], "avgPx": "",
        "sz": order["quantity"], "accFillSz": "0", "state": "live", "cTime": str(STARTED_MS),
    }  # fmt: skip
    return 200, {"code": "0", "msg": "", "data": [row]}


def kraken(book: Book, method: str, path: str, given: dict[str, str]) -> Told:
    name = path.rpartition("/")[2]
    if name == "AddOrder":
        order = book.create(given["cl_ord_id"], quantity=given["volume"], price=given["price"])
        descr = {"order": "buy 0.1 BTCUSDT @ limit 100.5"}
        return 200, {"error": [], "result": {"txid": [order and order["id"]], "descr": descr}}
    wanted = given.get("cl_ord_id")
    rows = {
        order["id"]: {
            "cl_ord_id": ours, "status": "open", "vol": order["quantity"], "vol_exec": "0",
            "opentm": STARTED_MS / 1000, "cost": "0", "price": "0",
            "descr": {"pair": "BTCUSDT", "type": "buy", "ordertype": "limit", "price": "100.5"},
        }
        for ours, order in book.orders.items()
        if wanted in (None, ours)
    }  # fmt: skip
    if name == "OpenOrders":
        return 200, {"error": [], "result": {"open": rows}}
    return 200, {"error": [], "result": {"closed": {}, "count": 0}}


def htx(book: Book, method: str, path: str, given: dict[str, str]) -> Told:
    """Linear contracts."""
    order = book.by("", given.get("client_order_id", ""))
    if method == "POST":
        order = book.create(
            given["client_order_id"], quantity=given["volume"], price=given["price"]
        )
        told = {"order_id": order and order["id"], "client_order_id": given["client_order_id"]}
        return 200, {"code": 200, "message": "Success", "data": told, "ts": STARTED_MS}
    if order is None:
        return 200, {"code": 1061, "message": "The order does not exist.", "data": None}
    row = {
        "contract_code": "BTCUSDT", "side": "buy", "type": "limit", "order_id": order["id"],
        "client_order_id": order["client_id"], "price": order["price"], "state": "new",
        "volume": order["quantity"], "trade_volume": "0", "trade_avg_price": "0",
        "created_time": str(STARTED_MS), "updated_time": str(STARTED_MS),
    }  # fmt: skip
    return 200, {"code": 200, "message": "Success", "data": row, "ts": STARTED_MS}


def bitmex(book: Book, method: str, path: str, given: dict[str, str]) -> Told:
    if method == "POST":
        book.create(given["clOrdID"], quantity=given["orderQty"], price=given["price"])
    wanted = given.get("clOrdID") or json.loads(given.get("filter", "{}")).get("clOrdID")
    rows = [
        {
            "orderID": order["id"], "clOrdID": ours, "symbol": "BTCUSDT", "side": "Buy",
            "orderQty": 100, "cumQty": 0, "price": 100.5, "ordStatus": "New", "ordType": "Limit",
            "timestamp": STARTED, "transactTime": STARTED,
        }
        for ours, order in book.orders.items()
        if wanted in (None, ours)
    ]  # fmt: skip
    return 200, rows[0] if method == "POST" else rows


def coinbase(book: Book, method: str, path: str, given: dict[str, str]) -> Told:
    if method == "POST":
        order = book.create(given["client_order_id"], quantity="0.1", price="100.5")
        told = {"order_id": order and order["id"], "client_order_id": given["client_order_id"]}
        return 200, {"success": True, "success_response": told}
    rows = [
        {
            "order_id": order["id"], "client_order_id": ours, "product_id": "BTCUSDT",
            "side": "BUY", "status": "OPEN", "filled_size": "0", "average_filled_price": "0",
            "order_configuration": {"limit_limit_gtc": {"base_size": "0.1", "limit_price": "100"}},
            "created_time": STARTED, "order_type": "LIMIT",
        }
        for ours, order in book.orders.items()
    ]  # fmt: skip
    is_shown = given.get("order_status") in (None, "OPEN")
    return 200, {"orders": rows if is_shown else [], "has_next": False, "cursor": ""}
