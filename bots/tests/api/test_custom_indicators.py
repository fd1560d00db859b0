"""/api/custom-indicators: formulas kept by name, and strategies that name one."""

from __future__ import annotations

from typing import Any

import pytest

from bots.models import CustomIndicator, Strategy
from bots.services import custom_indicators

BASE = "/api/custom-indicators"
GAP = {"name": "Gap", "expression": " close - sma(close, 20) ", "description": "from its mean"}


@pytest.fixture
def gap(alice) -> CustomIndicator:
    return custom_indicators.create(owner=alice, body=GAP)


def faults(answer) -> dict[str, str]:
    return {fault["path"]: fault["message"] for fault in answer.json()["error"]["errors"]}


def spec_with(ema_spec: dict[str, Any], params: object) -> dict[str, Any]:
    formula = {"id": "gap", "type": "formula", "params": params}
    return {**ema_spec, "indicators": [*ema_spec["indicators"], formula]}


def test_a_formula_is_kept_read_listed_changed_and_deleted(alice_api):
    made = alice_api.post(BASE, GAP)
    assert made.status_code == 201
    address = f"{BASE}/{made.json()['id']}"
    assert alice_api.get(address).json()["expression"] == "close - sma(close, 20)"
    assert [row["name"] for row in alice_api.get(BASE).json()["results"]] == ["Gap"]
    changed = alice_api.put(address, {"expression": "close / open", "version": 1}).json()
    assert (changed["name"], changed["expression"], changed["version"]) == (
        "Gap", "close / open", 2)  # fmt: skip
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404


#  change to a good body, field at fault, part of the message
BAD = [
    ({"expression": "close +"}, "expression", "found the end (character 8)"),
    ({"expression": "__import__('os')"}, "expression", "unknown name"),
    ({"expression": ""}, "expression", "found the end"),
    ({"expression": 7}, "expression", "must be text"),
    ({"expression": None}, "expression", "must be text"),
    ({"expression": "c" * 2001}, "expression", "at most 2000"),
    ({"name": " "}, "name", "give the formula a name"),
    ({"name": "x" * 61}, "name", "at most 60"),
    ({"name": 5}, "name", "must be text"),
    ({"name": "a\x07"}, "name", "cannot be printed"),
    ({"description": "x" * 501}, "description", "at most 500"),
    ({"owner": 1}, "owner", "unknown key"),
]


@pytest.mark.parametrize(("change", "path", "says"), BAD)
def test_a_bad_formula_is_refused_by_field(alice_api, change, path, says):
    answer = alice_api.post(BASE, {**GAP, **change})
    assert answer.status_code == 400
    assert says in faults(answer)[path]
    assert not CustomIndicator.objects.exists()


@pytest.mark.parametrize("body", [[], "text", 5, {}])
def test_a_body_that_is_none_is_a_400(alice_api, gap, body):
    assert alice_api.post(BASE, body, format="json").status_code == 400
    if body != {}:
        assert alice_api.put(f"{BASE}/{gap.pk}", body, format="json").status_code == 400


def test_a_name_is_taken_once_in_whatever_case_and_by_each_user(alice_api, charlie_api, gap):
    taken = alice_api.post(BASE, {**GAP, "name": "gAP"})
    assert taken.status_code == 409 and "another name" in taken.json()["error"]["message"]
    other = alice_api.post(BASE, {**GAP, "name": "Other"}).json()
    assert alice_api.put(f"{BASE}/{other['id']}", {"name": "GAP"}).status_code == 409
    assert charlie_api.post(BASE, GAP).status_code == 201


def test_a_stranger_finds_nothing(api, charlie_api, gap):
    address = f"{BASE}/{gap.pk}"
    assert charlie_api.get(BASE).json()["count"] == 0
    for method in ("get", "put", "delete"):
        assert getattr(charlie_api, method)(address, {"name": "x"}).status_code == 404
    assert api().get(BASE).status_code == 401
    assert CustomIndicator.objects.get().name == "Gap"


def test_the_later_of_two_editors_is_told(alice_api, gap):
    address = f"{BASE}/{gap.pk}"
    assert alice_api.put(address, {"name": "First", "version": 1}).status_code == 200
    assert alice_api.put(address, {"name": "Late", "version": 1}).status_code == 409
    assert alice_api.put(address, {"name": "x", "version": "1"}).status_code == 400


def test_there_is_room_for_so_many(alice_api, gap, monkeypatch):
    monkeypatch.setattr(custom_indicators, "KEPT_MAX", 1)
    assert alice_api.post(BASE, {**GAP, "name": "Other"}).status_code == 409


def test_a_strategy_carries_the_expression_as_it_was_when_saved(alice_api, gap, ema_spec):
    made = alice_api.post("/api/strategies", {"spec": spec_with(ema_spec, {"saved": "gap"})})
    assert made.status_code == 201
    kept = {"expression": "close - sma(close, 20)"}
    assert made.json()["spec"]["indicators"][-1]["params"] == kept
    alice_api.put(f"{BASE}/{gap.pk}", {"expression": "close / 2"})
    address = f"/api/strategies/{made.json()['id']}"
    assert alice_api.get(address).json()["spec"]["indicators"][-1]["params"] == kept
    again = alice_api.put(address, {"spec": spec_with(ema_spec, {"saved": "Gap"})}).json()
    assert again["spec"]["indicators"][-1]["params"] == {"expression": "close / 2"}
    checked = alice_api.post("/api/strategies/validate", spec_with(ema_spec, {"saved": "Gap"}))
    assert checked.json()["spec"]["indicators"][-1]["params"] == {"expression": "close / 2"}


#  params of the formula, path of the fault
BAD_SAVED = [
    ({"saved": "Gone"}, "indicators[2].params.saved"),
    ({"saved": 5}, "indicators[2].params.saved"),
    ({"saved": None}, "indicators[2].params.saved"),
    ({"saved": "Gap", "expression": "close"}, "indicators[2].params.saved"),
    ({"saved": "Gap", "more": 1}, "indicators[2].params.more"),
]


@pytest.mark.parametrize(("params", "path"), BAD_SAVED)
def test_a_name_that_is_not_kept_is_refused_with_its_path(alice_api, gap, ema_spec, params, path):
    for address in ("/api/strategies", "/api/strategies/validate"):
        answer = alice_api.post(address, {"spec": spec_with(ema_spec, params)})
        assert answer.status_code == 400 and path in faults(answer)
    assert not Strategy.objects.exists()


def test_one_users_formula_is_no_name_of_anothers(charlie_api, gap, ema_spec):
    answer = charlie_api.post("/api/strategies", {"spec": spec_with(ema_spec, {"saved": "Gap"})})
    assert answer.status_code == 400
