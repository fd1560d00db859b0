"""Each channel of each symbol is judged by its own silence."""

import pytest

from exchanges.core.staleness import SILENCE_MS_MAX, Watch

T0 = 5_000


@pytest.mark.parametrize("channel", SILENCE_MS_MAX)
def test_a_channel_is_stale_a_moment_after_its_time_and_fresh_once_heard(channel):
    watch, most_ms = Watch(), SILENCE_MS_MAX[channel]
    watch.expect("BTC/USDT", channel, T0)
    assert watch.stale(T0 + most_ms) == {}
    assert watch.stale(T0 + most_ms + 1) == {"BTC/USDT": [channel]}
    watch.hear("BTC/USDT", channel, T0 + most_ms + 1)
    assert watch.stale(T0 + most_ms + 2) == {}


def test_a_live_channel_does_not_speak_for_a_dead_one():
    watch = Watch()
    for channel in ("book", "trades"):
        watch.expect("BTC/USDT", channel, T0)
    watch.expect("ETH/USDT", "book", T0)
    later = T0 + SILENCE_MS_MAX["book"] + 1
    watch.hear("BTC/USDT", "trades", later)
    watch.hear("ETH/USDT", "book", later)
    assert watch.stale(later) == {"BTC/USDT": ["book"]}


def test_expecting_again_does_not_make_it_fresh():
    watch = Watch()
    watch.expect("BTC/USDT", "book", T0)
    watch.expect("BTC/USDT", "book", T0 + 10**6)
    assert watch.stale(T0 + 10**6) == {"BTC/USDT": ["book"]}


def test_a_channel_nobody_gave_a_time_is_our_mistake():
    with pytest.raises(AssertionError):
        Watch().expect("BTC/USDT", "gossip", T0)


def test_what_a_venue_does_not_stream_is_no_longer_judged():
    watch = Watch()
    for symbol in ("BTC/USDT", "ETH/USDT"):
        for channel in ("book", "ticker"):
            watch.expect(symbol, channel, T0)
    watch.forget(["BTC/USDT", "ETH/USDT"], "ticker")
    watch.forget(["BTC/USDT"], "book")
    assert watch.stale(10**9) == {"ETH/USDT": ["book"]}
