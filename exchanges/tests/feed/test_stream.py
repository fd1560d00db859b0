"""The feed: candles stored, live state ahead of the tick, nothing lost over a crash."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from decimal import Decimal
from urllib.parse import quote

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from exchanges.core import candles as core
from exchanges.core.candles import make_candles
from exchanges.core.market import MarketRules
from exchanges.feed import simulated, stream
from exchanges.feed.build import FeedOptions, build
from exchanges.feed.replay import ReplaySource
from exchanges.feed.simulated import SimulatedSource
from exchanges.feed.source import ClockTick, Trade
from exchanges.feed.stream import Stream
from exchanges.models import Market
from exchanges.selectors import candles as selector
from exchanges.selectors import live
from exchanges.services import candles as service
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db(transaction=True)
T0 = 1_700_006_400_000  # a midnight
MINUTE = core.MINUTE_MS


@pytest.fixture
def venue():
    return f"v{uuid.uuid4().hex[:12]}"


class Ticks:
    """Stands where the queue does: notes each tick and what was true when it came."""

    def __init__(self):
        self.seen = []

    async def __call__(self, venue, symbol, timeframe, open_time_ms):
        newest = await sync_to_async(selector.newest_closed)(venue, symbol, timeframe)
        forming = await sync_to_async(live.forming)(venue, symbol, timeframe)
        self.seen.append((symbol, timeframe, open_time_ms, newest, forming))

    def of(self, timeframe):
        return [(open_ms - T0) // MINUTE for _, t, open_ms, _, _ in self.seen if t == timeframe]


class Script:
    """A source that tells what it is given."""

    name, is_simulated, candles_from_trades = "script", False, True

    def __init__(self, *events, symbol="BTC/USDT"):
        self.base, self.told = {symbol: "1m"}, events

    async def backfill(self, symbol, after_ms):
        return core.no_candles("1m")

    async def events(self):
        for event in self.told:
            yield event

    def has_more(self):
        return False

    def rules(self, symbol):
        return MarketRules(price_step=Decimal("0.5"))

    def stale(self):
        return {}

    async def close(self):
        self.closed = True


def trade(minutes, price, symbol="BTC/USDT"):
    return Trade(symbol, T0 + round(minutes * MINUTE), "1", price, 1.0, "buy")


def minutes(count, first=0):
    at = np.arange(first, first + count)
    price = 100.0 + at
    return make_candles(
        "1m", T0 + at * MINUTE, price, price + 1, price - 1, price + 0.5, at % 3 + 1
    )


def run(venue, source, ticks):
    async def until_the_end():
        try:
            await Stream(venue, source, ticks).run()
        finally:
            await sync_to_async(connections.close_all)()  # of the thread that asked the database

    asyncio.run(until_the_end())


def test_a_tick_comes_after_the_candle_is_stored_and_the_next_one_open(venue):
    ticks = Ticks()
    run(
        venue, Script(trade(0.1, 10.0), trade(0.9, 12.0), trade(1.0, 11.0), trade(2.5, 13.0)), ticks
    )
    assert ticks.of("1m") == [0, 1]
    for _, _, open_ms, newest, forming in ticks.seen:
        assert newest == open_ms, "stored before its tick"
        assert forming.open_time_ms > open_ms, "the next open is known before the tick"
    assert ticks.seen[0][4].open == 11.0
    stored = selector.load(venue, "BTC/USDT", "1m")
    assert stored.close.tolist() == [12.0, 11.0]
    market = Market.objects.get(venue=venue, symbol="BTC/USDT")
    assert (market.is_simulated, market.price_step) == (False, Decimal("0.5")), "as the source says"


def test_every_timeframe_that_closes_is_ticked(venue):
    ticks = Ticks()
    run(venue, Script(*(trade(i, 10.0 + i) for i in range(61)), ClockTick(T0 + 61 * MINUTE)), ticks)
    assert ticks.of("1m") == list(range(61))
    assert ticks.of("15m") == [0, 15, 30, 45]
    assert ticks.of("1h") == [0]
    for _, timeframe, open_ms, newest, _ in ticks.seen:
        assert newest == open_ms, f"{timeframe} can be loaded when its tick comes"


def test_a_quiet_market_is_closed_by_the_clock(venue):
    ticks = Ticks()
    run(venue, Script(trade(0.5, 10.0), ClockTick(T0 + MINUTE)), ticks)
    assert ticks.of("1m") == [0]
    assert ticks.seen[0][4] is None, "nothing has opened yet"
    assert live.forming(venue, "BTC/USDT", "1m") is None


def test_live_state_is_there_after_a_run(venue):
    run(venue, Script(trade(0.1, 10.0), trade(0.2, 12.5)), Ticks())
    ticker = live.ticker(venue, "BTC/USDT")
    assert (ticker["last"], ticker["high"], ticker["simulated"]) == (12.5, 12.5, False)
    assert [t["price"] for t in live.trades(venue, "BTC/USDT")] == [10.0, 12.5]
    assert live.stats(venue, "BTC/USDT")["volume"] == 2.0
    assert live.forming(venue, "BTC/USDT", "4h").high == 12.5
    assert live.heartbeat(venue).source == "script"


def test_a_simulated_feed_goes_on_after_a_stop_as_if_it_had_run(venue):
    def feed(start_ms, count):
        class Stopping(SimulatedSource):
            async def events(self):
                done = 0
                async for event in super().events():
                    yield event
                    done += 1
                    if done == count:
                        return

        return Stopping(
            ["BTC/USDT"], seed=5, speed=1e9, start_ms=start_ms, sleep=lambda _seconds: None
        )

    run(venue, feed(T0, 200), Ticks())
    ticks = Ticks()
    run(venue, feed(T0 + 3600_000, 200), ticks)
    stored = selector.load(venue, "BTC/USDT", "1m")
    assert core.gaps(stored.open_time_ms, "1m") == []
    first, last = int(stored.open_time_ms[0]), int(stored.open_time_ms[-1])
    whole = simulated.history("BTC/USDT", first, last + 1, seed=5)
    assert stored.volume.tolist() == whole.volume.tolist()
    assert last > T0 + 3600_000
    assert Market.objects.get(venue=venue, symbol="BTC/USDT").is_simulated
    # What closed while nobody listened is ticked once per timeframe, the newest.
    assert {t for _, t, *_ in ticks.seen} >= {"1m", "5m", "1h"}
    assert ticks.of("1h") == [0]


def replay(candles, start=0, speed=0.0, **more):
    return ReplaySource(candles, start_ms=T0 + start * MINUTE, speed=speed, **more)


def test_a_replay_tells_the_stored_candles_one_after_the_other(venue):
    ticks = Ticks()
    history = minutes(125)
    run(venue, replay({"BTC/USDT": history}, start=60), ticks)
    assert ticks.of("1m") == [59, *range(60, 125)], "the past once, then each"
    assert ticks.of("1h") == [0, 60]
    stored = selector.load(venue, "BTC/USDT", "1m")
    for mine, theirs in zip(stored.columns(), history.columns(), strict=True):
        assert mine.tolist() == theirs.tolist()


def test_a_replay_shows_nothing_of_the_future(venue):
    class Watching(Ticks):
        async def __call__(self, venue, symbol, timeframe, open_time_ms):
            await super().__call__(venue, symbol, timeframe, open_time_ms)
            newest = await sync_to_async(selector.newest_closed)(venue, symbol, "1m")
            assert newest < open_time_ms + core.TIMEFRAME_MS[timeframe]

    run(venue, replay({"BTC/USDT": minutes(70)}), Watching())


def test_replay_plays_several_symbols_with_gaps_in_order_of_time(venue):
    one, other = minutes(10), minutes(10).take(np.array([0, 1, 5, 6, 9]))
    ticks = Ticks()
    run(venue, replay({"BTC/USDT": one, "ETH/USDT": other}), ticks)
    order = [(open_ms, symbol) for symbol, t, open_ms, *_ in ticks.seen if t == "1m"]
    assert [o for o, _ in order] == sorted(o for o, _ in order)
    assert [(o - T0) // MINUTE for o, s in order if s == "ETH/USDT"] == [0, 1, 5, 6, 9]


def test_replay_takes_its_time_and_goes_on_where_it_was(venue):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    source = replay({"BTC/USDT": minutes(10)}, speed=60.0, sleep=sleep)
    run(venue, source, Ticks())
    assert sum(waits) == pytest.approx(10.0)
    ticks = Ticks()
    run(venue, replay({"BTC/USDT": minutes(20)}), ticks)
    assert ticks.of("1m") == [9, *range(10, 20)]


def options(**changed):
    given = {"source": "simulated", "venue": "simulated", "symbols": ("BTC/USDT",), "speed": 1.0}
    given |= {"seed": 1, "replay_from": "binance", "start_ms": None, "end_ms": None}
    return FeedOptions(**(given | changed))


#  changed                                                      words
BAD = [
    ({"venue": "binance"}, "no other"),
    ({"venue": "../x"}, "FEED_VENUE"),
    ({"symbols": ()}, "FEED_SYMBOLS"),
    ({"symbols": ("../../x",)}, "symbol must be"),
    ({"speed": 0.0}, "FEED_SPEED"),
    ({"source": "replay", "venue": "replay"}, "no candles of BTC/USDT on binance"),
    ({"source": "tea leaves"}, "FEED_SOURCE"),
]


@pytest.mark.parametrize(("changed", "words"), BAD)
def test_options_that_do_not_fit_are_refused(changed, words):
    with pytest.raises(BadInput, match=words):
        build(options(**changed))


def test_a_replay_is_built_from_stored_candles():
    service.store(venue="binance", symbol="BTC/USDT", candles=minutes(30))
    source = build(options(source="replay", venue="replay", start_ms=T0 + 10 * MINUTE))
    assert source.base == {"BTC/USDT": "1m"} and source.start_ms == T0 + 10 * MINUTE


def test_the_feed_waits_for_a_database_that_is_away(monkeypatch):
    from django.db import OperationalError

    waits, answers = [], [OperationalError("gone"), OperationalError("gone"), 7]

    async def sleep(seconds):
        waits.append(seconds)

    def ask():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(stream.asyncio, "sleep", sleep)
    assert asyncio.run(stream._persist(ask)) == 7
    assert waits == [0.5, 1.0]


def test_the_process_stops_cleanly_when_asked(settings):
    given = settings.DATABASES["default"]
    port = f":{given['PORT']}" if given.get("PORT") else ""
    url = f"postgresql://{given['USER']}@{port}/{given['NAME']}?host={quote(given['HOST'])}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "stream_markets", "--symbol", "BTC/USDT", "--speed", "600"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told = next((line for line in process.stderr if "follows the market" in line), "")
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=30)[1]
    finally:
        process.kill()
        process.wait()
    assert told and process.returncode == 0, rest
    assert selector.newest_closed("simulated", "BTC/USDT", "1m")
