"""ccxt.pro itself against a local exchange: streams, a cut inside a candle, mending by REST."""

import asyncio
import json
import uuid
from functools import partial

import ccxt.pro
import pytest
from aiohttp import web
from asgiref.sync import sync_to_async
from django.db import connections

from exchanges.feed import ccxt_candles
from exchanges.feed.backoff import BACKOFF_S_MAX, backoff_s
from exchanges.feed.ccxt_pro import CcxtSource, make_source
from exchanges.feed.stream import Stream
from exchanges.selectors import candles as selector
from exchanges.selectors import live
from exchanges.tests.fake_binance import FakeBinance
from foundation.lib.errors import BadInput, TryLater
from tests.watching import eventually

T0 = 1_700_006_400_000
MINUTE = 60_000
NOW = T0 + 30 * MINUTE  # the minute that is open when the story begins
DEPTH = {"e": "depthUpdate", "E": NOW, "s": "BTCUSDT", "b": [["100.5", "3.0"]], "a": []}


class Streams:
    """The websocket half: takes subscriptions, sends what it is told to, hangs up on demand."""

    def __init__(self):
        self.sockets, self.subscribed, self.asked = {}, asyncio.Queue(), []

    async def __aenter__(self):
        app = web.Application()
        app.router.add_get("/stream/{rest:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/stream"
        return self

    async def __aexit__(self, *_):
        await self.hang_up()
        await self._runner.cleanup()

    async def _serve(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            asked = json.loads(message.data)
            await socket.send_json({"result": None, "id": asked["id"]})
            self.asked.append(asked.get("params", []))
            for name in asked.get("params", []):
                self.sockets[name] = socket
                await self.subscribed.put(name)
        return socket

    async def until(self, *names):
        """Wait until these streams are subscribed."""
        missing = set(names)
        while missing:
            missing.discard(await asyncio.wait_for(self.subscribed.get(), 20))

    async def send(self, stream, message):
        await self.sockets[stream].send_json(message)

    async def hang_up(self):
        for socket in set(self.sockets.values()):
            await socket.close()
        self.sockets.clear()


class Ticks(asyncio.Queue):
    async def __call__(self, venue, symbol, timeframe, open_time_ms):
        if timeframe == "1m":
            await self.put((open_time_ms - T0) // MINUTE)

    async def next_while(self, streams, stream, message):
        """The next tick, while the venue goes on sending: ccxt hands on a message that came
        between two looks only with the one after it."""

        async def told():
            await streams.send(stream, message)
            return not self.empty()

        await eventually(told)
        return await self.next()

    async def next(self):
        return await asyncio.wait_for(self.get(), 20)


@pytest.fixture
def rest():
    with FakeBinance(T0, NOW) as server:
        server.now_ms = NOW + 20_000
        yield server


@pytest.fixture
def venue():
    return f"v{uuid.uuid4().hex[:12]}"


def kline(rest, n, *, final=True):
    """The stream's word on minute n; before its end it has seen only the open."""
    open_ms, o, h, low, c, v, *_ = rest.kline(T0 + n * MINUTE)
    if not final:
        h = low = c = o
        v = "0.1"
    body = {"t": open_ms, "s": "BTCUSDT", "i": "1m", "o": o, "h": h, "l": low, "c": c, "v": v}
    return {"e": "kline", "E": open_ms, "s": "BTCUSDT", "k": body | {"x": final}}


def trade(n, price):
    return {
        "e": "trade", "E": T0, "s": "BTCUSDT", "t": n, "p": str(price), "q": "0.5",
        "T": NOW + n, "m": False, "M": True,
    }  # fmt: skip


async def at_once(_seconds):
    """A pause that only lets others have their turn."""
    await asyncio.sleep(0)


def source_of(rest, streams, symbols=("BTC/USDT",)):
    exchange, tickers = (ccxt.pro.binance({"newUpdates": True, "timeout": 5000}) for _ in "ab")
    for one in (exchange, tickers):
        rest.adjust(one)
        one.urls["api"] = {**one.urls["api"], "ws": {"spot": streams.url}}

    return CcxtSource(exchange, list(symbols), page_max=1000, tickers=tickers, sleep=at_once)


def tell(rest, venue, story):
    """Run the feed, and the story beside it; the feed ends with the story."""

    async def both():
        async with Streams() as streams:
            ticks = Ticks()
            feed = asyncio.create_task(Stream(venue, source_of(rest, streams), ticks).run())
            telling = asyncio.create_task(story(streams, ticks))
            try:
                await asyncio.wait({feed, telling}, return_when=asyncio.FIRST_COMPLETED)
                telling.result()
            finally:
                feed.cancel()
                telling.cancel()
                await asyncio.gather(feed, telling, return_exceptions=True)
                await sync_to_async(connections.close_all)()

    asyncio.run(both())


def stored(venue):
    return selector.load(venue, "BTC/USDT", "1m")


@pytest.mark.django_db(transaction=True)
def test_streams_become_candles_live_state_and_ticks(rest, venue):
    async def story(streams, ticks):
        assert await ticks.next() == 29, "what closed before is stored and ticked once"
        await streams.until("btcusdt@kline_1m", "btcusdt@trade", "btcusdt@depth@100ms")
        await streams.send("btcusdt@depth@100ms", {**DEPTH, "U": 100, "u": 101})
        await streams.send("btcusdt@kline_1m", kline(rest, 30))
        await streams.send("btcusdt@trade", trade(1, 101.5))
        forming = kline(rest, 31, final=False)
        assert await ticks.next_while(streams, "btcusdt@kline_1m", forming) == 30
        forming = await sync_to_async(live.forming)(venue, "BTC/USDT", "1m")
        assert forming.open_time_ms == T0 + 31 * MINUTE
        for seen in (live.trades, live.orderbook):
            await eventually(partial(sync_to_async(seen), venue, "BTC/USDT"))

    tell(rest, venue, story)
    candles = stored(venue)
    assert candles.open_time_ms.tolist() == [T0 + n * MINUTE for n in range(31)]
    assert candles.volume[-1] == float(rest.kline(NOW)[5])
    assert live.trades(venue, "BTC/USDT")[-1]["price"] == 101.5
    assert live.orderbook(venue, "BTC/USDT")["asks"][0] == [102.0, 2.0]
    assert live.ticker(venue, "BTC/USDT")["simulated"] is False


@pytest.mark.django_db(transaction=True)
def test_a_candle_that_was_cut_off_is_taken_from_rest(rest, venue):
    async def story(streams, ticks):
        await ticks.next()
        await streams.until("btcusdt@kline_1m")
        await streams.send("btcusdt@kline_1m", kline(rest, 30, final=False))
        # The line is cut inside minute 30; two minutes pass before it is back.
        rest.last_ms, rest.now_ms = NOW + 2 * MINUTE, NOW + 2 * MINUTE + 20_000
        source_skew.append(2 * MINUTE)
        await streams.hang_up()
        assert [await ticks.next(), await ticks.next()] == [30, 31]
        await streams.until("btcusdt@kline_1m")
        forming = kline(rest, 33, final=False)
        assert await ticks.next_while(streams, "btcusdt@kline_1m", forming) == 32

    source_skew = []
    real = CcxtSource._now_ms

    def now_ms(self):
        return real(self) + sum(source_skew)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CcxtSource, "_now_ms", now_ms)
        tell(rest, venue, story)
    candles = stored(venue)
    assert candles.open_time_ms.tolist() == [T0 + n * MINUTE for n in range(33)]
    for n in (30, 31, 32):
        assert candles.volume[n] == float(rest.kline(T0 + n * MINUTE)[5]), f"minute {n} is whole"


@pytest.mark.django_db(transaction=True)
def test_a_quiet_candle_is_closed_by_asking_how_it_ended(rest, venue, monkeypatch):
    monkeypatch.setattr(ccxt_candles, "OVERDUE_EVERY_S", 0.0)

    async def story(streams, ticks):
        await ticks.next()
        await streams.until("btcusdt@kline_1m")
        rest.last_ms, rest.now_ms = NOW, NOW + MINUTE + 10_000
        monkeypatch.setattr(CcxtSource, "_now_ms", lambda self: rest.now_ms)
        assert await ticks.next() == 30

    tell(rest, venue, story)
    assert stored(venue).close[-1] == float(rest.kline(NOW)[4])


@pytest.mark.django_db(transaction=True)
def test_a_rest_fault_is_waited_out_and_a_dead_venue_given_up(rest, venue):
    rest.faults.extend([503, "cut"])

    async def story(streams, ticks):
        assert await ticks.next() == 29

    tell(rest, venue, story)
    rest.faults.extend([503] * 100)

    async def nothing(streams, ticks):
        await asyncio.Event().wait()

    with pytest.raises(asyncio.InvalidStateError):  # the feed ended before the story
        tell(rest, venue + "x", nothing)
    assert not len(stored(venue + "x"))


def test_sources_that_cannot_be_are_refused(rest):
    with pytest.raises(BadInput, match="no venue nowhere"):
        make_source("nowhere", ["BTC/USDT"])

    async def unknown():
        async with Streams() as streams:
            source = source_of(rest, streams)
            try:
                with pytest.raises(BadInput, match="no market NO/PE"):
                    await source.backfill("NO/PE", None)
                rest.faults.extend([503] * 20)
                source.exchange.markets = None
                with pytest.raises(TryLater):
                    await source.backfill("BTC/USDT", None)
            finally:
                await source.close()

    asyncio.run(unknown())


def test_backoff_has_a_ceiling_and_jitter():
    waits = [backoff_s(failures) for failures in range(1, 40)]
    assert all(0.1 <= wait <= BACKOFF_S_MAX for wait in waits)
    assert len(set(waits)) > 30
