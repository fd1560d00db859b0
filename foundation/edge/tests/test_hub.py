"""The hub: one encoding for all, newest state for slow readers, mended after interruptions."""

import asyncio
import json

import pytest
import redis

from foundation.edge import hub, outbox, publish
from foundation.edge.hub import Hub
from foundation.edge.outbox import Outbox
from foundation.edge.tests.sockets import Socket, publish_market, publish_user, run, with_database


@pytest.fixture(params=[redis.ConnectionError("cut"), ValueError("a message of another version")])
def cut(monkeypatch, request):
    """Set it, and the hub breaks once: its connection, or over what it was sent."""
    breaks, real = asyncio.Event(), hub.async_client

    def breakable(pubsub):
        hear = pubsub.get_message

        async def get_message(**how):
            if breaks.is_set():
                breaks.clear()
                raise request.param
            return await hear(**{**how, "timeout": 0.05})

        pubsub.get_message = get_message
        return pubsub

    def client():
        made = real()
        pubsub = made.pubsub
        made.pubsub = lambda: breakable(pubsub())
        return made

    monkeypatch.setattr(hub, "async_client", client)
    monkeypatch.setattr(hub, "AGAIN_AFTER_S_MAX", 0.3)
    return breaks


@with_database
def test_after_redis_was_away_every_socket_has_the_state_of_now(alice, session_of, symbol, cut):
    mine = session_of(alice)

    async def story():
        async with Socket("/ws/user/", session=mine) as own, Socket("/ws/prices/") as prices:
            await own.hear()
            await own.subscribe("orders")
            await prices.subscribe(f"ticker:{symbol}")
            cut.set()
            while cut.is_set():
                await asyncio.sleep(0)
            await publish_user(alice.pk, "orders", {"n": 1})
            await publish_market(f"ticker:{symbol}", {"last": 9.0})
            assert (await own.hear())["data"] == {"n": 1}
            assert (await prices.hear())["data"] == {"last": 9.0}

    run(story())


def test_a_slow_reader_finds_the_newest_state_not_a_queue():
    async def story():
        waiting = Outbox()
        for n in range(10_000):
            waiting.put_newest("ticker:BTC/USDT", f"price {n}")
            waiting.put_newest("ticker:ETH/USDT", f"other {n}")
        waiting.put("own 1")
        waiting.put("own 2")
        assert await waiting.take() == ["own 1", "own 2", "price 9999", "other 9999"]
        for n in range(outbox.ORDERED_MAX + 1):
            waiting.put(str(n))
        assert waiting.has_overflowed
        assert len(await waiting.take()) == outbox.ORDERED_MAX

    run(story())


def test_a_frame_is_encoded_once_for_all_who_hear_it(monkeypatch):
    async def story():
        mine = Hub()
        listeners = [hub.Listener(Outbox(), lambda: None) for _ in range(500)]
        for listener in listeners:
            mine.subscribe(listener, "ticker:BTC/USDT@simulated", "ticker:BTC/USDT")
        mine._to_channel("ticker:BTC/USDT@simulated", publish.encode_body({"last": 1}, 5))
        frames = [await listener.outbox.take() for listener in listeners]
        assert len({id(frame[0]) for frame in frames}) == 1
        assert json.loads(frames[0][0])["channel"] == "ticker:BTC/USDT"
        for listener in listeners:
            await mine.leave(listener)
        assert not mine._by_channel

    run(story())
