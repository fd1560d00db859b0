"""Market streams as any websocket client hears them: raw, combined, subscribed to by message."""

from __future__ import annotations

import pytest

from exchanges.tests.binance_api.sockets import Socket, run

PLACES = [("", "ws", "stream"), ("f", "fws", "fstream/stream")]


@pytest.fixture
def move(world):
    def move():
        world.price = 101.0 if world.price == 102.0 else 102.0
        world.asks[0][1] += 1
        world.show()

    return move


@pytest.mark.parametrize(("product", "raw", "combined"), PLACES)
def test_raw_and_combined_streams(base, move, product, raw, combined):
    async def story():
        async with Socket(base, f"{raw}/btcusdt@trade") as socket:
            trade = await socket.wait(lambda said: said.get("e") == "trade", move)
            assert (trade["s"], trade["m"]) == ("BTCUSDT", False)
            assert float(trade["q"]) == 0.25
        names = "btcusdt@kline_1m/btcusdt@bookTicker"
        async with Socket(base, f"{combined}?streams={names}") as socket:
            kline = await socket.wait(lambda said: said["stream"] == "btcusdt@kline_1m", move)
            assert (kline["data"]["e"], kline["data"]["k"]["i"]) == ("kline", "1m")
            best = await socket.wait(lambda said: said["stream"] == "btcusdt@bookTicker", move)
            assert float(best["data"]["b"]) == 99.9

    run(story())


def test_lists_of_every_symbol_and_marks(base, move):
    async def story():
        async with Socket(base, "ws/!ticker@arr") as socket:
            rows = await socket.wait(lambda said: isinstance(said, list), move)
            assert [row["s"] for row in rows] == ["BTCUSDT"]
        async with Socket(base, "fws/btcusdt@markPrice@1s") as socket:
            mark = await socket.wait(lambda said: said.get("e") == "markPriceUpdate", move)
            assert float(mark["p"]) in (101.0, 102.0)
        async with Socket(base, "ws/btcusdt@depth5@100ms") as socket:
            book = await socket.wait(lambda said: "bids" in said, move)
            assert float(book["bids"][0][0]) == 99.9

    run(story())


def test_subscribing_by_message(base, move):
    name = "btcusdt@trade"

    async def story():
        async with Socket(base, "ws") as socket:
            assert await socket.ask(method="LIST_SUBSCRIPTIONS", id=1) == {"result": [], "id": 1}
            done = await socket.ask(method="SUBSCRIBE", params=[name, "btcusdt@depth"], id=2)
            assert done == {"result": None, "id": 2}
            await socket.wait(lambda said: said.get("e") == "trade", move)
            diff = await socket.wait(lambda said: said.get("e") == "depthUpdate", move)
            more = await socket.wait(lambda said: said.get("e") == "depthUpdate", move)
            assert more["U"] == diff["u"] + 1, "a client proves by these that it missed nothing"
            listed = await socket.ask(method="LIST_SUBSCRIPTIONS", id="a")
            assert listed == {"result": [name, "btcusdt@depth"], "id": "a"}
            await socket.ask(method="UNSUBSCRIBE", params=[name, "btcusdt@depth"], id=3)
            socket.heard.clear()
            move()
            assert (await socket.ask(method="LIST_SUBSCRIPTIONS", id=4))["result"] == []
            assert [said for said in socket.heard if "e" in said] == []

    run(story())


ODD = [
    {"method": "DANCE", "id": 1},
    {"method": "SUBSCRIBE", "params": "btcusdt@trade", "id": 1},
    {"method": "SUBSCRIBE", "params": [1], "id": 1},
    {"method": "SUBSCRIBE", "params": {"a": 1}, "id": 1},
    {"id": 1},
]


def test_odd_messages_are_refused_and_the_socket_lives(base):
    async def story():
        async with Socket(base, "ws") as socket:
            for message in ODD:
                assert (await socket.ask(**message))["error"]["code"] == 2, message
            for text in ("", "x", "[]", "NaN", "1", '"a"'):
                await socket.connection.send(text)
                assert (await socket.wait(lambda said: "error" in said))["error"]["code"] == 3
            names = ["nope", "x@trade", "btcusdt@kline_7m", "btcusdt@depth7", "x" * 500]
            assert (await socket.ask(method="SUBSCRIBE", params=names, id=7))["id"] == 7
            assert (await socket.ask(method="LIST_SUBSCRIPTIONS", id=8))["id"] == 8

    run(story())
