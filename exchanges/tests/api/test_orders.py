"""Placing, changing and taking back orders over REST, and what one reads of them."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.models import Order
from exchanges.tests.api.conftest import books
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld

pytestmark = pytest.mark.django_db
ORDERS = "/api/orders"
MARKET: dict[str, Any] = {"symbol": SPOT, "side": "buy", "type": "market", "quantity": "1"}
LIMIT = {**MARKET, "type": "limit", "price": "90"}

#  body, status afterwards, why
ACCEPTED: list[tuple[dict[str, Any], str, str]] = [
    (MARKET, "filled", "a market order"),
    ({**MARKET, "quantity": 1.5}, "filled", "a number instead of text"),
    ({**MARKET, "quantity": None, "amount_quote": "100"}, "filled", "for an amount of money"),
    ({**MARKET, "symbol": "BTC-USDT"}, "filled", "the symbol as an address writes it"),
    (LIMIT, "open", "a limit order that waits"),
    ({**LIMIT, "price": "100.1", "time_in_force": "IOC"}, "filled", "what is there at once"),
    ({**LIMIT, "quantity": "8", "price": "100.1", "time_in_force": "IOC"}, "expired", "the rest"),
    ({**LIMIT, "quantity": "8", "price": "100.1", "time_in_force": "FOK"}, "expired", "or nothing"),
    ({**LIMIT, "post_only": True}, "open", "post-only"),
    ({**MARKET, "side": "sell", "type": "stop_loss", "trigger_price": "95"}, "open", "a stop"),
    ({**LIMIT, "type": "stop_limit", "trigger_price": "110", "price": "111"}, "open", "stop limit"),
    ({**MARKET, "type": "take_profit", "trigger_price": "90"}, "open", "take profit"),
    (
        {**LIMIT, "type": "take_profit_limit", "trigger_price": "90", "price": "91"},
        *("open", "take-profit limit"),
    ),
    ({**MARKET, "side": "sell", "type": "trailing_stop", "callback_rate": "0.01"}, "open", "trail"),
    ({**MARKET, "symbol": SWAP, "leverage": 20, "margin_mode": "cross"}, "filled", "a perpetual"),
    (
        {**MARKET, "symbol": SWAP, "take_profit_price": "120", "stop_loss_price": "90"},
        *("filled", "a bracket"),
    ),
]


@pytest.mark.parametrize(("body", "status", "why"), ACCEPTED)
def test_an_order_is_made_and_shown_whole(
    rich_api: Any, body: dict[str, Any], status: str, why: str
) -> None:
    answer = rich_api.post(ORDERS, body)
    assert answer.status_code == 201, (why, answer.content)
    order = answer.json()
    assert order["status"] == status, (why, order)
    assert order["events"][0]["status"] == "pending"
    assert bool(order["fills"]) == (order["filled_quantity"] != "0")
    shown = rich_api.get(f"{ORDERS}/{order['id']}").json()
    assert shown == order, "the answer is what a look shows"


def test_a_test_order_places_nothing(rich_api: Any) -> None:
    before = books()
    assert rich_api.post(f"{ORDERS}/test", MARKET).status_code == 204
    assert books() == before


def test_the_same_key_with_the_same_body_is_one_order(rich_api: Any) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "7a1f-first"}
    first = rich_api.post(ORDERS, MARKET, **key)
    books_then = books()
    again = rich_api.post(ORDERS, MARKET, **key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["client_order_id"] == "7a1f-first"
    other = rich_api.post(ORDERS, {**MARKET, "quantity": "2"}, **key)
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "duplicate_client_order_id"
    named = rich_api.post(ORDERS, {**MARKET, "client_order_id": "7a1f-first"})
    assert named.status_code == 200, "the body's own word for it"
    both = rich_api.post(ORDERS, {**MARKET, "client_order_id": "another"}, **key)
    assert both.status_code == 400 and "differs" in both.json()["error"]["message"]
    long = rich_api.post(ORDERS, MARKET, HTTP_IDEMPOTENCY_KEY="x" * 37)
    assert long.status_code == 400
    assert books() == books_then


def test_an_order_is_found_by_its_client_id_and_state(rich_api: Any) -> None:
    rich_api.post(ORDERS, {**MARKET, "client_order_id": "done"})
    waits = rich_api.post(ORDERS, {**LIMIT, "client_order_id": "waits"}).json()

    def found(query: str) -> list[str]:
        rows = rich_api.get(f"{ORDERS}?{query}").json()["results"]
        return sorted(row["client_order_id"] for row in rows)

    assert found("client_order_id=waits") == ["waits"]
    assert found("client_order_id=nobody") == []
    assert found("state=working") == ["waits"]
    assert found("state=over") == ["done"]
    assert found("state=all&symbol=BTC/USDT&type=limit") == ["waits"]
    assert rich_api.get(f"{ORDERS}?state=odd").status_code == 400
    assert rich_api.get(f"{ORDERS}/history").json()["count"] == 1
    assert (waits["price"], waits["held"]) == ("90", "90.036"), "the fee is reserved too"


def test_an_order_is_amended_and_keeps_its_id(rich_api: Any) -> None:
    order = rich_api.post(ORDERS, LIMIT).json()
    changed = rich_api.put(f"{ORDERS}/{order['id']}", {"price": "91.5", "quantity": 2})
    assert changed.status_code == 200, changed.content
    body = changed.json()
    assert (body["id"], body["price"], body["quantity"]) == (order["id"], "91.5", "2")


#  body, code, path, why
BAD_CHANGES = [
    ({}, "bad_input", "", "nothing to change"),
    ({"price": None}, "bad_input", "", "nothing either"),
    ({"price": "90.05"}, "price_filter", "price", "off the step"),
    ({"quantity": "0.0001"}, "lot_size", "quantity", "below the minimum"),
    ({"quantity": "1e400"}, "bad_input", "quantity", "too large"),
    ({"quantity": "1000"}, "insufficient_balance", "", "more than the wallet has"),
    ({"side": "sell"}, "bad_input", "side", "an order's side stays"),
]


@pytest.mark.parametrize(("body", "code", "path", "why"), BAD_CHANGES)
def test_a_bad_change_is_refused_and_changes_nothing(
    rich_api: Any, body: dict[str, Any], code: str, path: str, why: str
) -> None:
    order = rich_api.post(ORDERS, LIMIT).json()
    before = books()
    answer = rich_api.put(f"{ORDERS}/{order['id']}", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code), (why, error)
    assert not path or error["errors"][0]["path"] == path, (why, error)
    assert books() == before
    assert rich_api.get(f"{ORDERS}/{order['id']}").json()["price"] == "90"


def test_an_order_is_taken_back_once(rich_api: Any) -> None:
    order = rich_api.post(ORDERS, LIMIT).json()
    gone = rich_api.delete(f"{ORDERS}/{order['id']}")
    assert (gone.status_code, gone.json()["status"]) == (200, "cancelled")
    assert rich_api.get("/api/wallet/USDT").json()["locked"] == "0"
    again = rich_api.delete(f"{ORDERS}/{order['id']}")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "not_working")
    late = rich_api.put(f"{ORDERS}/{order['id']}", {"price": "91"})
    assert (late.status_code, late.json()["error"]["code"]) == (400, "not_working")


def test_all_orders_are_taken_back_by_market_and_wallet(rich_api: Any) -> None:
    for symbol in (SPOT, SPOT, SWAP):
        assert rich_api.post(ORDERS, {**LIMIT, "symbol": symbol}).status_code == 201
    misspelt = rich_api.delete(f"{ORDERS}?symbl=BTC/USDT")
    assert misspelt.status_code == 400, "or it would have taken back everything"
    assert rich_api.delete(f"{ORDERS}?wallet=bot:1").status_code == 400
    assert len(rich_api.delete(f"{ORDERS}?symbol=BTC-USDT").json()["cancelled"]) == 2
    assert len(rich_api.delete(f"{ORDERS}?wallet=spot").json()["cancelled"]) == 0
    assert len(rich_api.delete(ORDERS).json()["cancelled"]) == 1
    assert rich_api.get(f"{ORDERS}?state=working").json()["count"] == 0


def test_one_of_a_pair_cancels_the_other(rich_api: Any, world: PaperWorld) -> None:
    body = {"symbol": SPOT, "side": "sell", "quantity": "1", "price": "110", "trigger_price": "95"}
    answer = rich_api.post(f"{ORDERS}/oco", {**body, "limit_price": "94.9"})
    assert answer.status_code == 201, answer.content
    limit, stop = answer.json()["orders"]
    assert (limit["type"], stop["type"]) == ("limit", "stop_limit")
    assert limit["list_id"] == stop["list_id"] is not None
    assert rich_api.get(f"{ORDERS}?list_id={limit['list_id']}").json()["count"] == 2
    world.move(111)
    states = {row["type"]: row["status"] for row in rich_api.get(ORDERS).json()["results"]}
    assert states == {"limit": "filled", "stop_limit": "cancelled"}
    before = books()
    wrong = rich_api.post(f"{ORDERS}/oco", {**body, "price": "80"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "price_filter")
    assert books() == before


def test_fills_are_listed_with_their_orders(rich_api: Any) -> None:
    order = rich_api.post(ORDERS, {**MARKET, "client_order_id": "mine"}).json()
    row = rich_api.get(f"{ORDERS}/fills?symbol=BTC/USDT").json()["results"][0]
    assert (row["order"], row["client_order_id"], row["price"]) == (order["id"], "mine", "100.1")
    assert (row["quantity"], row["fee"], row["is_maker"]) == ("1", "0.04004", False)
    assert rich_api.get(f"{ORDERS}/fills?order={order['id']}").json()["count"] == 1
    assert rich_api.get(f"{ORDERS}/fills?side=sell").json()["count"] == 0


def test_a_stranger_gets_404_and_changes_nothing(rich_api: Any, charlie_api: Any) -> None:
    order = rich_api.post(ORDERS, LIMIT).json()
    before = books()
    address = f"{ORDERS}/{order['id']}"
    for method in (charlie_api.get, charlie_api.put, charlie_api.delete):
        assert method(address).status_code == 404
    assert charlie_api.delete(ORDERS).json() == {"cancelled": []}
    assert charlie_api.get(f"{ORDERS}/fills").json()["count"] == 0
    assert books() == before
    assert Order.objects.get().status == "open"
