"""The pages of searches: the form, the search while it moves, what came of it, and strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from backtesting.models import Backtest, Optimization
from backtesting.services import optimizations
from bots.models import Strategy
from bots.services import strategies

pytestmark = pytest.mark.django_db

FAST, SLOW = "indicators[0].params.period", "indicators[1].params.period"


@pytest.fixture
def strategy(alice: Any, spec: dict[str, Any], store_walk: Any) -> Strategy:
    store_walk("BTC/USDT", 900, timeframe="15m")
    return strategies.create(owner=alice, spec={**spec, "timeframe": "15m"})


@pytest.fixture
def queued(alice: Any, strategy: Strategy) -> Optimization:
    ranges = ["fast.period=2:5:1", "slow.period=8:12:2"]
    return optimizations.request(owner=alice, strategy=strategy, venue="walk", parameters=ranges)


@pytest.fixture
def completed(queued: Optimization) -> Optimization:
    assert optimizations.run(optimization_id=queued.pk) == "completed"
    queued.refresh_from_db()
    return queued


def asked(one: Strategy, **changes: Any) -> dict[str, Any]:
    fields = {
        "strategy": str(one.pk), "market": "walk|BTC/USDT", "timeframe": "", "start": "",
        "end": "", "cash": "10000", "fee": "0.04", "slippage": "0", "metric": "sharpe",
        "vary": [FAST, SLOW], f"low:{FAST}": "2", f"high:{FAST}": "5", f"step:{FAST}": "1",
        f"low:{SLOW}": "8", f"high:{SLOW}": "12", f"step:{SLOW}": "2",
    }  # fmt: skip
    return fields | changes


PATHS = [
    "", "new/", "{id}/", "{id}/?sort=-total_return", "{id}/?sort=nonsense&page=9",
    "{id}/?x=slow.period&y=fast.period", "{id}/?x=nothing",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_alice_sees_it_and_a_stranger_signs_in(
    client: Client, alice: Any, completed: Optimization, path: str
) -> None:
    address = "/optimizations/" + path.format(id=completed.pk)
    assert client.get(address).status_code == 302
    client.force_login(alice)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("path", ["", "cancel/", "resume/", "delete/", "trials/0/use/"])
def test_charlie_finds_nothing(
    client: Client, charlie: Any, completed: Optimization, path: str
) -> None:
    client.force_login(charlie)
    call = client.post if path else client.get
    assert call(f"/optimizations/{completed.pk}/{path}").status_code == 404
    assert Optimization.objects.filter(pk=completed.pk).exists()
    assert not Backtest.objects.exists()


def test_the_form_offers_the_numbers_and_starts_a_search(
    client: Client, alice: Any, strategy: Strategy
) -> None:
    client.force_login(alice)
    page = client.get(f"/optimizations/new/?strategy={strategy.pk}").text
    for name in ("fast.period", "slow.period", "risk.stop_loss"):
        assert f"<code>{name}</code>" in page
    answer = client.post("/optimizations/new/", asked(strategy, constraints="fast.period < 5"))
    made = Optimization.objects.get()
    assert answer.headers["Location"] == f"/optimizations/{made.pk}/"
    assert (made.status, made.method, made.total) == ("queued", "grid", 9)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vary": []}, "say which numbers to search"),
        ({f"low:{FAST}": "9"}, "is above high"),
        ({f"step:{FAST}": "x"}, "no number"),
        ({f"high:{FAST}": "2000", f"high:{SLOW}": "9000"}, "combinations; at most 1,000,000"),
        ({"constraints": "fast <"}, "constraints"),
        ({"trials": "3", "method": "grid"}, "a grid tries all 12"),
        ({"second": "total_return", "early_stopping": "on"}, "one objective only"),
        ({"start": "2030-01-01"}, "in this range"),
    ],
)
def test_a_fault_stands_on_the_form(
    client: Client, alice: Any, strategy: Strategy, changes: dict[str, Any], words: str
) -> None:
    client.force_login(alice)
    answer = client.post("/optimizations/new/", asked(strategy, **changes))
    assert answer.status_code == 400
    assert words in answer.text
    assert not Optimization.objects.exists()


def test_the_search_is_watched_cancelled_and_goes_on(
    client: Client, alice: Any, queued: Optimization
) -> None:
    client.force_login(alice)
    address = f"/optimizations/{queued.pk}/"
    assert "Waiting for a worker" in client.get(address).text
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert "<html" not in part.text and "data-progress" in part.text
    client.post(address + "cancel/")
    queued.refresh_from_db()
    assert queued.status == "cancelled"
    after = client.get(address, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert after.headers["HX-Refresh"] == "true"
    assert "Go on" in client.get(address).text
    client.post(address + "resume/")
    queued.refresh_from_db()
    assert queued.status == "queued"


def test_the_result_shows_the_optimum_and_how_far_to_believe_it(
    client: Client, alice: Any, completed: Optimization
) -> None:
    client.force_login(alice)
    page = client.get(f"/optimizations/{completed.pk}/").text
    for words in ("Deflated Sharpe", "Overfitting", "Best Sharpe", "by two parameters"):
        assert words in page
    assert page.index("Before you use this") < page.index("Deflated Sharpe")
    assert page.count('class="heat-best"') == 12
    assert page.count("<path") >= 13, "a line a trial, and the best so far"
    part = client.get(
        f"/optimizations/{completed.pk}/?x=slow.period",
        headers={"HX-Request": "true", "HX-Target": "heat"},
    ).text
    assert "<html" not in part and "slow.period across" in part


def test_an_optimum_without_trades_is_said_to_be_none(
    client: Client, alice: Any, strategy: Strategy, spec: dict[str, Any]
) -> None:
    never = {"all": [{"left": "close", "op": "<", "right": 0}]}
    row = optimizations.request(
        owner=alice, spec={**spec, "timeframe": "15m", "buy_conditions": never}, venue="walk",
        parameters=["fast.period=2:5:1"],
    )  # fmt: skip
    optimizations.run(optimization_id=row.pk)
    client.force_login(alice)
    page = client.get(f"/optimizations/{row.pk}/").text
    assert "single trade: there is no optimum" in page
    assert "Nothing to draw" in page and "believe a plateau" not in page
    assert client.get(f"/optimizations/{row.pk}/?x=nope").status_code == 200
    assert "Backtest the best" not in page


def test_the_best_is_used(client: Client, alice: Any, completed: Optimization) -> None:
    client.force_login(alice)
    use = f"/optimizations/{completed.pk}/trials/{completed.best['number']}/use/"
    answer = client.post(use, {"as": "backtest"})
    assert answer.headers["Location"] == f"/backtests/{Backtest.objects.get().pk}/"
    answer = client.post(use)
    assert answer.headers["Location"] == f"/strategies/{completed.strategy_id}/"
    completed.strategy.refresh_from_db()
    assert completed.strategy.version == 2


def test_a_deleted_search_is_gone(client: Client, alice: Any, completed: Optimization) -> None:
    client.force_login(alice)
    client.post(f"/optimizations/{completed.pk}/delete/")
    assert not Optimization.objects.exists()
