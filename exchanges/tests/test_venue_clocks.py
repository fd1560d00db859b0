"""The clocks of venues that calls are signed for, asked over a real socket."""

import pytest

from exchanges.services import venue_clocks
from exchanges.tests.fake_binance import FakeBinance
from exchanges.venues import venue_clock
from exchanges.venues.ccxt_venue import CcxtData
from exchanges.venues.pacer import RedisPacer
from foundation.lib import clock
from foundation.lib.errors import AppError, TryLater


@pytest.fixture
def venue(monkeypatch):
    venue_clock._cached.clear()
    with FakeBinance(0, 60_000) as server:
        real = venue_clocks.CcxtData

        def near(name):
            return real(name, adjust=server.adjust)

        monkeypatch.setattr(venue_clocks, "CcxtData", near)
        yield server
    venue_clock._cached.clear()


def test_a_venue_that_calls_are_signed_for_is_measured_once_until_it_is_old(venue):
    assert venue_clocks.measure_asked() == 0
    assert RedisPacer("binance").offset_ms() == 0  # asks for it
    venue.now_ms = clock.now_ms() + 90_000
    assert venue_clocks.measure_asked() == 1
    assert abs(RedisPacer("binance").offset_ms() - 90_000) < 5_000
    assert venue_clocks.measure_asked() == 0
    with clock.fixed(clock.now_ms() + venue_clock.OLD_AFTER_MS + 1):
        assert venue_clocks.measure_asked() == 1
    venue_clock.forget("binance")  # it refused a time
    assert venue_clocks.measure_asked() == 1


def test_a_venue_that_is_away_is_said_so_and_tried_again(venue, caplog):
    RedisPacer("binance").offset_ms()
    venue.faults.extend([503] * venue_clock.SAMPLES)
    assert venue_clocks.measure_asked() == 0
    assert "binance: its clock is not known" in caplog.text
    assert venue_clocks.measure_asked() == 1


def test_a_banned_address_does_not_ask(venue):
    RedisPacer("binance").refused("", 600, banned=True)
    with pytest.raises(AppError, match="told us to wait"):
        venue_clocks.measure("binance")


def test_a_venue_without_a_time_says_so(venue):
    data = CcxtData("binance", adjust=venue.adjust)
    data._exchange.has["fetchTime"] = False
    with pytest.raises(TryLater, match="does not tell its time"):
        data.asked_ms()
