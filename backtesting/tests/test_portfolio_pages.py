"""The portfolio pages: form, wait, result; strangers see nothing, faults stand beside fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backtesting.models import PortfolioOptimization
from backtesting.services import portfolios
from backtesting.tests.conftest import VENUE
from bots.core.allocation import METHODS

pytestmark = pytest.mark.django_db

BASE = "/backtests/portfolios/"
FIELDS = {
    "markets": [f"{VENUE}|BTC/USDT", f"{VENUE}|ETH/USDT", f"{VENUE}|ADA1/USDT"], "window": 60,
    "step": 30, "method": "minimum_variance", "timeframe": "1d", "min_weight": "0",
    "max_weight": "60", "fee": "0.1",
}  # fmt: skip


@pytest.fixture
def markets(store_walk: Any) -> None:
    for seed, symbol in enumerate(("ADA1/USDT", "ETH/USDT", "BTC/USDT")):
        store_walk(symbol, 200, timeframe="1d", seed=seed)


@pytest.fixture
def done(alice: Any, markets: None) -> PortfolioOptimization:
    asked = {"venue": VENUE, "symbols": ["ADA1/USDT", "ETH/USDT", "BTC/USDT"], "window": 60}
    made = portfolios.request(owner=alice, body=asked)
    assert portfolios.run(optimization_id=made.pk) == "completed"
    return PortfolioOptimization.objects.get(pk=made.pk)


@pytest.mark.parametrize("path", ["", "new/", "{id}/", "{id}/curve/"])
def test_alice_sees_it_and_nobody_else(
    client: Client, alice: Any, charlie: Any, done: PortfolioOptimization, path: str
) -> None:
    address = BASE + path.format(id=done.pk)
    assert client.get(address).status_code in {302, 401}
    client.force_login(alice)
    assert client.get(address).status_code == 200
    client.force_login(charlie)
    assert client.get(address).status_code == (404 if "{id}" in path else 200)
    assert client.post(f"{BASE}{done.pk}/delete/").status_code == 404


def test_the_form_asks_and_the_page_waits_until_it_is_weighed(
    client: Client, alice: Any, markets: None
) -> None:
    client.force_login(alice)
    assert "No portfolios yet" in client.get(BASE).text
    answer = client.post(f"{BASE}new/", FIELDS)
    made = PortfolioOptimization.objects.get(owner=alice)
    address = f"{BASE}{made.pk}/"
    assert answer.headers["Location"] == address
    assert (made.settings["max_weight"], made.settings["fee"]) == (0.6, 0.001)
    assert "Waiting for a worker" in client.get(address).text
    assert "HX-Refresh" not in client.get(address, headers={"HX-Request": "true"}).headers
    assert client.get(f"{address}curve/").status_code == 409
    portfolios.run(optimization_id=made.pk)
    assert client.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = client.get(address)
    for words in ("Minimum variance", "Efficient frontier", "Correlation", "equal weights"):
        assert words in page.text
    made.refresh_from_db()
    weights = made.result["allocations"]["minimum_variance"]["weights"]
    assert f"{weights['BTC/USDT'] * 100:.1f}" in page.text
    assert len(page.context["correlation"]["cells"]) == 9
    assert [mix["label"] for mix in page.context["mixes"]] == [
        one.label for one in METHODS.values()
    ]
    newest = made.result["walk_forward"]["periods"][-1]["weights"]
    wanted = [newest[name] for name in made.result["names"]]
    assert page.context["periods"][0]["weights"] == wanted
    curve = client.get(f"{address}curve/").json()
    assert curve["equity"][0][1] == curve["buy_and_hold"][0][1] == 1
    client.post(f"{address}delete/")
    assert not PortfolioOptimization.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"markets": [f"{VENUE}|BTC/USDT"]}, "markets", "choose 2 to 30"),
        ({"markets": []}, "markets", ""),
        ({"markets": ["nowhere|X/Y"]}, "markets", "Select a valid choice"),
        ({"window": 199}, "markets", "values in common"),
        ({"window": 3}, "window", "must be 10 to 2000"),
        ({"max_weight": "20"}, "max_weight", "add up to 0.6"),
        ({"min_weight": "x"}, "min_weight", "Enter a number"),
        ({"method": "luck"}, "method", "Select a valid choice"),
        ({"start": "2024-06-01", "end": "2024-05-01"}, "end", "after start"),
    ],
)
def test_a_fault_stands_beside_its_field(
    client: Client, alice: Any, markets: None, change: Any, field: str, says: str
) -> None:
    client.force_login(alice)
    answer = client.post(f"{BASE}new/", {**FIELDS, **change})
    assert answer.status_code == 400
    assert says in " ".join(answer.context["form"].errors[field])
    assert not PortfolioOptimization.objects.exists()


def test_a_failed_one_says_why(client: Client, alice: Any, done: PortfolioOptimization) -> None:
    PortfolioOptimization.objects.filter(pk=done.pk).update(
        status="failed", error="<b>no</b> history", result=None
    )
    client.force_login(alice)
    page = client.get(f"{BASE}{done.pk}/")
    assert "&lt;b&gt;no&lt;/b&gt; history" in page.text
