"""What a venue's socket does wrong, over real sockets: silence, resets, repeats, disorder, gaps,
slow bytes."""

import asyncio
import json
import struct

import pytest

from exchanges.feed import ccxt_pro
from exchanges.feed.source import Depth, Ticker, Trade
from exchanges.tests.fake_binance import FakeBinance
from exchanges.tests.feed.test_ccxt_pro import NOW, T0, Streams, source_of, trade
from tests.watching import eventually

SYMBOL, TRADES, BOOK = "BTC/USDT", "btcusdt@trade", "btcusdt@depth@100ms"


@pytest.fixture
def rest():
    with FakeBinance(T0, NOW) as server:
        server.now_ms = NOW + 20_000
        yield server


class Heard(list):
    """What the source told; `until` waits for it."""

    async def until(self, wanted, *, streams=None, keep=()):
        """keep: (stream, message maker) sent again and again meanwhile: ccxt hands on a message
        that came between two looks only with the one after it."""

        async def told():
            if wanted(self):
                return True
            if keep:
                await streams.send(keep[0], keep[1]())
            return False

        await eventually(told)

    def of(self, kind):
        return [one for one in self if isinstance(one, kind)]

    def trade_ids(self):
        return [one.trade_id for one in self.of(Trade)]


def tell(rest, story, symbols=(SYMBOL,)):
    """Run the story beside the source, its markets loaded."""

    async def both():
        async with Streams() as streams:
            source, heard = source_of(rest, streams, symbols), Heard()

            async def listen():
                async for event in source.events():
                    heard.append(event)

            await source.backfill(symbols[0], None)
            listening = asyncio.create_task(listen())
            try:
                await story(source, streams, heard)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await source.close()

    asyncio.run(both())


def depth(first, last, price="100.5"):
    body = {"e": "depthUpdate", "E": NOW, "s": "BTCUSDT", "U": first, "u": last}
    return {**body, "b": [[price, "3.0"]], "a": []}


def test_a_trade_that_is_told_twice_or_late_is_taken_once(rest):
    async def story(_source, streams, heard):
        await streams.until(TRADES)
        for n in (1, 2, 2, 1, 4, 3, 4):
            await streams.send(TRADES, trade(n, 100 + n))
        numbers = iter(range(100, 1000))
        await heard.until(
            lambda told: {"1", "2", "3", "4"} <= set(told.trade_ids()),
            streams=streams,
            keep=(TRADES, lambda: trade(next(numbers), 100)),
        )
        ids = heard.trade_ids()
        assert len(ids) == len(set(ids))

    tell(rest, story)


def test_after_a_reset_the_stream_goes_on_and_repeats_nothing(rest):
    async def story(_source, streams, heard):
        await streams.until(TRADES)
        numbers = iter(range(1, 1000))
        await heard.until(
            lambda told: "1" in told.trade_ids(),
            streams=streams,
            keep=(TRADES, lambda: trade(next(numbers), 100)),
        )
        for socket in set(streams.sockets.values()):  # a reset: no closing handshake at all
            socket._req.transport.abort()
        streams.sockets.clear()
        await streams.until(TRADES)
        await streams.send(TRADES, trade(1, 100))  # some venues begin with the last ones again
        await heard.until(
            lambda told: "2000" in told.trade_ids(),
            streams=streams,
            keep=(TRADES, lambda: trade(2000, 100)),
        )
        ids = heard.trade_ids()
        assert len(ids) == len(set(ids))

    tell(rest, story)


def test_a_gap_in_the_book_brings_a_new_snapshot_and_no_wrong_price(rest):
    async def story(_source, streams, heard):
        await streams.until(BOOK)
        await streams.send(BOOK, depth(100, 101))
        await heard.until(
            lambda told: told.of(Depth),
            streams=streams,
            keep=(BOOK, lambda: depth(99, 101)),  # repeated: ccxt drops what it has
        )
        assert heard.of(Depth)[-1].bids[0] == (100.5, 3.0)
        seen = len(heard.of(Depth))
        await streams.send(BOOK, depth(105, 106, price="101.9"))  # 102 to 104 are lost
        await streams.until(BOOK)
        await heard.until(
            lambda told: len(told.of(Depth)) > seen,
            streams=streams,
            keep=(BOOK, lambda: depth(101, 101, price="99.5")),
        )
        assert all(one.bids[0][0] != 101.9 for one in heard.of(Depth))
        assert heard.of(Depth)[-1].bids[:2] == [(99.5, 3.0), (99.0, 1.0)], "a book from the start"

    tell(rest, story)


def test_a_silent_socket_is_stale_while_rest_is_asked_and_fresh_when_it_speaks(rest, monkeypatch):
    monkeypatch.setattr(ccxt_pro, "SILENCE_S_MAX", 0.2)
    clock_ms = [10_000]
    monkeypatch.setattr(ccxt_pro, "_steady_ms", lambda: clock_ms[0])

    async def story(source, streams, heard):
        await streams.until(TRADES, BOOK)
        assert source.stale() == {}
        clock_ms[0] += 31_000
        assert source.stale() == {SYMBOL: ["book"]}
        asked = len(rest.asked)
        clock_ms[0] += 80_000
        # The candles are asked for by REST, and count as heard.
        await eventually(lambda: len(rest.asked) > asked)
        await eventually(lambda: "candles" not in source.stale().get(SYMBOL, ()))
        numbers = iter(range(101, 1000))
        await heard.until(
            lambda told: source.stale() == {},
            streams=streams,
            keep=(BOOK, lambda: depth(100, next(numbers))),
        )
        assert heard.of(Depth)

    tell(rest, story)


def test_a_message_that_comes_byte_by_byte_is_one_message(rest):
    async def story(_source, streams, heard):
        await streams.until(TRADES)
        numbers = iter(range(1, 1000))

        async def slowly(n):
            body = json.dumps(trade(n, 100)).encode()
            frame = b"\x81\x7e" + struct.pack("!H", len(body)) + body
            for at in range(0, len(frame), 7):
                streams.sockets[TRADES]._req.transport.write(frame[at : at + 7])
                await asyncio.sleep(0)

        async with asyncio.timeout(20):
            while not heard.trade_ids():
                await slowly(next(numbers))
        assert heard.of(Trade)[0].price == 100.0

    tell(rest, story)


def test_tickers_come_by_one_subscription(rest):
    name = "btcusdt@miniTicker"
    body = {"e": "24hrMiniTicker", "E": NOW, "s": "BTCUSDT", "c": "101.5", "o": "99"}
    message = body | {"h": "102", "l": "98", "v": "10", "q": "1000"}

    async def story(_source, streams, heard):
        await streams.until(name)
        await heard.until(
            lambda told: told.of(Ticker), streams=streams, keep=(name, lambda: message)
        )
        told = heard.of(Ticker)[0]
        assert (told.symbol, told.last, told.time_ms) == (SYMBOL, 101.5, NOW)

    tell(rest, story)


def test_a_channel_the_venue_does_not_stream_is_left_alone(rest):
    async def story(source, streams, _heard):
        source.tickers.watch_tickers = _not_supported
        await streams.until(TRADES)
        await eventually(lambda: (SYMBOL, "ticker") not in source._watch.heard_ms)

    async def _not_supported(_symbols):
        raise ccxt_pro.NotSupported("no tickers here")

    tell(rest, story)
