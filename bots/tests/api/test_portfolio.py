"""/api/portfolio, its snapshots, /api/performance: the caller's own, as text, nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from bots.models import PortfolioSnapshot
from bots.tests.world import World, above, flat, grant
from foundation.lib import clock

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000
MIDNIGHT_MS = 1_704_067_200_000  # 2024-01-01
NOW_MS = MIDNIGHT_MS + DAY_MS // 2
CLOSES = (100, 100, 111, 112, 104, 103, 103)


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.fixed(NOW_MS):
        yield


@pytest.fixture
def snapshots(alice: Any) -> None:
    """One every half day, the last at midnight."""
    grant(alice, 1500)
    PortfolioSnapshot.objects.bulk_create(
        PortfolioSnapshot(
            owner=alice, asset="USDT", taken_at_ms=MIDNIGHT_MS + i * DAY_MS // 2, value=1000 + i
        )
        for i in range(-8, 1)
    )


def test_the_portfolio_says_what_there_is_and_what_today_made_of_it(
    alice_api: Any, snapshots: None, noon: None
) -> None:
    assert alice_api.get("/api/portfolio").json() == {
        "asset": "USDT", "total": "1500", "spot": "1500", "futures": "0", "in_bots": "0",
        "free": "1500", "open_profit": "0", "unpriced": [], "put_in_today": "0",
        "change_today": "500", "change_today_fraction": 0.5,
        "since_ms": MIDNIGHT_MS,
        "shown": {"currency": "USDT", "rate": "1", "total": "1500", "missing": ""},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("?page_size=2", ["992", "993"]),
        ("?page_size=2&page=2", ["994", "995"]),
        ("?ordering=-taken_at_ms&page_size=1", ["1000"]),
        ("?start=2023-12-31T00:00:00Z", ["998", "999", "1000"]),
        ("?end=2023-12-28T12:00:00Z", ["992"]),
        (f"?start={MIDNIGHT_MS}&end={MIDNIGHT_MS + 1}", ["1000"]),
    ],
)
def test_snapshots_come_by_range_and_page(
    alice_api: Any, snapshots: None, query: str, values: list[str]
) -> None:
    found = alice_api.get(f"/api/portfolio/snapshots{query}").json()
    assert [row["value"] for row in found["results"]] == values


@pytest.mark.parametrize(
    ("query", "path"),
    [("start=soon", "start"), ("end=-1", "end"), ("start=2024-01-02&end=2024-01-01", "end")],
)
def test_a_range_that_is_none_is_refused(alice_api: Any, query: str, path: str) -> None:
    answer = alice_api.get(f"/api/portfolio/snapshots?{query}")
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["error"]["errors"]] == [path]


def test_performance_is_over_all_bots(alice: Any, alice_api: Any) -> None:
    world = World(flat(*CLOSES)).open_at(1)
    for number in range(2):
        world.bot(alice, above(110 + number / 2, below=105))
    PortfolioSnapshot.objects.create(
        owner=alice, asset="USDT", taken_at_ms=clock.now_ms() - DAY_MS, value=2000
    )
    world.run_to(6)
    found = alice_api.get("/api/performance").json()
    total = Decimal(alice_api.get("/api/portfolio").json()["total"])
    assert found["metrics"]["total_trades"] == 2
    assert found["metrics"]["total_return"] == pytest.approx(float(total) / 2000 - 1)
    assert found["metrics"]["win_rate"] == 0
    assert [value for _, value in found["equity"]] == [2000, pytest.approx(float(total))]


def test_before_the_first_snapshot_there_is_no_metric(charlie_api: Any) -> None:
    found = charlie_api.get("/api/performance").json()
    assert (found["start_ms"], found["equity"]) == (None, [])
    assert set(found["metrics"].values()) == {None}


def test_charlie_sees_nothing_of_it(charlie_api: Any, snapshots: None, noon: None) -> None:
    assert charlie_api.get("/api/portfolio/snapshots").json()["results"] == []
    found = charlie_api.get("/api/portfolio").json()
    assert (found["total"], found["change_today"]) == ("0", None)


@pytest.mark.parametrize("path", ["portfolio", "portfolio/snapshots", "performance"])
def test_strangers_sign_in_first(api: Any, path: str) -> None:
    assert api().get(f"/api/{path}").status_code == 401
