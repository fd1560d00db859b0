"""Home's answer to "am I up, is anything wrong?": the portfolio, today's change, what needs you."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backtesting.models import Backtest
from bots.models import Bot, PortfolioSnapshot
from bots.services import portfolio
from bots.tests.world import World, above, flat, grant
from exchanges.feed.live import beat
from exchanges.tests.paper.world import SWAP, D, PaperWorld, fund
from foundation.lib import clock

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000


@pytest.fixture
def world(settings: Any) -> World:
    made = World(flat(100, 100, 111, 112)).open_at(2)
    settings.FEED_VENUE = made.venue
    return made


@pytest.fixture
def bot(world: World, alice: Any) -> Bot:
    grant(alice, 500)
    return world.bot(alice, above(110))


@pytest.fixture
def page(client: Client, alice: Any) -> Any:
    client.force_login(alice)
    return client


def test_it_says_what_today_and_all_time_made(page: Client, alice: Any, bot: Bot) -> None:
    now_ms = clock.now_ms()
    for before_ms, value in ((3 * DAY_MS, 1000), (0, 1470)):
        PortfolioSnapshot.objects.create(
            owner=alice, asset="USDT", taken_at_ms=now_ms - before_ms, value=value
        )
    context = page.get("/").context
    assert (context["portfolio"].total, context["portfolio"].change_today) == (1500, 30)
    assert [(one.words, one.made) for one in context["changes"]] == [
        ("1 day", 30), ("All", 500),
    ]  # fmt: skip
    assert [value for _, value in page.get("/portfolio/curve/").json()["equity"]] == [
        1000, 1470, 1500,
    ]  # fmt: skip
    assert len(page.get("/portfolio/curve/?days=1").json()["equity"]) == 2
    assert page.get("/portfolio/curve/?days=9999999999").status_code == 400


def test_the_curve_is_everyones_own(client: Client, charlie: Any, alice: Any, bot: Bot) -> None:
    portfolio.take(now_ms=clock.now_ms())
    assert client.get("/portfolio/curve/").status_code == 401
    client.force_login(charlie)
    assert client.get("/portfolio/curve/").json() == {"equity": []}


def test_when_all_is_well_nothing_needs_you(page: Client, world: World, bot: Bot) -> None:
    assert "The market feed is silent" in page.get("/").text
    beat(world.venue, source="script", market_ms=clock.now_ms())
    assert "Nothing needs you." in page.get("/").text


@pytest.mark.parametrize(
    ("status", "reason", "is_halted", "words"),
    [
        ("error", "Failed five times.", False, "Failed five times."),
        ("stopping", "Waits for a price.", False, "Waits for a price."),
        ("running", "", True, "its drawdown limit was reached"),
    ],
)
def test_a_bot_in_trouble_is_named(
    page: Client, bot: Bot, status: str, reason: str, is_halted: bool, words: str
) -> None:
    Bot.objects.filter(pk=bot.pk).update(status=status, status_reason=reason)
    bot.runs.update(is_halted=is_halted)
    assert words in page.get("/").text


def test_a_backtest_that_failed_is_named(page: Client, alice: Any, bot: Bot, bob: Any) -> None:
    for owner, error in ((alice, "no candles any more"), (bob, "none of hers")):
        Backtest.objects.create(
            owner=owner, name="Levels", spec={}, spec_fingerprint="", venue="v", symbols=[],
            timeframe="1m", start_ms=0, end_ms=1, cash=1, fee_rate=0, slippage=0, status="failed",
            error=error, enqueued_at=clock.now(), finished_at=clock.now(),
        )  # fmt: skip
    text = page.get("/").text
    assert "no candles any more" in text and "none of hers" not in text


def test_who_trades_by_hand_sees_positions_margin_calls_and_liquidations(
    page: Client, alice: Any, settings: Any
) -> None:
    market = PaperWorld(settings)
    fund(alice)
    market.place(alice, SWAP, "buy", quantity="1", leverage=10, margin_mode="isolated")
    shown = page.get("/")
    assert "From here to a running bot" not in shown.text
    held = shown.context["positions"][0]
    assert (held.price, held.profit) == (100, D("-0.1"))
    assert held.distance == abs(100 - held.liquidation) / 100
    market.move(float(held.liquidation) + 0.05)
    assert "Margin call: your long of BTC/USDT:USDT" in page.get("/").text
    market.move(80)
    text = page.get("/").text
    assert "Margin call" not in text
    assert "Your long of 1 BTC/USDT:USDT was liquidated at" in text


def test_without_a_bot_there_is_no_curve_but_a_way(page: Client) -> None:
    text = page.get("/").text
    assert "From here to a running bot" in text and "portfolio-curve" not in text


def test_a_long_past_costs_no_more_queries(
    page: Client, alice: Any, bot: Bot, django_assert_max_num_queries: Any
) -> None:
    now_ms = clock.now_ms() // DAY_MS * DAY_MS
    PortfolioSnapshot.objects.bulk_create(
        PortfolioSnapshot(owner=alice, asset="USDT", taken_at_ms=now_ms - i * DAY_MS, value=1000)
        for i in range(60)
    )
    with django_assert_max_num_queries(27):
        assert len(page.get("/").context["changes"]) == 4
    with django_assert_max_num_queries(10):
        assert len(page.get("/portfolio/curve/").json()["equity"]) == 61
