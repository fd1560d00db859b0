"""POST /api/bots/generate: a strategy as a program, and what is refused."""

from __future__ import annotations

import hashlib

import pytest

from bots.services import strategies

URL = "/api/bots/generate"


@pytest.fixture
def mine(alice, ema_spec):
    return strategies.create(owner=alice, spec=ema_spec)


@pytest.mark.parametrize(("language", "suffix"), [("python", ".py"), ("javascript", ".mjs")])
def test_a_stored_strategy_and_its_spec_give_the_same_program(
    alice_api, mine, ema_spec, language, suffix
):
    first = alice_api.post(URL, {"strategy": mine.pk, "language": language}).json()
    assert first["language"] == language and first["filename"].endswith(suffix)
    assert first["sha256"] == hashlib.sha256(first["source"].encode()).hexdigest()
    assert "EMA cross" in first["source"]
    second = alice_api.post(URL, {"spec": ema_spec, "language": language}).json()
    assert second == first


def test_the_market_and_the_exchange_are_options(alice_api, mine):
    options = {"symbol": "ETH/EUR", "exchange": "kraken"}
    body = {"strategy": mine.pk, "language": "python", "options": options}
    source = alice_api.post(URL, body).json()["source"]
    assert 'SYMBOL = "ETH/EUR"' in source and 'EXCHANGE = "kraken"' in source


#  change to a good body, path of the fault
REFUSED = [
    ({"language": "rust"}, "language"),
    ({"language": None}, "language"),
    ({"strategy": "x"}, "strategy"),
    ({"strategy": True}, "strategy"),
    ({"strategy": 10**30}, "strategy"),
    ({"spec": {}}, "strategy"),
    ({"extra": 1}, "extra"),
    ({"options": {"symbol": "BTC/USDT:USDT"}}, "options.symbol"),
    ({"options": {"exchange": "../x"}}, "options.exchange"),
    ({"options": 5}, "options"),
]


@pytest.mark.parametrize(("change", "path"), REFUSED)
def test_bad_input_is_a_400_that_names_the_field(alice_api, mine, change, path):
    answer = alice_api.post(URL, {"strategy": mine.pk, "language": "python"} | change)
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json()["error"]["errors"]] == [path]


def test_faults_of_a_spec_keep_their_paths(alice_api, ema_spec):
    body = {"spec": ema_spec | {"timeframe": "7m"}, "language": "python"}
    answer = alice_api.post(URL, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["path"] == "timeframe"


def test_what_a_bot_refuses_is_refused(alice_api, ema_spec):
    ema_spec["risk"]["leverage"] = 5
    answer = alice_api.post(URL, {"spec": ema_spec, "language": "javascript"})
    assert answer.status_code == 400
    assert "uses leverage 5" in answer.json()["error"]["message"]


def test_no_object_no_program(alice_api):
    assert alice_api.post(URL, [1]).status_code == 400


def test_a_stranger_s_strategy_is_not_there(charlie_api, mine):
    answer = charlie_api.post(URL, {"strategy": mine.pk, "language": "python"})
    assert answer.status_code == 404
