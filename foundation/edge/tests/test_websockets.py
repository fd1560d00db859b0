"""The public websockets: channels, refusals, limits, origins."""

import pytest

from foundation.edge import consumer
from foundation.edge.channels import parse_market
from foundation.edge.tests.sockets import Socket, publish_market, run, with_database
from foundation.lib.redis_client import client as redis_client


@with_database
def test_prices_begin_with_the_newest_state_and_go_on(symbol):
    async def story():
        await publish_market(f"ticker:{symbol}", {"last": 1.0})
        async with Socket("/ws/prices/") as socket:
            ack = await socket.subscribe(f"ticker:{symbol}", f"trades:{symbol}")
            assert ack["data"]["channels"] == [f"ticker:{symbol}", f"trades:{symbol}"]
            first = await socket.hear()
            assert (first["type"], first["channel"]) == ("ticker", f"ticker:{symbol}")
            assert first["data"] == {"last": 1.0} and first["ts"] > 0
            await publish_market(f"trades:{symbol}", {"trades": [1]})
            assert (await socket.hear())["data"] == {"trades": [1]}
            answer = await socket.ask(op="unsubscribe", channels=[f"trades:{symbol}"])
            assert answer["data"]["channels"] == [f"ticker:{symbol}"]
            await publish_market(f"trades:{symbol}", {"trades": [2]})
            await publish_market(f"ticker:{symbol}", {"last": 2.0})
            assert (await socket.hear())["data"] == {"last": 2.0}

    run(story())


@with_database
def test_a_channel_is_told_by_the_name_it_was_asked_for(symbol, settings):
    settings.FEED_VENUE = "simulated"

    async def story():
        async with Socket("/ws/market/") as plain, Socket("/ws/market/") as full:
            await plain.subscribe(f"kline:{symbol}:1m")
            await full.subscribe(f"kline:{symbol}@simulated:1m")
            await publish_market(f"kline:{symbol}:1m", {"close": 5})
            assert (await plain.hear())["channel"] == f"kline:{symbol}:1m"
            assert (await full.hear())["channel"] == f"kline:{symbol}@simulated:1m"

    run(story())


#  path            message                                           code
REFUSALS = [
    ("/ws/prices/", '{"op": "subscribe", "channels": ["orderbook:BTC/USDT"]}', "unknown_channel"),
    ("/ws/prices/", '{"op": "subscribe", "channels": ["ticker:../../x"]}', "unknown_channel"),
    ("/ws/market/", '{"op": "subscribe", "channels": ["kline:BTC/USDT"]}', "unknown_channel"),
    ("/ws/market/", '{"op": "subscribe", "channels": ["kline:BTC/USDT:9m"]}', "unknown_channel"),
    ("/ws/market/", '{"op": "subscribe", "channels": ["orders"]}', "unknown_channel"),
    ("/ws/market/", '{"op": "subscribe", "channels": []}', "bad_input"),
    ("/ws/market/", '{"op": "subscribe", "channels": "ticker"}', "bad_input"),
    ("/ws/market/", '{"op": "subscribe", "channels": [1]}', "bad_input"),
    ("/ws/market/", '{"op": "subscribe"}', "bad_input"),
    ("/ws/market/", '{"op": "fly"}', "unknown_op"),
    ("/ws/market/", "{}", "unknown_op"),
    ("/ws/market/", "[]", "bad_json"),
    ("/ws/market/", "not json", "bad_json"),
    ("/ws/market/", "NaN", "bad_json"),
    ("/ws/market/", '{"op": "auth", "token": "x"}', "not_needed"),
    ("/ws/user/", '{"op": "subscribe", "channels": ["orders"]}', "not_authenticated"),
    ("/ws/user/", '{"op": "auth", "token": 5}', "bad_input"),
    ("/ws/user/", '{"op": "auth", "token": "a.b.c"}', "not_authenticated"),
    ("/ws/admin/", '{"op": "subscribe", "channels": ["metrics"]}', "not_authenticated"),
]


@pytest.mark.parametrize(("path", "message", "code"), REFUSALS)
def test_every_refusal_is_an_error_frame_and_the_socket_stays(path, message, code):
    async def story():
        async with Socket(path) as socket:
            await socket.send(text=message)
            answer = await socket.hear()
            assert (answer["type"], answer["data"]["code"]) == ("error", code)
            assert answer["data"]["message"]
            while (await socket.ask(op="ping"))["type"] != "pong":
                continue  # an acknowledgement of what was good in the message

    run(story())


@with_database
def test_limits(monkeypatch, symbol):
    async def story():
        async with Socket("/ws/prices/") as socket:
            names = [f"ticker:A{i}/USDT" for i in range(consumer.SUBSCRIPTIONS_MAX)]
            await socket.subscribe(*names)
            answer = await socket.subscribe(f"ticker:{symbol}")
            assert answer["data"]["code"] == "too_many"
            assert (await socket.subscribe(*names, "x"))["data"]["code"] == "bad_input"
            await socket.send(bytes=b"{}")
            assert (await socket.hear())["data"]["code"] == "bad_frame"
        async with Socket("/ws/prices/") as socket:
            await socket.say(op="ping", padding="x" * consumer.FRAME_CHARS_MAX)
            assert await socket.closing() == 1009
        async with Socket("/ws/prices/") as socket:
            for _ in range(consumer.MESSAGES_AT_ONCE + consumer.REFUSALS_MAX + 60):
                await socket.say(op="ping")
            assert await socket.closing() == 4429

    run(story())


#  origin                        may connect
ORIGINS = [
    (None, True),
    ("http://localhost:8000", True),
    ("https://bot.example", True),
    ("https://evil.example", False),
    ("https://bot.example.evil.example", False),
    ("null", False),
    ("http://[", False),
]


@with_database
@pytest.mark.parametrize(("origin", "allowed"), ORIGINS)
def test_pages_from_elsewhere_are_refused(settings, origin, allowed):
    settings.ALLOWED_HOSTS = ["localhost", "bot.example"]

    async def story():
        async with Socket("/ws/user/", origin=origin) as socket:
            assert socket.is_open is allowed

    run(story())


@with_database
def test_no_state_is_left_behind_for_symbols_that_nobody_feeds(symbol):
    async def story():
        async with Socket("/ws/prices/") as socket:
            await socket.subscribe(f"ticker:{symbol}")

    run(story())
    assert redis_client().exists(parse_market(f"ticker:{symbol}").key) == 0


@with_database
def test_an_unknown_address_is_refused():
    async def story():
        async with Socket("/ws/nowhere/") as socket:
            assert not socket.is_open

    run(story())
