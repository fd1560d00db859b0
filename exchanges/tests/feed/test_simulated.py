"""The seeded market: one market, whichever part of it is asked for, and whenever."""

import asyncio
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core import candles as core
from exchanges.feed import simulated
from exchanges.feed.aggregate import Board
from exchanges.feed.simulated import PROFILES, SimulatedSource
from exchanges.feed.source import CandleUpdate, Depth, Trade

T0 = 1_700_006_400_000  # a midnight
MINUTE, DAY = core.MINUTE_MS, core.DAY_MS


def same(one, other):
    assert one.open_time_ms.tolist() == other.open_time_ms.tolist()
    for a, b in zip(one.columns(), other.columns(), strict=True):
        assert a.tolist() == b.tolist()


def take(source, count):
    async def collect():
        return [event async for event in _first(source.events(), count)]

    return asyncio.run(collect())


async def _first(events, count):
    for _ in range(count):
        yield await anext(events)


def source(*symbols, start_ms=T0):
    return SimulatedSource(
        list(symbols), seed=7, speed=1e9, start_ms=start_ms, sleep=lambda _seconds: None
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3 * 1440), st.integers(1, 2000))
def test_any_part_of_history_is_that_part(first, count):
    whole = simulated.history("ETH/USDT", T0, T0 + 5 * DAY, seed=3)
    assert len(whole) == 5 * 1440
    start_ms = T0 + first * MINUTE
    same(
        simulated.history("ETH/USDT", start_ms, start_ms + count * MINUTE, seed=3),
        whole.between(start_ms, start_ms + count * MINUTE),
    )


@pytest.mark.parametrize("symbol", [*PROFILES, "NEW/COIN"])
def test_candles_are_sound_and_on_their_steps(symbol):
    candles = simulated.history(symbol, T0, T0 + 2 * DAY)
    assert core.faults(candles) == ([], 0)
    assert core.gaps(candles.open_time_ms, "1m") == []
    profile = simulated.profile_of(symbol)
    assert (np.round(candles.close, profile.price_decimals) == candles.close).all()
    daily = np.log(candles.close[-1] / candles.open[0])
    assert 0 < abs(daily) < 10 * profile.volatility
    assert len(np.unique(candles.close)) > 50


def test_the_seed_and_the_symbol_make_the_market():
    one = simulated.history("BTC/USDT", T0, T0 + DAY, seed=1)
    same(one, simulated.history("BTC/USDT", T0, T0 + DAY, seed=1))
    assert one.close.tolist() != simulated.history("BTC/USDT", T0, T0 + DAY, seed=2).close.tolist()
    assert not len(simulated.history("BTC/USDT", T0, T0, seed=1))


def test_the_live_stream_builds_the_very_candles_of_history():
    board, closed = Board("XRP/USDT"), []
    start_ms = T0 + DAY - 5 * MINUTE + 20_000  # in a minute, and over midnight
    for event in take(source("XRP/USDT", start_ms=start_ms), 3 * 20 * 9):
        if isinstance(event, CandleUpdate):
            done = board.candle(event.candle, closed=event.closed)
            closed += [done.candle] if done else []
    first_ms = closed[0].open_time_ms
    assert first_ms == core.bucket_start(start_ms, "1m") and len(closed) == 8
    past = simulated.history("XRP/USDT", first_ms, first_ms + 8 * MINUTE, seed=7)
    assert [c.volume for c in closed] == past.volume.tolist()
    assert [c.high for c in closed] == past.high.tolist()
    assert [c.open for c in closed] == past.open.tolist()
    assert [c.close for c in closed] == past.close.tolist()


def test_events_are_in_order_of_time_and_the_book_is_around_the_price():
    events = take(source("BTC/USDT", "ADA/USDT"), 600)
    trades = [event for event in events if isinstance(event, Trade)]
    assert [t.time_ms for t in trades] == sorted(t.time_ms for t in trades)
    assert {t.symbol for t in trades} == {"BTC/USDT", "ADA/USDT"}
    for trade, book in itertools.pairwise(events):
        if isinstance(trade, Trade) and isinstance(book, Depth):
            bids, asks = [p for p, _ in book.bids], [p for p, _ in book.asks]
            assert bids == sorted(bids, reverse=True) and asks == sorted(asks)
            assert bids[0] < trade.price < asks[0]
            assert all(size > 0 for _, size in book.bids + book.asks)


def test_backfill_ends_where_the_stream_begins():
    feed = source("BTC/USDT", start_ms=T0 + 90_500)
    past = asyncio.run(feed.backfill("BTC/USDT", T0 - 10 * MINUTE))
    assert past.open_time_ms.tolist() == [T0 + i * MINUTE for i in range(-9, 1)]
    assert len(asyncio.run(feed.backfill("BTC/USDT", None))) == 1440
    assert take(feed, 1)[0].candle.open_time_ms == T0 + MINUTE


def test_time_passes_at_the_asked_speed():
    waits = []
    feed = SimulatedSource(["BTC/USDT"], seed=7, speed=10.0, start_ms=T0, sleep=waits.append)
    events = take(feed, 60)
    last = max(e.time_ms for e in events if isinstance(e, Trade))
    assert waits and max(waits) <= (last - T0) / 10 / 1000
