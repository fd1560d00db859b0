"""Where ccxt's words for an order are not the venue's: what would mislead is put right."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.orders import OrderStatus, Side
from exchanges.feed import account_words
from exchanges.tests.gateway.conftest import SPOT, SWAP
from exchanges.tests.gateway.server import Book
from exchanges.tests.gateway.test_orders import ticket
from foundation.lib import clock

D = Decimal
STOPS: dict[str, Any] = {"type": "stop_loss", "price": None, "trigger_price": D(99)}


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    "changes", [STOPS, {"type": "take_profit_limit", "trigger_price": D(102)}, {}]
)
def test_okx_spot_orders_and_stops_do_not_borrow(world_of, side, changes) -> None:
    def okx(_book: Book, _method: str, _path: str, _given: dict[str, str]) -> tuple[int, Any]:
        told = {"algoId": "1", "ordId": "1", "algoClOrdId": "x", "sCode": "0", "sMsg": ""}
        return 200, {"code": "0", "msg": "", "data": [told]}

    world = world_of("okx", SPOT, okx)
    world.gateway.place(ticket(SPOT, side=side, **changes))
    _, _, given = world.exchange.writes[-1]
    assert given["tdMode"] == "cash"


def test_okx_contracts_keep_their_margin_mode(world_of) -> None:
    def okx(_book: Book, _method: str, _path: str, _given: dict[str, str]) -> tuple[int, Any]:
        return 200, {"code": "0", "msg": "", "data": [{"algoId": "1", "sCode": "0", "sMsg": ""}]}

    world = world_of("okx", SWAP, okx)
    world.gateway.place(ticket(SWAP, **STOPS))
    assert world.exchange.writes[-1][2]["tdMode"] == "cross"


def bybit_order(**changes: str) -> dict[str, Any]:
    return {
        "orderId": "1", "orderLinkId": "ours-1", "symbol": "BTCUSDT", "side": "Buy",
        "orderType": "Limit", "price": "100", "qty": "0.1", "orderStatus":
        "PartiallyFilledCanceled", "cumExecQty": "0.04", "cumExecValue": "4", "avgPrice": "100",
        "createdTime": "1700000000000", "updatedTime": "1700000000000", "timeInForce": "GTC",
        "leavesQty": "0",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.CANCELLED),
        ({"orderStatus": "Filled", "cumExecQty": "0.1"}, OrderStatus.FILLED),
        # 4 USDT of 5 were spent: the rest of a market order buys less than a step.
        ({"orderType": "Market", "marketUnit": "quoteCoin", "qty": "5", "leavesQty": "1"},
         OrderStatus.FILLED),
    ],
)  # fmt: skip
def test_bybit_spot_orders_that_end_in_part_are_cancelled(world_of, changes, status) -> None:
    def bybit(_book: Book, _method: str, path: str, _given: dict[str, str]) -> tuple[int, Any]:
        rows = [bybit_order(**changes)] if path.endswith("history") else []
        return 200, {"retCode": 0, "retMsg": "OK", "result": {"list": rows, "category": "spot"}}

    world = world_of("bybit", SPOT, bybit)
    found = world.gateway.find(SPOT, "ours-1")
    assert found is not None
    assert found.status is status
    if status is OrderStatus.CANCELLED:
        assert found.filled == D("0.04")


def test_so_does_the_stream() -> None:
    row = {"symbol": SPOT, "id": "1", "status": "closed", "type": "limit", "amount": 0.1,
           "filled": 0.04}  # fmt: skip
    told = account_words.order_of(row, D(1))
    assert told is not None
    assert (told.status, told.filled) == (OrderStatus.CANCELLED, D("0.04"))
    whole = account_words.order_of(row | {"filled": 0.1}, D(1))
    assert whole is not None
    assert whole.status is OrderStatus.FILLED


def kraken_history(*, age_ms: int, filled: str, is_open: bool = False) -> Any:
    """The book of open orders lags behind; the history knows the placing."""
    at_ms = clock.now_ms() - age_ms
    placed = {
        "uid": "id-1", "clientId": "ours-1", "tradeable": "BTCUSDT", "direction": "Buy",
        "quantity": "0.1", "filled": filled, "limitPrice": "100.5", "orderType": "Limit",
        "timestamp": at_ms, "lastUpdateTimestamp": at_ms, "reduceOnly": False,
    }  # fmt: skip

    def speak(_book: Book, _method: str, path: str, _given: dict[str, str]) -> tuple[int, Any]:
        if path.endswith("openorders"):
            return 200, {"result": "success", "openOrders": []}
        return 200, {"elements": [{"event": {"OrderPlaced": {"order": placed}}}]}

    return speak


@pytest.mark.parametrize(
    ("age_ms", "filled", "status"),
    [
        (500, "0", OrderStatus.OPEN),
        (500, "0.04", OrderStatus.PARTIALLY_FILLED),
        (60_000, "0", OrderStatus.CANCELLED),
        (60_000, "0.04", OrderStatus.CANCELLED),
        (500, "0.1", OrderStatus.FILLED),
    ],
)
def test_a_fresh_order_at_kraken_futures_is_not_taken_for_cancelled(
    world_of, age_ms, filled, status
) -> None:
    world = world_of("krakenfutures", SWAP, kraken_history(age_ms=age_ms, filled=filled))
    found = world.gateway.find(SWAP, "ours-1")
    assert found is not None
    assert (found.status, found.filled) == (status, D(filled))


def triggered_usdm(_book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
    """A stop that went off: its order is there under another id, and half filled."""
    if path.endswith("algoOrder"):
        if method == "DELETE":
            return 400, {"code": -2011, "msg": "Unknown order sent."}
        return 200, {"algoId": 5, "clientAlgoId": "ours-1", "algoStatus": "TRIGGERED",
                     "actualOrderId": "4711", "symbol": "BTCUSDT", "side": "SELL",
                     "orderType": "STOP", "quantity": "0.1", "triggerPrice": "99",
                     "price": "98", "createTime": 1, "updateTime": 2}  # fmt: skip
    assert given["orderId"] == "4711"
    status = "CANCELED" if method == "DELETE" else "PARTIALLY_FILLED"
    return 200, {"symbol": "BTCUSDT", "orderId": 4711, "clientOrderId": "venues-own", "price": "98",
                 "origQty": "0.1", "executedQty": "0.04", "cumQuote": "3.9", "status": status,
                 "type": "LIMIT", "side": "SELL", "time": 1, "updateTime": 2}  # fmt: skip


def triggered_okx(_book: Book, _method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
    row = {"instId": "BTCUSDT", "side": "sell", "sz": "0.1", "cTime": "1", "uTime": "2"}
    if path.endswith("order-algo"):
        row |= {"algoId": "5", "algoClOrdId": "x", "state": "effective", "ordId": "4711",
                "ordType": "conditional", "slTriggerPx": "99", "slOrdPx": "98"}  # fmt: skip
    else:
        assert given["ordId"] == "4711"
        row |= {"ordId": "4711", "clOrdId": "", "state": "partially_filled", "accFillSz": "0.04",
                "ordType": "limit", "px": "98", "avgPx": "98"}  # fmt: skip
    return 200, {"code": "0", "msg": "", "data": [row]}


@pytest.mark.parametrize(
    ("venue", "symbol", "speak"),
    [("binanceusdm", SWAP, triggered_usdm), ("okx", SPOT, triggered_okx)],
)
def test_a_stop_that_went_off_is_told_by_the_order_it_became(
    world_of, venue, symbol, speak
) -> None:
    world = world_of(venue, symbol, speak)
    found = world.gateway.find(symbol, "ours-1", waits=True)
    assert found is not None
    assert (found.status, found.filled) == (OrderStatus.PARTIALLY_FILLED, D("0.04"))
    assert found.venue_order_id == "4711"
