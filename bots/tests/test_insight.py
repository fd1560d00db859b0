"""Figures of markets: of whom they are made, from what, when, and how often."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from celery import current_app
from django.db import connection

from bots import tasks
from bots.core.insight import FIGURES
from bots.models import MarketInsight
from bots.selectors import insight as selector
from bots.services import insight
from bots.tests.insight_world import HOUR_MS, NOW_MS, hourly, market, new_venue, rising, tell
from exchanges.models import FundingRate, Market
from exchanges.services import markets
from foundation.lib import clock
from foundation.lib.errors import TryLater

pytestmark = pytest.mark.django_db
DAY_MS = 24 * HOUR_MS


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.fixed(NOW_MS):
        yield


@pytest.fixture
def venue() -> str:
    return new_venue()


def take(now_ms: int = NOW_MS) -> dict[str, MarketInsight]:
    """The figures of one pass, by symbol (of several venues: by venue)."""
    insight.take(now_ms=now_ms)
    rows = MarketInsight.objects.filter(hour_ms=insight.slot_of(now_ms)).select_related("market")
    symbols = [row.market.symbol for row in rows]
    assert len(rows) == len({(row.market.venue, row.market.symbol) for row in rows})
    is_one_venue = len(set(symbols)) == len(symbols)
    return {row.market.symbol if is_one_venue else row.market.venue: row for row in rows}


def test_a_market_with_a_month_of_candles_gets_its_figures(venue: str) -> None:
    market(venue, candles=hourly(1))
    other = hourly(2)
    market(venue, "ETH/USDT", other)
    found = take()["ETH/USDT"]
    assert (found.hour_ms, found.candles_until_ms) == (NOW_MS - 5 * 60_000, NOW_MS - 5 * 60_000)
    assert found.figures["change_24h"] == pytest.approx(other.close[-1] / other.close[-25] - 1)
    mine, theirs = (np.diff(np.log(one.close))[-168:] for one in (other, hourly(1)))
    expected = np.corrcoef(mine, theirs)[0, 1]
    assert found.figures["btc_correlation"] == pytest.approx(expected)
    live_only = {"book_spread", "funding_rate", "basis", "venue_spread"}
    assert {key for key, value in found.figures.items() if value is None} == live_only
    assert found.closes[-1] == other.close[-1]


def test_a_market_nobody_feeds_is_not_followed(venue: str) -> None:
    market(venue)
    market(venue, "OLD/USDT", hourly(1, 100, late=25))
    market(venue, "NEW/USDT", hourly(1, 100, late=22))
    Market.objects.filter(symbol="NEW/USDT").update(is_active=False)
    assert insight.take(now_ms=NOW_MS) == insight.Pass(0, 0)
    assert not MarketInsight.objects.exists()


def test_a_market_with_a_price_and_no_candles_says_so(venue: str) -> None:
    market(venue)
    tell(venue, last=100.0, bid=99.0, ask=101.0)
    found = take()["BTC/USDT"]
    assert (found.candles_until_ms, found.candle_count, found.closes) == (None, 0, [])
    known = {key: value for key, value in found.figures.items() if value is not None}
    assert known == {"book_spread": pytest.approx(0.02)}


def test_old_candles_are_not_taken_for_news(venue: str) -> None:
    market(venue, candles=hourly(1, 100, late=30))
    tell(venue, last=100.0)
    assert take()["BTC/USDT"].figures["change_24h"] is None


def test_prices_of_a_silent_feed_are_not_read(venue: str) -> None:
    market(venue, candles=hourly(1))
    with clock.fixed(NOW_MS - 60_000):
        tell(venue, last=100.0, bid=99.0, ask=101.0)
    assert take()["BTC/USDT"].figures["book_spread"] is None


def test_a_replayed_market_is_judged_by_its_own_time(venue: str) -> None:
    market(venue, candles=hourly(1))
    later = NOW_MS + 700 * DAY_MS
    with clock.fixed(later):
        tell(venue, last=100.0, market_ms=NOW_MS)
        found = take(later)["BTC/USDT"]
    assert found.figures["volatility_percentile"] is not None
    assert found.candles_until_ms == NOW_MS - 5 * 60_000


def test_a_perpetual_has_the_prices_it_follows_and_funding(venue: str, settings: Any) -> None:
    settings.FEED_VENUE = venue
    spot = market(venue, candles=rising(0.001))
    swap = markets.ensure_perpetual(spot)
    assert swap is not None
    Market.objects.filter(pk=swap.pk).update(funding_rate=Decimal("-0.0002"))
    tell(venue, last=200.0, bid=199.0, ask=201.0)
    rows = take()
    contract = rows["BTC/USDT:USDT"].figures
    assert contract["trend_strength"] == pytest.approx(1)
    assert (contract["funding_rate"], contract["basis"]) == (-0.0002, 0)
    assert (rows["BTC/USDT"].figures["funding_rate"], rows["BTC/USDT"].figures["basis"]) == (
        None, None,
    )  # fmt: skip


def test_a_contract_with_prices_of_its_own_has_a_basis_and_told_funding(venue: str) -> None:
    market(venue)
    market(venue, "BTC/USDT:USDT")
    tell(venue, last=200.0)
    tell(venue, "BTC/USDT:USDT", last=202.0)
    told = {"venue": venue, "symbol": "BTC/USDT:USDT", "mark_price": 200}
    for ago_ms, rate in ((DAY_MS // 2, "0.0003"), (HOUR_MS, "0.0005")):
        FundingRate.objects.create(time_ms=NOW_MS - ago_ms, rate=Decimal(rate), **told)
    found = take()["BTC/USDT:USDT"].figures
    assert (found["basis"], found["funding_rate"]) == (pytest.approx(0.01), 0.0005)


def test_an_old_funding_rate_is_not_told(venue: str) -> None:
    market(venue, "BTC/USDT:USDT", hourly(1, 60))
    FundingRate.objects.create(
        venue=venue, symbol="BTC/USDT:USDT", time_ms=NOW_MS - DAY_MS, rate=1, mark_price=1
    )
    assert take()["BTC/USDT:USDT"].figures["funding_rate"] is None


def test_the_spread_between_venues_names_both() -> None:
    cheap, dear, alone = new_venue(), new_venue(), new_venue()
    for name, bid, ask in ((cheap, 99.0, 100.0), (dear, 102.0, 103.0)):
        market(name)
        tell(name, last=bid, bid=bid, ask=ask)
    market(alone, "ETH/USDT")
    tell(alone, "ETH/USDT", last=9.0, bid=9.0, ask=9.1)
    insight.take(now_ms=NOW_MS)
    for name in (cheap, dear):
        row = MarketInsight.objects.get(market__venue=name)
        assert row.figures["venue_spread"] == pytest.approx(0.02)
        assert (row.buy_at, row.sell_at) == (cheap, dear)
    lone = MarketInsight.objects.get(market__venue=alone)
    assert (lone.figures["venue_spread"], lone.buy_at, lone.sell_at) == (None, "", "")


def test_simulated_prices_are_not_compared_with_real_ones() -> None:
    for name in (real := new_venue(), made_up := new_venue()):
        market(name)
        tell(name, last=100.0, bid=99.0, ask=100.0)
    Market.objects.filter(venue=made_up).update(is_simulated=True)
    insight.take(now_ms=NOW_MS)
    row = MarketInsight.objects.get(market__venue=real)
    assert row.figures["venue_spread"] is None


def test_volume_in_another_quote_is_turned_into_dollars(venue: str) -> None:
    candles = rising(0.0)
    market(venue, "ETH/BTC", candles)
    market(venue)
    tell(venue, last=50_000.0)
    assert take()["ETH/BTC"].figures["dollar_volume"] == pytest.approx(24 * 500 * 50_000)


def test_an_hour_is_made_once_and_a_refresh_replaces_it(venue: str) -> None:
    market(venue, candles=hourly(1))
    assert insight.take(now_ms=NOW_MS) == insight.Pass(1, 0)
    assert insight.take(now_ms=NOW_MS + 60_000) == insight.Pass(0, 0)
    tell(venue, last=100.0, bid=99.0, ask=101.0)
    assert insight.refresh(now_ms=NOW_MS + 60_000) == insight.Pass(1, 0)
    assert MarketInsight.objects.get().figures["book_spread"] == pytest.approx(0.02)
    market(venue, "ETH/USDT", hourly(2, 60))
    assert insight.take(now_ms=NOW_MS) == insight.Pass(1, 0), "a newcomer does not wait"


def test_the_next_hour_is_a_row_of_its_own_two_minutes_after_it_began(venue: str) -> None:
    market(venue, candles=hourly(1))
    take()
    next_ms = NOW_MS - 5 * 60_000 + HOUR_MS
    assert insight.take(now_ms=next_ms + 119_000).made == 0
    assert insight.take(now_ms=next_ms + 120_000).made == 1


def test_time_is_bounded_and_what_is_left_comes_next(venue: str) -> None:
    for name in ("BTC/USDT", "ETH/USDT"):
        market(venue, name, hourly(1, 60))
    assert insight.take(now_ms=NOW_MS, budget_s=0) == insight.Pass(0, 2)
    assert insight.take(now_ms=NOW_MS) == insight.Pass(2, 0)


def test_a_month_is_kept(venue: str) -> None:
    row = market(venue, candles=hourly(1, 60))
    fields: dict[str, Any] = {"made_at": clock.now(), "candle_count": 0, "closes": []}
    for days in (29, 30, 32):
        hour_ms = insight.slot_of(NOW_MS) - days * DAY_MS
        MarketInsight.objects.create(market=row, hour_ms=hour_ms, figures={}, **fields)
    take()
    assert MarketInsight.objects.count() == 3
    shown = selector.history(row, until_ms=NOW_MS)
    assert len(shown["hour_ms"]) == 2, "29 days ago and now"
    assert set(shown) == {"hour_ms", *FIGURES}
    assert shown["change_24h"][0] is None


def test_many_markets_cost_few_queries_each(venue: str, django_assert_max_num_queries: Any) -> None:
    for i in range(12):
        market(venue, f"C{i}/USDT", hourly(i, 60))
    with django_assert_max_num_queries(20 + 12 * 4):
        assert insight.take(now_ms=NOW_MS).made == 12


def test_the_tasks_make_it_once_an_hour_and_anew_when_asked(venue: str) -> None:
    market(venue, candles=hourly(1, 60))
    assert [tasks.take_insight(), tasks.take_insight(), tasks.refresh_insight()] == [1, 0, 1]


def test_while_another_worker_makes_it_this_one_leaves_it(venue: str) -> None:
    market(venue, candles=hourly(1, 60))
    key = int.from_bytes(hashlib.sha256(b"insight").digest()[:8], signed=True)
    other = connection.copy()
    with closing(other), other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        with pytest.raises(TryLater):
            insight.take(now_ms=NOW_MS)
    assert insight.take(now_ms=NOW_MS).made == 1


def test_asking_sends_one_task_a_minute(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: sent.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        assert insight.ask(now_ms=NOW_MS) == 60
        with pytest.raises(insight.AskedTooSoon, match="Ask again in"):
            insight.ask(now_ms=NOW_MS)
    assert sent == ["bots.refresh_insight"]


def test_order_by_any_figure_with_the_unknown_last(venue: str) -> None:
    for name, per_hour in (("UP/USDT", 0.002), ("DOWN/USDT", -0.004), ("FLAT/USDT", 0.0001)):
        market(venue, name, rising(per_hour))
    market(venue, "BTC/USDT")
    tell(venue, last=100.0)
    take()

    def names(ordering: str, **asked: str) -> list[str]:
        rows = selector.ordered(selector.newest(**asked), ordering)
        return [row.market.base for row in rows]

    assert names("-change_24h") == ["UP", "FLAT", "DOWN", "BTC"]
    assert names("change_24h") == ["DOWN", "FLAT", "UP", "BTC"]
    assert names("-movers") == ["DOWN", "UP", "FLAT", "BTC"]
    assert names("symbol", search="t") == ["BTC", "DOWN", "FLAT", "UP"]
    assert names("symbol", search="down") == ["DOWN"]
    assert names("symbol", venue="nowhere") == []
    for key in FIGURES:
        assert len(names(f"-{key}")) == 4


def test_only_the_newest_hour_of_each_market_is_listed(venue: str) -> None:
    market(venue, candles=hourly(1))
    take()
    insight.take(now_ms=NOW_MS + HOUR_MS)
    assert [row.hour_ms for row in selector.newest()] == [insight.slot_of(NOW_MS + HOUR_MS)]
