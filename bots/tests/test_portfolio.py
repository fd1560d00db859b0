"""Snapshots of portfolios: right to the last unit, once per slot, in few queries for many users."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.services import ledger
from bots import tasks
from bots.models import Bot, PortfolioSnapshot
from bots.selectors import portfolio as selector
from bots.services import portfolio
from bots.tests.world import World, above, flat, grant
from exchanges.feed.live import LiveBatch
from exchanges.models import Position
from exchanges.selectors import live, wallets
from exchanges.services import markets
from exchanges.tests.paper.world import SPOT, SWAP, D, PaperWorld, fund
from foundation.lib import clock

pytestmark = pytest.mark.django_db
DAY_MS = selector.DAY_MS
NOW_MS = 1_704_110_400_000  # 2024-01-01 12:00 UTC
CLOSES = (100, 100, 111, 112, 104, 103, 103)


@pytest.fixture
def holding(alice: Any) -> Bot:
    """A bot of Alice's with 1,000, bought at 111, while the market stands at 112."""
    world = World(flat(*CLOSES)).open_at(1)
    bot = world.bot(alice, above(110, below=105))
    grant(alice, 500)
    world.run_to(4)
    return bot


def values(user: Any) -> list[Decimal]:
    return list(selector.history(user).values_list("value", flat=True))


def snapshot(user: Any, taken_at_ms: int, value: Any = 100) -> None:
    PortfolioSnapshot.objects.create(owner=user, asset="USDT", taken_at_ms=taken_at_ms, value=value)


def test_a_snapshot_is_money_and_coins_at_the_newest_price(alice: Any, holding: Bot) -> None:
    held = Position.objects.get(owner=alice)
    portfolio.take(now_ms=NOW_MS)
    found = selector.portfolio(alice)
    assert values(alice) == [found.total]
    cash = wallets.owned_of(alice, "USDT").in_bots
    assert (found.free, found.spot, found.futures) == (500, 500, 0)
    assert found.in_bots == cash + held.quantity * 112
    assert found.open_profit == held.quantity * (112 - held.entry_price)
    assert found.total == 500 + cash + held.quantity * 112


def test_everything_counts_wherever_it_lies(alice: Any, alice_api: Any, settings: Any) -> None:
    """Coins, what orders keep, futures with their profit; the page, REST and snapshots agree."""
    world = PaperWorld(settings)
    fund(alice, spot=10_000, futures=10_000, btc=2)
    ledger.grant_play_money(user=alice, asset="XYZ", amount=Decimal(5), key="nobody prices it")
    world.place(alice, SPOT, type="limit", quantity="10", price="90")  # keeps 900 and a fee
    world.place(alice, SWAP, "buy", quantity="1", leverage=10)  # isolated, at 100.1
    world.move(110)
    found = selector.portfolio(alice)
    assert found.spot == 10_000 + 2 * 110
    assert found.futures == 10_000 + D("9.9") - D("100.1") * D("0.0004")
    assert (found.in_bots, found.open_profit, found.unpriced) == (0, D("9.9"), ["XYZ"])
    assert found.total == wallets.wallets(alice).total
    assert Decimal(alice_api.get("/api/portfolio").json()["total"]) == found.total
    portfolio.take(now_ms=NOW_MS)
    assert values(alice) == [found.total]


def test_money_put_in_is_no_profit(alice: Any, settings: Any) -> None:
    world = PaperWorld(settings)
    fund(alice, spot=1_000, futures=0)
    with clock.fixed(NOW_MS):
        portfolio.take(now_ms=NOW_MS)
        fund(alice, spot=500, futures=300, btc=1)
        world.place(alice, SPOT, "buy", quantity="1", client_order_id="one")  # at 100.1
        found = selector.portfolio(alice)
        assert found.put_in_today == 900
        lost = D("0.1") + D("100.1") * D("0.0004")
        assert found.change_today == -lost
        assert found.change_today_fraction == pytest.approx(float(-lost / 1900))
        assert [one.made for one in selector.changes(alice, found)] == [-lost]


def test_a_short_counts_what_it_has_lost(alice: Any, settings: Any) -> None:
    world = PaperWorld(settings)
    fund(alice, spot=0, futures=10_000)
    world.place(alice, SWAP, "sell", quantity="2", leverage=5, margin_mode="cross")  # at 99.9
    world.move(105)
    found = selector.portfolio(alice)
    assert found.total == 10_000 - 2 * D("5.1") - 2 * D("99.9") * D("0.0004")
    portfolio.take(now_ms=NOW_MS)
    assert values(alice) == [found.total]


def test_without_a_live_price_the_newest_close_counts(alice: Any, holding: Bot) -> None:
    """It was 112; a live price of another venue comes before what is stored."""
    held = Position.objects.get(owner=alice)
    cash = wallets.owned_of(alice, "USDT").in_bots
    assert live.tickers(held.venue, [held.symbol]) == {}
    assert selector.portfolio(alice).in_bots == cash + held.quantity * 112
    markets.ensure(venue="heard", symbol=held.symbol)
    batch = LiveBatch("heard")
    batch.ticker(held.symbol, {"symbol": held.symbol, "last": 120})
    batch.flush(NOW_MS)
    assert selector.portfolio(alice).in_bots == cash + held.quantity * 120


def test_a_slot_is_taken_once_however_often_asked(alice: Any) -> None:
    grant(alice, 100)
    assert [portfolio.take(now_ms=NOW_MS + i * 60_000) for i in range(6)] == [1, 0, 0, 0, 0, 1]
    assert [row.taken_at_ms for row in selector.history(alice)] == [NOW_MS, NOW_MS + 300_000]


def test_a_newcomer_gets_a_first_point_within_a_slot(alice: Any, bob: Any, charlie: Any) -> None:
    grant(alice, 100)
    portfolio.take(now_ms=NOW_MS)
    grant(bob, 70)
    assert portfolio.take(now_ms=NOW_MS + 60_000) == 1
    assert (values(alice), values(bob), values(charlie)) == ([100], [70], [])


def test_queries_do_not_grow_with_users(
    make_user: Callable[..., Any], holding: Bot, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        grant(make_user(f"user{number}"), 10 + number)
    with django_assert_max_num_queries(8):
        assert portfolio.take(now_ms=NOW_MS) == 9


def test_old_snapshots_become_hourly(alice: Any) -> None:
    grant(alice, 100)
    old_ms = NOW_MS - selector.FINE_MS - 7_200_000
    for minutes in range(0, 120, 5):
        snapshot(alice, old_ms + minutes * 60_000)
        snapshot(alice, NOW_MS - DAY_MS + minutes * 60_000)
    portfolio.take(now_ms=NOW_MS)
    times = [row.taken_at_ms for row in selector.history(alice, end_ms=NOW_MS - 2 * DAY_MS)]
    assert times == [old_ms, old_ms + 3_600_000]
    assert selector.history(alice).count() == 2 + 24 + 1


@pytest.mark.parametrize(
    ("taken", "change"),
    [
        ([], None),
        ([(-DAY_MS, 50)], None),
        ([(-DAY_MS, 50), (0, 80), (300_000, 90)], 20),
        ([(3_600_000, 125)], -25),
    ],
)
def test_today_is_measured_from_midnight_or_the_first_point_after_it(
    alice: Any, taken: list[tuple[int, int]], change: int | None
) -> None:
    grant(alice, 100)
    for after_ms, value in taken:
        snapshot(alice, NOW_MS // DAY_MS * DAY_MS + after_ms, value)
    with clock.fixed(NOW_MS):
        found = selector.portfolio(alice)
    assert found.change_today == change
    assert (found.change_today_fraction is None) == (change is None)


def test_the_curve_ends_now(alice: Any) -> None:
    assert selector.curve(alice) == []
    grant(alice, 100)
    snapshot(alice, NOW_MS - DAY_MS, 90)
    with clock.fixed(NOW_MS):
        assert selector.curve(alice) == [[NOW_MS - DAY_MS, 90.0], [NOW_MS, 100.0]]


def test_a_curve_beyond_a_week_has_one_point_an_hour(alice: Any) -> None:
    grant(alice, 100)
    for minutes in (0, 5, 60):
        for days in (30, 1):
            snapshot(alice, NOW_MS - days * DAY_MS + minutes * 60_000)
    with clock.fixed(NOW_MS):
        found = {days: len(selector.curve(alice, days=days)) for days in (0, 1, 7, 30)}
    assert found == {0: 5, 1: 4, 7: 4, 30: 5}


def test_the_task_takes_them(alice: Any) -> None:
    grant(alice, 100)
    assert tasks.snapshot_portfolios() == 1
