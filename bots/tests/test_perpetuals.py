"""Whose fundings are collected: real perpetuals that somebody follows, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bots import tasks
from bots.selectors import perpetuals
from bots.tests.insight_world import NOW_MS, hourly, market, tell
from bots.tests.test_insight import take
from exchanges.models import Market
from exchanges.services import funding_history, markets
from foundation.lib import clock

pytestmark = pytest.mark.django_db
SWAP = "BTC/USDT:USDT"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.fixed(NOW_MS):
        yield


def test_followed_perpetuals_and_no_others(settings: Any) -> None:
    settings.FEED_VENUE = "bybit"
    market("binanceusdm", SWAP, hourly(1, 60))
    market("okx", SWAP)
    market("okx", "ETH/USDT:USDT", hourly(1, 60, late=40))
    market("okx", "ETH/USDT", hourly(1, 60))
    market("bybit", SWAP, hourly(1, 60))  # the paper venue's own
    market("htx", SWAP, hourly(1, 60))
    Market.objects.filter(venue="htx").update(is_active=False)
    markets.ensure_perpetual(market("bitmex", "BTC/USDT", hourly(1, 60)))
    tell("okx", SWAP, last=100.0)
    assert perpetuals.to_collect() == {"binanceusdm": [SWAP], "okx": [SWAP]}


def test_the_task_asks_for_them(monkeypatch: Any) -> None:
    market("okx", SWAP, hourly(1, 60))
    asked: list[Any] = []

    def collect(**given: Any) -> funding_history.Collected:
        asked.append(given)
        return funding_history.Collected(stored=3)

    monkeypatch.setattr(funding_history, "collect", collect)
    assert tasks.collect_funding() == 3
    assert asked == [{"symbols": {"okx": [SWAP]}, "now_ms": NOW_MS}]


def test_a_contract_stands_beside_the_spot_market_of_its_sister_venue() -> None:
    market("binanceusdm", SWAP)
    market("binance", "BTC/USDT")
    tell("binanceusdm", SWAP, last=202.0)
    tell("binance", last=200.0)
    assert take()[SWAP].figures["basis"] == pytest.approx(0.01)
