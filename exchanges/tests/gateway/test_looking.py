"""An order is found by our id however it ended, and however many the account had before."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from exchanges.core.client_ids import venue_client_id
from exchanges.core.orders import OrderStatus
from exchanges.tests.gateway.conftest import SPOT, SWAP
from exchanges.tests.gateway.server import Book, Fault
from exchanges.tests.gateway.test_orders import ticket
from exchanges.tests.gateway.test_settling import Time
from exchanges.venues.settling import place_once

EARLIER = 150  # more than any list shows at once
STARTED = "2026-01-01T00:00:00.000Z"


def bitmex(book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
    """/order: the oldest first, 100 of them, unless a filter says which."""
    wanted = json.loads(given.get("filter", "{}")).get("clOrdID")
    names = [f"earlier-{n}" for n in range(EARLIER)] + ["ours-1"]
    rows = [name for name in names if wanted in (None, name)][:100]
    return 200, [
        {
            "orderID": f"id of {name}", "clOrdID": name, "symbol": "BTCUSDT", "side": "Buy",
            "orderQty": 100, "cumQty": 40, "price": 100.5, "ordStatus": "Canceled",
            "ordType": "Limit", "timestamp": STARTED, "transactTime": STARTED,
        }
        for name in rows
    ]  # fmt: skip


def kraken(book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
    """OpenOrders, ClosedOrders: 50 of them, the newest first, unless told which."""
    name = str(venue_client_id("ours-1", "short18"))
    names = [f"later-{n}" for n in range(EARLIER)] + [name]
    rows = [one for one in names if given.get("cl_ord_id") in (None, one)][:50]
    told = {
        f"id of {one}": {
            "cl_ord_id": one, "status": "canceled", "vol": "100", "vol_exec": "40",
            "descr": {"pair": "BTCUSDT", "type": "buy", "ordertype": "limit", "price": "100.5"},
            "opentm": 1_700_000_000.5, "cost": "4020", "price": "100.5",
        }
        for one in rows
    }  # fmt: skip
    if path.endswith("OpenOrders"):
        return 200, {"error": [], "result": {"open": {}}}
    return 200, {"error": [], "result": {"closed": told, "count": len(told)}}


def coinbase(book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
    """orders/historical/batch: by status, if it is given; ours ran out of time."""
    order = {
        "order_id": "id of ours-1", "client_order_id": "ours-1", "product_id": "BTCUSDT",
        "side": "BUY", "status": "EXPIRED", "filled_size": "40", "average_filled_price": "100.5",
        "order_configuration": {"limit_limit_gtc": {"base_size": "100", "limit_price": "100.5"}},
        "created_time": STARTED, "order_type": "LIMIT",
    }  # fmt: skip
    shown = given.get("order_status") in (None, "EXPIRED")
    return 200, {"orders": [order] if shown else [], "has_next": False, "cursor": ""}


@pytest.mark.parametrize(
    ("venue", "symbol", "speak"),
    [("bitmex", SWAP, bitmex), ("kraken", SPOT, kraken), ("coinbase", SPOT, coinbase)],
)
def test_an_order_that_ended_half_filled_is_found(world_of, venue, symbol, speak) -> None:
    world = world_of(venue, symbol, speak)
    found = world.gateway.find(symbol, "ours-1")
    assert found is not None
    assert found.venue_order_id.startswith("id of")
    assert found.filled == 40
    assert found.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED)


@pytest.mark.parametrize(("status", "filled"), [("ENDED", "0.04"), ("REJECTED", "0")])
def test_what_bybit_ended_after_an_unanswered_order_is_told(world_of, status, filled) -> None:
    """Its fill would be lost, and the order sent anew, if it were taken for one never sent."""
    world, time = world_of("bybit", SWAP), Time()
    world.exchange.faults = [Fault("reset", takes_effect=True)]

    known = world.exchange.speak

    def speak(book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
        answer = known(book, method, path, given)
        if path.endswith("create"):
            book.orders["ours-1"] |= {"status": status, "filled": filled}
        return answer

    world.exchange.speak = speak
    placed = place_once(world.gateway, ticket(SWAP), sleep=time.sleep, now_s=lambda: time.now_s)
    assert placed.filled == Decimal(filled)
    assert placed.status not in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED)
    assert len(world.exchange.writes) == 1


def test_an_order_that_arrives_late_is_waited_for(world_of) -> None:
    """Not shown at first is no proof: it reached the engine after three questions."""
    world, time, asked = world_of("binanceusdm", SWAP), Time(), []
    world.exchange.faults = [Fault("reset")]
    known = world.exchange.speak

    def speak(book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
        asked.append(path)
        if len(asked) == 3:
            book.create("ours-1", symbol="BTCUSDT", side="BUY", type="LIMIT", quantity="0.1",
                        price="100.5")  # fmt: skip
        return known(book, method, path, given)

    world.exchange.speak = speak
    placed = place_once(world.gateway, ticket(SWAP), sleep=time.sleep, now_s=lambda: time.now_s)
    assert placed.client_order_id == "ours-1"
    assert 0 < time.now_s < world.gateway.trading.ambiguous_s
    assert len(world.exchange.writes) == 1
