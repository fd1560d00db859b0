"""The insight page and the card of one market, with figures, with few, and without any."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from bots.core.insight import FIGURES
from bots.services import insight
from bots.templatetags.insight import compact, figure
from bots.tests.insight_world import NOW_MS, hourly, market, new_venue, rising, tell
from foundation.edge.templatetags.fmt import NARROW
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


@pytest.fixture
def page(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def order(text: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([A-Z]+)/USDT<', text)


def test_strangers_sign_in(client: Client, venue: str) -> None:
    for path in ("/insight/", f"/insight/{venue}/UP-USDT/card/"):
        assert client.get(path).status_code == 302


def test_the_table_has_every_followed_market_biggest_movers_first(page: Client, venue: str) -> None:
    answer = page.get("/insight/")
    assert order(answer.text) == ["DOWN", "UP", "BTC"]
    shown = answer.context["overview"]
    assert (shown.count, shown.risen, shown.changes) == (3, 1, 2)
    assert (shown.best.symbol, shown.worst.symbol) == ("UP/USDT", "DOWN/USDT")
    assert "needs 745 hourly candles" in answer.text
    assert "Only 60 hourly candles are stored" in answer.text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("?sort=-change_24h", ["UP", "DOWN", "BTC"]),
        ("?sort=-trend_strength", ["UP", "DOWN", "BTC"]),
        ("?sort=symbol", ["BTC", "DOWN", "UP"]),
        ("?sort=nonsense", ["DOWN", "UP", "BTC"]),
        ("?q=up", ["UP"]),
        ("?page=99", ["DOWN", "UP", "BTC"]),
    ],
)
def test_it_is_sorted_and_searched(
    page: Client, venue: str, asked: str, expected: list[str]
) -> None:
    assert order(page.get(f"/insight/{asked}").text) == expected
    part = page.get(f"/insight/{asked}", headers={"HX-Request": "true"})
    assert order(part.text) == expected
    assert "<h1" not in part.text


def test_every_link_to_a_formula_leads_to_one(page: Client, venue: str) -> None:
    text = page.get("/insight/").text
    card = page.get(f"/insight/{venue}/UP-USDT/card/").text
    targets = set(re.findall(r'id="([a-z0-9-]+)"', text))
    linked = re.findall(r'figure-help" href="/insight/#([a-z0-9-]+)"', text + card)
    assert len(linked) > 20
    assert set(linked) <= targets
    assert {"volatility", "relative-volume", "trend-slope"} <= set(linked), "second lines too"
    assert {one.anchor for one in FIGURES.values()} <= targets
    assert FIGURES["illiquidity"].doc in html.unescape(text)


def test_nothing_followed_says_what_to_do(page: Client) -> None:
    assert "No figures yet" in page.get("/insight/").text
    assert "No followed market has this name" in page.get("/insight/?q=x").text


def test_the_card_of_a_market_says_what_is_known_or_why_nothing_is(
    page: Client, venue: str
) -> None:
    assert "Trend strength" in page.get(f"/insight/{venue}/UP-USDT/card/").text
    assert "Only 60 hourly candles" in page.get(f"/insight/{venue}/DOWN-USDT/card/").text
    assert "Not followed" in page.get(f"/insight/{venue}/OLD-USDT/card/").text
    assert page.get("/insight/nowhere/UP-USDT/card/").status_code == 404
    assert f'hx-get="/insight/{venue}/UP-USDT/card/"' in page.get(f"/markets/{venue}/UP-USDT/").text


def test_making_it_anew_is_asked_for_once_a_minute(page: Client) -> None:
    assert page.get("/insight/refresh/").status_code == 405
    first = page.post("/insight/refresh/", follow=True)
    assert "being made anew" in first.text
    assert "Ask again in" in page.post("/insight/refresh/", follow=True).text


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("trend_strength", -0.4567, "\u22120.46"),
        ("volatility_percentile", 99.6, "100"),
        ("volatility", 63.214, f"63.21{NARROW}%"),
        ("dollar_volume", 1_234_567.0, f"1.23{NARROW}M"),
        ("relative_volume", 1.3, "1.30\u00d7"),
        ("funding_rate", 0.0001, f"+0.0100{NARROW}%"),
        ("book_spread", 0.00012, f"0.012{NARROW}%"),
        ("venue_spread", -0.001, f"\u22120.100{NARROW}%"),
        ("illiquidity", 0.00012345, f"0.000123{NARROW}%/M"),
        ("illiquidity", 138.09, f"138{NARROW}%/M"),
    ],
)
def test_figures_are_written_in_their_unit(key: str, value: float, shown: str) -> None:
    assert figure({key: value}, key) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0.00"), (999, "999"), (1_500, "1.50k"), (25_300_000, "25.3M"), (4e12, "4.00T")],
)
def test_large_amounts_are_short(value: float, shown: str) -> None:
    assert compact(value).replace(NARROW, "") == shown
