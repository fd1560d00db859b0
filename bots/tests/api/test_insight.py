"""GET insight, its figures and one market; POST insight/refresh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bots.core.insight import FIGURES
from bots.services import insight
from bots.tests.insight_world import NOW_MS, hourly, market, new_venue, rising, tell
from foundation.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue() -> Iterator[str]:
    """Two markets that move, one without candles, and one that nobody follows."""
    made = new_venue()
    with clock.fixed(NOW_MS):
        market(made, "UP/USDT", rising(0.001))
        market(made, "DOWN/USDT", rising(-0.003, 60))
        market(made, "BTC/USDT")
        market(made, "OLD/USDT", hourly(1, 60, late=30))
        tell(made, last=100.0, bid=99.0, ask=101.0)
        insight.take(now_ms=NOW_MS)
        yield made


def symbols(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["symbol"] for row in answer.json()["results"]]


def test_the_list_says_of_each_market_what_is_known(alice_api: Any, venue: str) -> None:
    rows = {row["symbol"]: row for row in alice_api.get("/api/insight").json()["results"]}
    assert set(rows) == {"UP/USDT", "DOWN/USDT", "BTC/USDT"}
    up = rows["UP/USDT"]
    assert (up["venue"], up["kind"], up["note"]) == (venue, "spot", "")
    assert set(up["figures"]) == set(FIGURES)
    assert up["figures"]["trend_strength"] == pytest.approx(1)
    assert up["regime"] in {"low", "normal", "high"}
    assert up["hour_ms"] == insight.slot_of(NOW_MS)
    assert "Only 60 hourly candles" in rows["DOWN/USDT"]["note"]
    assert rows["DOWN/USDT"]["regime"] == ""
    assert "No candles" in rows["BTC/USDT"]["note"]
    assert rows["BTC/USDT"]["figures"]["book_spread"] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ["BTC/USDT", "DOWN/USDT", "UP/USDT"]),
        ("?ordering=-change_24h", ["UP/USDT", "DOWN/USDT", "BTC/USDT"]),
        ("?ordering=-movers", ["DOWN/USDT", "UP/USDT", "BTC/USDT"]),
        ("?ordering=-symbol&page_size=1", ["UP/USDT"]),
        ("?search=down", ["DOWN/USDT"]),
        ("?venue=nowhere", []),
        ("?kind=swap", []),
    ],
)
def test_lists_are_filtered_and_ordered(
    alice_api: Any, venue: str, asked: str, expected: list[str]
) -> None:
    assert symbols(alice_api.get(f"/api/insight{asked}")) == expected


@pytest.mark.parametrize(
    ("asked", "path"),
    [("ordering=size", "ordering"), ("kind=shoe", "kind"), ("search=" + "x" * 101, "search")],
)
def test_nonsense_is_refused_by_name(alice_api: Any, asked: str, path: str) -> None:
    answer = alice_api.get(f"/api/insight?{asked}")
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["error"]["errors"]] == [path]


def test_one_market_has_its_newest_figures_and_its_history(alice_api: Any, venue: str) -> None:
    insight.take(now_ms=NOW_MS - 3_600_000)
    body = alice_api.get(f"/api/insight/{venue}/UP-USDT").json()
    assert body["latest"]["hour_ms"] == insight.slot_of(NOW_MS)
    before_ms = insight.slot_of(NOW_MS - 3_600_000)
    assert body["history"]["hour_ms"] == [before_ms, body["latest"]["hour_ms"]]
    assert body["history"]["trend_strength"] == pytest.approx([1, 1])
    assert set(body["history"]) == {"hour_ms", *FIGURES}
    assert body["note"] == ""


def test_a_market_that_is_not_followed_says_so(alice_api: Any, venue: str) -> None:
    body = alice_api.get(f"/api/insight/{venue}/OLD-USDT").json()
    assert (body["latest"], body["history"]["hour_ms"]) == (None, [])
    assert "Not followed" in body["note"]


@pytest.mark.parametrize(
    ("place", "status"), [("nowhere/BTC-USDT", 404), ("x/BTC", 400), ("X!/BTC-USDT", 400)]
)
def test_a_market_that_does_not_exist(alice_api: Any, place: str, status: int) -> None:
    assert alice_api.get(f"/api/insight/{place}").status_code == status


def test_every_figure_is_explained(alice_api: Any) -> None:
    rows = {row["key"]: row for row in alice_api.get("/api/insight/figures").json()}
    assert list(rows) == list(FIGURES)
    assert rows["illiquidity"]["link"] == "/insight/#illiquidity"
    assert "Amihud" in rows["illiquidity"]["formula"]


def test_a_refresh_is_asked_for_once_a_minute(alice_api: Any, charlie_api: Any) -> None:
    first, second = alice_api.post("/api/insight/refresh"), charlie_api.post("/api/insight/refresh")
    assert (first.status_code, first.json()) == (202, {"next_in_s": 60})
    assert (second.status_code, second.json()["error"]["code"]) == (429, "throttled")
    assert "Ask again in" in second.json()["error"]["message"]
