"""A venue that says much, over real sockets: nothing falls silent, nobody is left out."""

import pytest

from exchanges.feed import sockets
from exchanges.feed.books import LIMITS, Reach, reach_of
from exchanges.feed.source import CandleUpdate, Depth, Ticker, Trade
from exchanges.tests.fake_binance import FakeBinance
from exchanges.tests.feed.test_ccxt_faults import BOOK, TRADES, depth, tell
from exchanges.tests.feed.test_ccxt_pro import NOW, T0, kline, trade
from tests.watching import eventually

BURSTS, BURST = 12, 1_000  # more than the 4,096 messages that stopped a connection for good
BASES = [f"C{n:02d}" for n in range(12)]


@pytest.fixture
def rest():
    with FakeBinance(T0, NOW) as server:
        server.now_ms = NOW + 20_000
        yield server


def test_a_connection_lives_on_however_many_messages_waited(rest):
    async def story(_source, streams, heard):
        await streams.until(TRADES)
        for burst in range(BURSTS):
            first = burst * BURST
            for n in range(first, first + BURST):
                await streams.send(TRADES, trade(n, 100))
            last = str(first + BURST - 1)
            numbers = iter(range(10**6 + first, 10**7))
            await heard.until(
                lambda told, last=last: last in told.trade_ids(),
                streams=streams,
                keep=(TRADES, lambda numbers=numbers: trade(next(numbers), 100)),
            )
        assert len(heard.of(Trade)) > BURSTS * BURST * 0.9

    tell(rest, story)


def test_a_socket_that_answers_no_ping_is_made_anew(rest, monkeypatch):
    """The line is dead and nobody closed it: without a ping it would look alive for ever."""
    monkeypatch.setattr(sockets, "KEEP_ALIVE_MS_MAX", 200)

    async def story(_source, streams, heard):
        await streams.until(TRADES)
        for socket in set(streams.sockets.values()):
            socket._req.transport.pause_reading()  # the venue hears nothing, so it answers nothing
        await streams.until(TRADES)
        await heard.until(
            lambda told: "7" in told.trade_ids(),
            streams=streams,
            keep=(TRADES, lambda: trade(7, 100)),
        )

    tell(rest, story)


def test_a_message_that_ccxt_cannot_read_interrupts_and_does_not_silence(rest):
    async def story(source, streams, heard):
        await streams.until(TRADES)
        real, left = source.exchange.handle_trade, [1]

        def broken(client, message):
            if left:
                left.pop()
                raise KeyError("p")
            return real(client, message)

        source.exchange.handle_trade = broken
        await streams.send(TRADES, trade(1, 100))
        await streams.until(TRADES)
        await heard.until(
            lambda told: "2" in told.trade_ids(),
            streams=streams,
            keep=(TRADES, lambda: trade(2, 100)),
        )

    tell(rest, story)


def test_every_ticker_of_a_busy_group_is_heard(rest):
    """The venue tells them in the same order again and again; ccxt hands on the first alone."""
    rest.bases = BASES
    names = [f"{base.lower()}usdt@miniTicker" for base in BASES]
    numbers = iter(range(1, 10**6))

    async def story(_source, streams, heard):
        await streams.until(*names)

        async def all_told():
            last = str(next(numbers))
            for base, name in zip(BASES, names, strict=True):
                body = {"e": "24hrMiniTicker", "E": NOW, "s": f"{base}USDT", "c": last, "o": "99"}
                await streams.send(name, body | {"h": "1", "l": "1", "v": "10", "q": "10"})
            return len({one.symbol for one in heard.of(Ticker)}) == len(BASES)

        await eventually(all_told, 20)

    tell(rest, story, [f"{base}/USDT" for base in BASES])


def test_the_candles_of_a_group_take_one_message(rest):
    rest.bases = BASES
    asked = []

    async def story(source, streams, heard):
        await streams.until(*(f"{base.lower()}usdt@kline_1m" for base in BASES))
        body = kline(rest, 30, final=False)
        body = body | {"s": "C11USDT", "k": body["k"] | {"s": "C11USDT"}}

        def is_told(told):
            return any(one.symbol == "C11/USDT" for one in told.of(CandleUpdate))

        await heard.until(is_told, streams=streams, keep=("c11usdt@kline_1m", lambda: body))
        asked.extend(params for params in streams.asked if "kline" in params[0])

    tell(rest, story, [f"{base}/USDT" for base in BASES])
    assert sorted(map(len, asked)) == [2, 10]


def test_many_quiet_candles_are_closed_side_by_side(rest, monkeypatch):
    rest.bases = BASES

    async def story(source, streams, heard):
        def all_open(told):  # one first read in the next minute would begin there
            return len({one.symbol for one in told.of(CandleUpdate)}) == len(BASES)

        await streams.until(*(f"{base.lower()}usdt@kline_1m" for base in BASES))
        await heard.until(all_open)
        rest.last_ms = NOW + 60_000
        monkeypatch.setattr(type(source), "_now_ms", lambda self: NOW + 62_100)

        def closed(told):
            ended = {one.symbol for one in told.of(CandleUpdate) if one.closed}
            return len(ended) == len(BASES)

        await heard.until(closed)

    tell(rest, story, [f"{base}/USDT" for base in BASES])


def levels(first, step, count=100):
    return [[f"{first + n * step:.2f}", "1.0"] for n in range(count)]


def test_a_book_begins_shallow_and_is_fetched_deeper_where_prices_leave_it(rest):
    rest.book = {"lastUpdateId": 100, "bids": levels(99, -0.01), "asks": levels(100, 0.01)}

    async def story(_source, streams, heard):
        await streams.until(BOOK)
        numbers = iter(range(101, 10**6))

        def next_change():
            n = next(numbers)
            return depth(n, n, price="99.00")

        await heard.until(lambda told: told.of(Depth), streams=streams, keep=(BOOK, next_change))
        assert rest.depths_asked == [100]
        rest.book = {"lastUpdateId": 10**6, "bids": levels(98, -0.01, 500), "asks": levels(99, 1)}
        gone = [[price, "0"] for price, _ in levels(99, -0.01, 85)]
        n = next(numbers)
        await streams.send(BOOK, {**depth(n, n), "b": gone})  # fewer than 20 known bids are left
        await heard.until(
            lambda _told: len(rest.depths_asked) > 1, streams=streams, keep=(BOOK, next_change)
        )
        later = iter(range(10**6 + 1, 10**7))

        def change():
            n = next(later)
            return depth(n, n, price="98.00")

        await heard.until(
            lambda told: told.of(Depth)[-1].asks[-1][0] == 118.0,
            streams=streams,
            keep=(BOOK, change),
        )
        assert rest.depths_asked == [100, 500]

    tell(rest, story)


def test_how_far_a_book_is_known():
    bids = [[100.0 - n, 1.0] for n in range(100)]
    asks = [[101.0 + n, 1.0] for n in range(100)]
    known = reach_of({"bids": bids, "asks": asks}, 100)
    assert known == Reach(1.0, 200.0, 100)
    assert known.holds(bids, asks)
    assert not known.holds(bids[85:], asks), "15 levels are left of what is known"
    assert not known.holds([*bids[90:], *[[0.5 - n / 100, 1.0] for n in range(40)]], asks)
    risen = [[130.0 - n, 1.0] for n in range(100)]
    assert known.holds(risen, asks) and known.lowest == 31.0, "what ccxt cuts off is forgotten"
    assert not known.holds([*risen[85:], *bids[70:80]], asks)
    whole = reach_of({"bids": bids[:5], "asks": asks[:5]}, LIMITS[0])
    assert whole.holds(bids[:1], []), "a side with fewer levels than asked for is whole"


def test_a_reader_that_is_late_gets_the_newest_prices_and_every_trade(rest):
    async def story(source, streams, heard):
        await streams.until(TRADES, BOOK)
        for n in range(1, 4):
            await source._put_newest(Depth("X/USDT", n, [], []))
            await source._put_newest(Ticker("X/USDT", n, float(n), None, None))
            await source._put(Trade("X/USDT", n, str(n), 1.0, 1.0, "buy"))
        await heard.until(lambda told: "3" in told.trade_ids())
        assert [one.time_ms for one in heard.of(Depth) if one.symbol == "X/USDT"] == [3]
        assert [one.last for one in heard.of(Ticker) if one.symbol == "X/USDT"] == [3.0]
        assert [t for t in heard.trade_ids() if t in "123"] == ["1", "2", "3"]

    tell(rest, story)
