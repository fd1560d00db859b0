"""/api/optimizations: asking, watching, reading, using, and what is refused."""

from __future__ import annotations

import pytest

from backtesting.models import Backtest, Optimization
from backtesting.services import optimizations
from backtesting.tests.conftest import VENUE
from bots.services import strategies

BASE = "/api/optimizations"
PARAMETERS = ["fast.period=2:5:1", {"path": "slow.period", "low": 8, "high": 12, "step": 2}]


@pytest.fixture
def body(store_walk, spec):
    spec["timeframe"] = "15m"
    store_walk(count=900, timeframe="15m")
    return {"spec": spec, "venue": VENUE, "parameters": PARAMETERS, "objectives": ["sharpe"]}


@pytest.fixture
def completed(alice, body) -> Optimization:
    strategy = strategies.create(owner=alice, spec=body.pop("spec"))
    row = optimizations.request(owner=alice, strategy=strategy, **body)
    assert optimizations.run(optimization_id=row.pk) == "completed"
    row.refresh_from_db()
    return row


def test_a_search_is_asked_for_cancelled_and_resumed(alice_api, body):
    made = alice_api.post(BASE, body)
    assert made.status_code == 201, made.json()
    shown = made.json()
    assert (shown["status"], shown["total"], shown["method"]) == ("queued", 12, "grid")
    address = f"{BASE}/{shown['id']}"
    assert alice_api.post(f"{address}/cancel").json()["status"] == "cancelled"
    assert alice_api.post(f"{address}/cancel").status_code == 409
    assert alice_api.post(f"{address}/resume", {}).json()["status"] == "queued"
    assert alice_api.post(f"{address}/resume", {}).status_code == 409
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404


def test_a_finished_search_is_read_and_used(alice_api, completed):
    address = f"{BASE}/{completed.pk}"
    (listed,) = alice_api.get(BASE).json()["results"]
    assert (listed["progress"], listed["status"]) == (1.0, "completed")
    verdict = alice_api.get(address).json()["verdict"]
    trials = alice_api.get(f"{address}/trials?ordering=-score&page_size=3").json()
    assert trials["count"] == 12
    scores = [one["score"] for one in trials["results"]]
    assert scores == sorted(scores, reverse=True)
    assert trials["results"][0]["number"] == verdict["optimum"]
    heat = alice_api.get(f"{address}/heatmap?x=slow.period").json()
    assert (heat["x"], heat["columns"], heat["rows"]) == ("slow.period", [8, 10, 12], [2, 3, 4, 5])
    assert max(max(row) for row in heat["cells"]) == scores[0]
    best = f"{address}/trials/{verdict['optimum']}"
    made = alice_api.post(f"{best}/backtest")
    assert made.status_code == 201
    period = trials["results"][0]["values"]["fast.period"]
    assert made.json()["spec"]["indicators"][0]["params"]["period"] == period
    used = alice_api.post(f"{best}/strategy").json()
    assert (used["id"], used["version"]) == (completed.strategy_id, 2)


@pytest.mark.parametrize(
    ("after", "path", "words"),
    [
        ("/heatmap?x=nope", "x", "there are: fast.period, slow.period"),
        ("/heatmap?y=nope", "y", "was not searched"),
        ("/trials?format=csv", "format", "answers as json"),
    ],
)
def test_what_is_not_there_is_named(alice_api, completed, after, path, words):
    answer = alice_api.get(f"{BASE}/{completed.pk}{after}")
    (fault,) = answer.json()["error"]["errors"]
    assert (answer.status_code, fault["path"]) == (400, path)
    assert words in fault["message"]


def test_a_stranger_finds_nothing(charlie_api, completed):
    address = f"{BASE}/{completed.pk}"
    for path in ("", "/trials", "/heatmap"):
        assert charlie_api.get(address + path).status_code == 404
    for path in ("/cancel", "/resume", "/trials/0/backtest", "/trials/0/strategy"):
        assert charlie_api.post(address + path).status_code == 404
    assert charlie_api.delete(address).status_code == 404
    assert charlie_api.get(BASE).json()["count"] == 0
    assert not Backtest.objects.exists()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"parameters": ["fast.period=1:2000", "slow.period=1:2000"]}, "parameters"),
        ({"parameters": "fast"}, "parameters"),
        ({"parameters": [None, 3, {}]}, "parameters[0]"),
        ({"parameters": ["x.y=1:2"]}, "parameters[0].path"),
        ({"objectives": {"metric": 3}}, "objectives[0].metric"),
        ({"constraints": "x"}, "constraints"),
        ({"method": ["grid"]}, "method"),
        ({"trials": 0, "method": "random"}, "trials"),
        ({"early_stopping": "yes"}, "early_stopping"),
        ({"venue": "../x"}, "venue"),
        ({"detail": "1m"}, "detail"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_names_its_field(alice_api, body, changes, path):
    refused = alice_api.post(BASE, body | changes)
    assert refused.status_code == 400
    assert path in {one["path"] for one in refused.json()["error"]["errors"]}
    assert not Optimization.objects.exists()
