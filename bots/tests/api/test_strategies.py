"""/api/strategies: who may see, change, copy and delete a strategy, and what is refused."""

from __future__ import annotations

import copy

import pytest

from bots.models import Strategy
from bots.services import strategies

BASE = "/api/strategies"


@pytest.fixture
def mine(alice, ema_spec) -> Strategy:
    return strategies.create(owner=alice, spec=ema_spec)


def faults(answer) -> dict[str, str]:
    return {fault["path"]: fault["message"] for fault in answer.json()["error"]["errors"]}


def test_a_strategy_is_created_read_listed_and_deleted(alice_api, ema_spec):
    made = alice_api.post(BASE, {"spec": ema_spec})
    assert made.status_code == 201
    shown = alice_api.get(f"{BASE}/{made.json()['id']}").json()
    assert (shown["name"], shown["category"], shown["timeframe"]) == ("EMA cross", "trend", "1m")
    assert (shown["visibility"], shown["version"], shown["is_mine"]) == ("private", 1, True)
    assert shown["spec"]["indicators"][0]["params"] == {"period": 12}
    assert any("EMA" in sentence for sentence in shown["summary"])
    assert [row["id"] for row in alice_api.get(BASE).json()["results"]] == [shown["id"]]
    assert alice_api.delete(f"{BASE}/{shown['id']}").status_code == 204
    assert alice_api.get(f"{BASE}/{shown['id']}").status_code == 404


#  change to a good spec, JSON path of the fault, why
BAD_SPECS = [
    ({"timeframe": "7m"}, "timeframe", "unknown timeframe"),
    ({"nmae": "x"}, "nmae", "unknown key"),
    ({"name": " "}, "name", "no name"),
    ({"buy_conditions": {"all": [{"left": "rsi", "op": ">", "right": 0}]}}, None, "unknown id"),
    ({"risk": {"stop_loss": 2}}, "risk.stop_loss", "a fraction that is none"),
    ({"symbols": ["../../x"]}, "symbols[0]", "path characters"),
    ({"category": "magic"}, "category", "unknown category"),
    ({"description": "x" * 70_000}, None, "too large"),
]


@pytest.mark.parametrize(("change", "path", "why"), BAD_SPECS)
def test_a_bad_spec_is_refused_with_its_path(alice_api, ema_spec, change, path, why):
    for address in (BASE, f"{BASE}/validate"):
        answer = alice_api.post(address, {"spec": {**ema_spec, **change}})
        if address != BASE and why == "no name":
            continue  # a spec without a name is a good spec; only a stored one needs it
        assert answer.status_code == 400, why
        assert path is None or path in faults(answer), why
    assert not Strategy.objects.exists()


#  body, why
BAD_BODIES = [
    ({}, "nothing"),
    ([], "a list"),
    ({"spec": None}, "no spec"),
    ({"spec": "text"}, "text that is no JSON"),
    ({"spec": {}, "owner": 1}, "a field that is not the caller's to set"),
    ({"spec": {}, "visibility": "everyone"}, "unknown visibility"),
]


@pytest.mark.parametrize(("body", "why"), BAD_BODIES)
def test_a_bad_body_is_a_400_in_the_one_error_shape(alice_api, body, why):
    answer = alice_api.post(BASE, body)
    assert answer.status_code == 400, why
    assert set(answer.json()["error"]) == {"code", "message", "errors", "request_id"}


def test_validate_takes_the_spec_itself_too_and_stores_nothing(alice_api, ema_spec):
    for body in (ema_spec, {"spec": ema_spec}):
        checked = alice_api.post(f"{BASE}/validate", body).json()
        assert checked["spec"]["timeframe"] == "1m"
        assert len(checked["fingerprint"]) == 64 and checked["warmup_candles"] > 26
    assert not Strategy.objects.exists()


#  method, address after the id
STRANGERS_ATTEMPTS = [("get", ""), ("put", ""), ("delete", ""), ("post", "/clone")]


@pytest.mark.parametrize(("method", "after"), STRANGERS_ATTEMPTS)
def test_a_stranger_gets_404_not_403(charlie_api, mine, method, after):
    answer = getattr(charlie_api, method)(f"{BASE}/{mine.pk}{after}", {"visibility": "public"})
    assert answer.status_code == 404
    mine.refresh_from_db()
    assert mine.visibility == "private"
    assert charlie_api.get(BASE).json()["results"] == []


def test_nobody_gets_in_without_signing_in(api, mine):
    for address in (BASE, f"{BASE}/public", f"{BASE}/{mine.pk}"):
        assert api().get(address).status_code == 401


def test_a_public_strategy_may_be_read_and_copied_but_not_changed(
    alice_api, charlie_api, charlie, mine
):
    alice_api.put(f"{BASE}/{mine.pk}", {"visibility": "public"})
    assert [row["id"] for row in charlie_api.get(f"{BASE}/public").json()["results"]] == [mine.pk]
    shown = charlie_api.get(f"{BASE}/{mine.pk}")
    assert shown.json()["is_mine"] is False
    assert "@" not in shown.content.decode()
    assert charlie_api.put(f"{BASE}/{mine.pk}", {"name": "Mine now"}).status_code == 404
    assert charlie_api.delete(f"{BASE}/{mine.pk}").status_code == 404
    copied = charlie_api.post(f"{BASE}/{mine.pk}/clone")
    assert copied.status_code == 201
    assert (copied.json()["visibility"], copied.json()["cloned_from"]) == ("private", mine.pk)
    assert Strategy.objects.get(pk=copied.json()["id"]).owner == charlie


def test_copies_in_one_list_have_names_of_their_own(alice_api, mine):
    names = [alice_api.post(f"{BASE}/{mine.pk}/clone").json()["name"] for _ in range(3)]
    assert names == ["EMA cross (copy)", "EMA cross (copy 2)", "EMA cross (copy 3)"]


def test_a_change_made_from_an_old_version_is_refused(alice_api, mine, ema_spec):
    spec = copy.deepcopy(ema_spec)
    spec["risk"]["stop_loss"] = 0.05
    address = f"{BASE}/{mine.pk}"
    first = alice_api.put(address, {"spec": spec, "version": 1})
    assert (first.status_code, first.json()["version"]) == (200, 2)
    assert alice_api.put(address, {"name": "Late", "version": 1}).status_code == 409
    shown = alice_api.get(address).json()
    assert (shown["name"], shown["spec"]["risk"]["stop_loss"]) == ("EMA cross", 0.05)
    assert shown["fingerprint"] != mine.fingerprint


@pytest.mark.parametrize("version", [0, -1, "1", True, 2**40, None])
def test_a_version_that_is_none_is_refused(alice_api, mine, version):
    assert alice_api.put(f"{BASE}/{mine.pk}", {"version": version}).status_code == 400


def test_a_field_of_the_body_stands_for_the_specs_own(alice_api, mine):
    answer = alice_api.put(f"{BASE}/{mine.pk}", {"name": "Renamed", "category": "custom"}).json()
    assert (answer["name"], answer["spec"]["name"], answer["category"]) == (
        "Renamed",
        "Renamed",
        "custom",
    )


def test_a_user_may_keep_so_many_strategies(alice_api, mine, ema_spec, monkeypatch):
    monkeypatch.setattr(strategies, "STRATEGIES_PER_USER_MAX", 1)
    assert alice_api.post(BASE, {"spec": ema_spec}).status_code == 409
    assert alice_api.post(f"{BASE}/{mine.pk}/clone").status_code == 409


def test_a_list_does_not_ask_once_per_row(alice, alice_api, mine, django_assert_max_num_queries):
    Strategy.objects.bulk_create(
        Strategy(owner=alice, name=f"s{i}", category="trend", timeframe="1m", spec={})
        for i in range(40)
    )
    with django_assert_max_num_queries(4):  # user, count, page
        assert len(alice_api.get(BASE).json()["results"]) == 41


def test_lists_are_filtered_and_ordered(alice_api, ema_spec):
    for name, category in (("B", "trend"), ("A", "momentum")):
        alice_api.post(BASE, {"spec": {**ema_spec, "name": name, "category": category}})
    ordered = alice_api.get(f"{BASE}?ordering=name").json()["results"]
    assert [row["name"] for row in ordered] == ["A", "B"]
    assert alice_api.get(f"{BASE}?category=momentum").json()["count"] == 1
    assert alice_api.get(f"{BASE}?ordering=owner__password").status_code == 400
