"""Live state: what the feed puts is what selectors read."""

import uuid

import pytest

from exchanges.feed import live as writer
from exchanges.selectors import live
from exchanges.selectors.live import FormingCandle
from foundation.lib import clock


@pytest.fixture
def venue():
    return f"v{uuid.uuid4().hex[:12]}"


def test_what_is_put_is_read(venue):
    batch = writer.LiveBatch(venue)
    batch.ticker("BTC/USDT", {"last": 101.5, "bid": 101.0})
    batch.orderbook("BTC/USDT", {"bids": [[101.0, 2.0]], "asks": []})
    batch.stats("BTC/USDT", {"volume": 7.0})
    batch.trades("BTC/USDT", [{"price": 2.0}], [{"price": 1.0}, {"price": 2.0}])
    batch.forming("BTC/USDT", "1m", FormingCandle(60_000, 1.0, 2.0, 0.5, 1.5))
    batch.flush(60_500)
    assert live.ticker(venue, "BTC/USDT") == {"last": 101.5, "bid": 101.0, "ts": 60_500}
    assert live.orderbook(venue, "BTC/USDT")["bids"] == [[101.0, 2.0]]
    assert live.stats(venue, "BTC/USDT")["volume"] == 7.0
    assert [trade["price"] for trade in live.trades(venue, "BTC/USDT")] == [1.0, 2.0]
    assert live.forming(venue, "BTC/USDT", "1m") == FormingCandle(60_000, 1.0, 2.0, 0.5, 1.5)
    assert set(live.tickers(venue, ["BTC/USDT", "NO/NE"])) == {"BTC/USDT"}


def test_a_closed_candle_is_no_longer_the_open_one(venue):
    batch = writer.LiveBatch(venue)
    batch.forming("BTC/USDT", "1m", FormingCandle(0, 1.0, 1.0, 1.0, 1.0))
    batch.flush(1)
    batch.closed("BTC/USDT", "1m", FormingCandle(0, 1.0, 1.0, 1.0, 1.0))
    batch.flush(60_000)
    assert live.forming(venue, "BTC/USDT", "1m") is None
    batch.closed("BTC/USDT", "1m", FormingCandle(60_000, 1.0, 1.0, 1.0, 1.0))
    batch.forming("BTC/USDT", "1m", FormingCandle(120_000, 2.0, 2.0, 2.0, 2.0))
    batch.flush(120_000)
    assert live.forming(venue, "BTC/USDT", "1m").open_time_ms == 120_000


def test_nothing_is_there_before_a_feed(venue):
    assert live.ticker(venue, "BTC/USDT") is None
    assert live.forming(venue, "BTC/USDT", "1m") is None
    assert live.trades(venue, "BTC/USDT") == []
    assert live.heartbeat(venue) is None


def test_a_heartbeat_gets_stale(venue):
    writer.beat(venue, source="simulated", market_ms=5)
    beat = live.heartbeat(venue)
    assert (beat.source, beat.market_ms, beat.is_stale) == ("simulated", 5, False)
    with clock.fixed(clock.now_ms() + live.STALE_AFTER_MS + 1000):
        assert beat.is_stale
