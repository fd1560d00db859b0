"""What somebody prefers is what their forms begin with, and how their pages are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.services import preferences
from bots.models import PortfolioSnapshot
from bots.tests.world import World, flat, grant
from exchanges.feed.live import LiveBatch
from exchanges.models import Market
from foundation.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, alice: Any) -> Any:
    client.force_login(alice)
    return client


@pytest.fixture
def worlds() -> list[World]:
    """The same market on two venues, in order of their names."""
    return [
        World(flat(100, 100, 100), venue=venue).open_at(2) for venue in ("va_first", "vb_second")
    ]


def offered(answer: Any) -> list[str]:
    """Venues of the markets on offer, in order."""
    return [key.partition("|")[0] for key, _ in answer.context["form"].fields["market"].choices]


@pytest.mark.parametrize("address", ["/bots/new/", "/bots/new/grid/", "/backtests/new/",
                                     "/backtests/new/grid/", "/optimizations/new/"])  # fmt: skip
def test_forms_name_the_markets_of_the_preferred_venue_first(
    page: Client, alice: Any, worlds: list[World], address: str
) -> None:
    assert offered(page.get(address)) == ["va_first", "vb_second"]
    preferences.change(user=alice, venue="vb_second")
    assert offered(page.get(address)) == ["vb_second", "va_first"]


def test_forms_begin_with_the_preferred_candles(
    page: Client, alice: Any, worlds: list[World]
) -> None:
    preferences.change(user=alice, timeframe="4h")
    for address in ("/bots/new/grid/", "/backtests/new/grid/"):
        assert page.get(address).context["form"]["timeframe"].value() == "4h"
    assert '"timeframe": "4h"' in page.get("/strategies/new/?from=blank").context["spec_text"]


def test_home_and_wallet_count_in_the_preferred_currency(
    page: Client, alice: Any, worlds: list[World], settings: Any
) -> None:
    world = worlds[0]
    settings.FEED_VENUE = world.venue
    grant(alice, 1500)
    batch = LiveBatch(world.venue)
    batch.ticker("BTC/USDT", {"last": 50_000})
    batch.flush(clock.now_ms())
    preferences.change(user=alice, currency="BTC")
    for address in ("/", "/wallet/"):
        text = page.get(address).content.decode()
        assert "0.030000" in text and "1 BTC = 50,000.00" in text
    shown = page.get("/api/portfolio").json()["shown"]
    assert shown == {"currency": "BTC", "rate": "50000", "total": "0.03", "missing": ""}


def test_without_a_price_they_say_so(page: Client, alice: Any) -> None:
    grant(alice, 1500)
    Market.objects.create(venue="unfed", symbol="CHF/USDT", base="CHF", quote="USDT")
    preferences.change(user=alice, currency="CHF")
    for address in ("/", "/wallet/"):
        text = page.get(address).content.decode()
        assert "CHF has no price now: shown in USDT" in text and "1,500.00" in text


def test_today_begins_at_midnight_of_the_readers_zone(page: Client, alice: Any) -> None:
    grant(alice, 1500)
    for hour, value in ((14, 1000), (16, 1200)):  # 23:00 and 01:00 in Tokyo
        at = clock.to_ms(datetime(2026, 3, 4, hour, tzinfo=UTC))
        PortfolioSnapshot.objects.create(owner=alice, asset="USDT", taken_at_ms=at, value=value)
    with clock.fixed(clock.to_ms(datetime(2026, 3, 4, 20, tzinfo=UTC))):
        page.force_login(alice)
        assert page.get("/").context["portfolio"].change_today == 500
        preferences.change(user=alice, time_zone="Asia/Tokyo")
        assert page.get("/").context["portfolio"].change_today == 300
