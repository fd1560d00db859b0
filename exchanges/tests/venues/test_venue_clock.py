"""A venue's clock: half the round trip, the median of several, kept for every process."""

import logging

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from exchanges.venues import venue_clock
from exchanges.venues.pacer import RedisPacer
from foundation.lib import clock
from foundation.lib.errors import TryLater

T0 = 1_700_000_000_000


@pytest.fixture(autouse=True)
def _nothing_known():
    venue_clock._cached.clear()
    yield
    venue_clock._cached.clear()


@given(st.integers(-10_000, 10_000), st.integers(0, 3_000), st.integers(0, 3_000))
def test_the_fault_is_at_most_half_the_round_trip(offset, out_ms, back_ms):
    told = T0 + out_ms + offset
    found, round_trip = venue_clock.sample(T0, told, T0 + out_ms + back_ms)
    assert round_trip == out_ms + back_ms
    assert abs(found - offset) <= round_trip / 2 + 1


def test_the_median_of_several_is_kept_and_corrects_every_signer():
    ahead = iter([250, 40_000, 251, 249, -9_000])
    with clock.fixed(T0):
        kept = venue_clock.measure("v", lambda: T0 + next(ahead))
    assert (kept.offset_ms, kept.measured_at_ms) == (250, T0)
    assert RedisPacer("v").offset_ms() == 250
    venue_clock._cached.clear()  # another process
    assert RedisPacer("v").offset_ms() == 250
    assert RedisPacer("unmeasured").offset_ms() == 0


def test_samples_that_fail_are_left_out_and_none_at_all_is_the_fault_itself():
    answers = iter([T0 + 90, None, T0 + 100, None, T0 + 110])

    def told():
        found = next(answers, None)
        if found is None:
            raise TryLater("the venue is away")
        return found

    with clock.fixed(T0):
        assert venue_clock.measure("v", told).offset_ms == 100
        with pytest.raises(TryLater, match="the venue is away"):
            venue_clock.measure("v", told)
    assert venue_clock.offset_ms("v") == 100


@pytest.mark.parametrize(("ahead_ms", "is_alarming"), [(500, False), (501, True), (-501, True)])
def test_more_than_half_a_second_is_alarming(caplog, ahead_ms, is_alarming):
    with clock.fixed(T0), caplog.at_level(logging.ERROR):
        kept = venue_clock.measure("v", lambda: T0 + ahead_ms)
    assert kept.is_alarming is is_alarming
    assert ("check this machine's time" in caplog.text) is is_alarming


def test_after_a_clock_fault_the_old_measure_is_gone():
    with clock.fixed(T0):
        venue_clock.measure("v", lambda: T0 + 50)
        venue_clock.forget("v")
        assert venue_clock.last("v") is None


def test_without_redis_the_last_known_offset_goes_on(monkeypatch):
    with clock.fixed(T0):
        venue_clock.measure("v", lambda: T0 + 50)
    away = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(venue_clock, "quick_client", lambda: away)
    monkeypatch.setattr(venue_clock.time, "monotonic", lambda: 10.0**9)
    assert venue_clock.offset_ms("v") == 50
