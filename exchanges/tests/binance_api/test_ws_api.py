"""The websocket API: requests as on REST, a log-on that signs for the rest, an account's events."""

from __future__ import annotations

import pytest

from exchanges.models import Order
from exchanges.tests.binance_api.served import key_of
from exchanges.tests.binance_api.sockets import Socket, run, signed

MARKET = {"symbol": "BTCUSDT"}
BUY = {**MARKET, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1"}
PLACES = ["ws-api/v3", "ws-fapi/v1"]


@pytest.fixture
def key(trader):
    return key_of(trader)


@pytest.mark.parametrize("place", PLACES)
def test_an_order_is_placed_seen_and_cancelled_by_signed_requests(base, key, place):
    async def story():
        async with Socket(base, place) as socket:
            assert (await socket.ask(id="t", method="time"))["result"]["serverTime"] > 0
            book = await socket.ask(id="b", method="depth", params=MARKET)
            assert float(book["result"]["bids"][0][0]) == 99.9
            placed = await socket.ask(
                id=1, method="order.place", params=signed(key, **BUY, price="90")
            )
            assert placed["status"] == 200, placed
            named = MARKET | {"orderId": placed["result"]["orderId"]}
            seen = await socket.ask(id=2, method="order.status", params=signed(key, **named))
            assert (seen["result"]["status"], float(seen["result"]["price"])) == ("NEW", 90.0)
            gone = await socket.ask(id=3, method="order.cancel", params=signed(key, **named))
            assert gone["result"]["status"] == "CANCELED"

    run(story())
    assert Order.objects.get().status == "cancelled"


@pytest.mark.parametrize("place", PLACES)
def test_who_logs_on_need_not_sign_again(base, key, place):
    async def story():
        async with Socket(base, place) as socket:
            refused = await socket.ask(id=0, method="account.status")
            assert (refused["status"], refused["error"]["code"]) == (401, -2014)
            session = await socket.ask(id=1, method="session.logon", params=signed(key))
            assert session["result"]["apiKey"] == key["apiKey"]
            account = await socket.ask(id=2, method="account.status")
            assert account["status"] == 200, account
            placed = await socket.ask(id=3, method="order.place", params={**BUY, "price": 90})
            assert placed["result"]["status"] == "NEW", placed
            await socket.ask(id=4, method="session.logout")
            assert (await socket.ask(id=5, method="account.status"))["status"] == 401

    run(story())


def test_the_contracts_account(base, key):
    async def story():
        async with Socket(base, "ws-fapi/v1") as socket:
            await socket.ask(id=0, method="session.logon", params=signed(key))
            for method in ("account.balance", "v2/account.balance"):
                (row,) = (await socket.ask(id=method[:2], method=method))["result"]
                assert float(row["balance"]) == 10_000
            order = {**MARKET, "side": "BUY", "type": "MARKET", "quantity": "1"}
            await socket.ask(id=1, method="order.place", params=order)
            for method in ("account.position", "v2/account.position"):
                (held,) = (await socket.ask(id=2, method=method, params=MARKET))["result"]
                assert float(held["positionAmt"]) == 1

    run(story())


def test_the_accounts_events_on_the_same_socket(base, key):
    async def story():
        async with Socket(base, "ws-api/v3") as socket:
            done = await socket.ask(
                id=1, method="userDataStream.subscribe.signature", params=signed(key)
            )
            assert done["result"] == {"subscriptionId": 0}
            params = signed(key, **BUY, price="90")
            await socket.ask(id=2, method="order.place", params=params)
            report = await socket.event("executionReport", x="NEW")
            assert (report["s"], report["X"], float(report["p"])) == ("BTCUSDT", "NEW", 90.0)
            assert (await socket.ask(id=3, method="userDataStream.unsubscribe"))["status"] == 200

    run(story())


REFUSED = [
    ("order.place", {**BUY, "price": "0"}, -1013),
    ("order.place", {**BUY, "price": "NaN"}, -1100),
    ("order.place", {**BUY, "price": "90.01"}, -1013),
    ("order.place", {**BUY, "price": None}, -1100),
    ("order.place", {**BUY, "price": [1]}, -1100),
    ("order.place", {**BUY, "symbol": "NOPE", "price": "90"}, -1121),
    ("order.status", {**MARKET, "orderId": 7}, -2013),
    ("order.cancel", {**MARKET, "orderId": 7}, -2011),
    ("order.dance", {}, -1020),
    ("time", [1], -1135),
    ("session.logon", {"apiKey": "x" * 64}, -2015),
]


def test_bad_requests_are_refused_and_the_socket_lives(base, key):
    async def story():
        async with Socket(base, "ws-api/v3") as socket:
            unsigned = await socket.ask(
                id=1, method="order.place", params={**BUY, "price": 90, "apiKey": key["apiKey"]}
            )
            assert unsigned["error"]["code"] == -1102
            forged = signed(key, **BUY, price=90) | {"price": 91}
            wrong = await socket.ask(id=2, method="order.place", params=forged)
            assert wrong["error"]["code"] == -1022
            await socket.ask(id=3, method="session.logon", params=signed(key))
            for number, (method, params, code) in enumerate(REFUSED, 10):
                told = await socket.ask(id=number, method=method, params=params)
                assert (400 <= told["status"] < 500, told["error"]["code"]) == (True, code), told

    run(story())
    assert not Order.objects.exists()
