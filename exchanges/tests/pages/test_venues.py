"""The status of the venues' limits and clocks: for admins, true to the moment."""

import uuid

import pytest
from django.test import Client

from bots.selectors import attention
from exchanges.core.outcomes import VenueFault
from exchanges.core.pacing import Priority
from exchanges.feed import live as writer
from exchanges.selectors import live
from exchanges.venues import status, venue_clock
from exchanges.venues.pacer import RedisPacer
from foundation.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_known():
    venue_clock._cached.clear()
    yield
    venue_clock._cached.clear()


def test_it_is_for_those_who_run_the_place(client, alice, admin):
    client.force_login(alice)
    assert client.get("/venues/").status_code == 403
    client.force_login(admin)
    assert client.get("/venues/").status_code == 200
    assert client.post("/venues/").status_code == 405


def test_it_shows_what_is_used_who_waits_and_whose_clock_is_off(client: Client, admin):
    pacer = RedisPacer("binance")
    pacer.take("7", 900, Priority.PROTECT)
    RedisPacer("okx").refused("7", 300)
    RedisPacer("bybit").refused("7", 600, banned=True)
    now_ms = clock.now_ms()
    venue_clock.keep("kraken", venue_clock.Offset(-1234, 40, now_ms))
    client.force_login(admin)
    rows = client.get("/venues/", headers={"HX-Request": "true"}).text
    assert "<html" not in rows
    assert "900" in rows and "5,400" in rows, "used and limit of the address"
    assert ("Waiting" in rows, "Banned" in rows, "-1234 ms" in rows) == (True, True, True)
    found = {one.venue: one for one in status.statuses()}
    assert [each.used for each in found["binance"].budgets] == [900]
    assert 590_000 < found["bybit"].paused_until_ms - now_ms <= 601_000
    assert (found["bybit"].is_banned, found["okx"].is_banned) == (True, False)
    assert found["okx"].budgets[0].used == 0


def test_used_fades_with_the_window(monkeypatch):
    RedisPacer("binance").take("", 100, Priority.DATA)
    with clock.fixed(clock.now_ms() + 64_000):
        assert status.status("binance").budgets[0].used == 0


def test_refused_calls_are_counted(admin):
    pacer = RedisPacer("okx", sleep=lambda _s: None)
    for _ in range(21):  # 60 % of 36 in 2 s
        pacer.take("", 1, Priority.DATA)
    with pytest.raises(VenueFault, match="used up"):
        pacer.take("", 20, Priority.DATA)
    assert status.status("okx").shed == {"data": 1}


def test_a_clock_that_is_off_is_an_alert_for_admins_only(alice, admin):
    venue_clock.keep("kraken", venue_clock.Offset(700, 40, clock.now_ms()))
    told = [one.text for one in attention._clocks(admin)]
    assert told == ["The clock of kraken and ours are 700 ms apart: it may refuse orders."]
    assert attention._clocks(alice) == []
    venue_clock.keep("kraken", venue_clock.Offset(400, 40, clock.now_ms()))
    assert attention._clocks(admin) == []


def rows(client, admin) -> str:
    client.force_login(admin)
    return client.get("/venues/", headers={"HX-Request": "true"}).text


def test_a_feed_that_never_told_anything_is_shown_and_stops_entries(client, admin, settings):
    settings.FEED_VENUE = venue = f"v{uuid.uuid4().hex[:8]}"
    assert "Not heard from" in rows(client, admin)
    assert live.is_stale(venue, "BTC/USDT")
    assert not live.is_stale("elsewhere", "BTC/USDT"), "it has no feed here"
    writer.beat(venue, source="simulated", market_ms=5)
    assert 'data-state="heard"' in rows(client, admin)
    assert not live.is_stale(venue, "BTC/USDT")
    writer.beat(venue, source="ccxt", market_ms=5, stale={"BTC/USDT": ["book", "trades"]})
    assert "BTC/USDT: book, trades" in rows(client, admin)
    with clock.fixed(clock.now_ms() + live.STALE_AFTER_MS + 1000):
        assert 'data-state="silent"' in rows(client, admin)


def test_many_silent_markets_are_counted(client, admin, settings):
    settings.FEED_VENUE = venue = f"v{uuid.uuid4().hex[:8]}"
    writer.beat(venue, source="x", market_ms=5, stale={f"A{n}/USDT": ["book"] for n in range(9)})
    found = rows(client, admin)
    assert "A5/USDT" in found and "A6/USDT" not in found and "and 3 more" in found
