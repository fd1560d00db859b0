"""GET data/indicators and POST data/calculate-indicator."""

from __future__ import annotations

import math

import pytest

from bots.core.indicators import INDICATORS, compute
from bots.tests.core.building import START_MS, walk
from exchanges.services import candles as candle_store

pytestmark = pytest.mark.django_db
MINUTE_MS = 60_000
CANDLES = walk(600)
ASKED = {"venue": "binance", "symbol": "BTC/USDT", "timeframe": "1m", "type": "sma"}
URL = "/api/data/calculate-indicator"


@pytest.fixture
def stored(db):
    candle_store.store(venue="binance", symbol="BTC/USDT", candles=CANDLES)


def test_the_list_describes_every_indicator(alice_api):
    data = alice_api.get("/api/data/indicators").json()
    assert data["count"] == len(data["results"]) == len(INDICATORS)
    macd = next(row for row in data["results"] if row["type"] == "macd")
    assert macd["outputs"] == ["macd", "signal", "hist"] and macd["takes_source"]
    assert macd["params"][0] == {
        "name": "fast", "kind": "int", "default": 12, "least": 2, "most": 5000, "choices": [],
        "doc": "Candles of the fast average",
    }  # fmt: skip


def test_the_list_may_be_of_one_family(alice_api):
    data = alice_api.get("/api/data/indicators?family=volume").json()
    assert {row["family"] for row in data["results"]} == {"volume"}
    refused = alice_api.get("/api/data/indicators?family=nonsense")
    assert refused.status_code == 400 and "trend" in refused.json()["error"]["message"]


def test_strangers_sign_in_first(api):
    assert api().get("/api/data/indicators").status_code == 401
    assert api().post(URL, ASKED).status_code == 401


def test_the_newest_rows_equal_the_core_on_all_candles(alice_api, stored):
    body = ASKED | {"params": {"period": 10}, "limit": 50}
    data = alice_api.post(URL, body).json()
    expected = compute("sma", CANDLES, {"period": 10})["value"][-50:]
    assert data["columns"]["value"] == pytest.approx(expected.tolist(), rel=1e-12)
    assert data["open_time_ms"] == CANDLES.open_time_ms[-50:].tolist()
    assert data["params"] == {"period": 10} and data["source"] == "close"


def test_missing_values_are_null_and_rows_begin_at_start(alice_api, stored):
    body = ASKED | {"params": {"period": 3}, "start": START_MS, "limit": 4, "source": "hl2"}
    data = alice_api.post(URL, body).json()
    assert data["columns"]["value"][:2] == [None, None]
    assert all(math.isfinite(value) for value in data["columns"]["value"][2:])
    assert data["open_time_ms"][0] == START_MS and len(data["open_time_ms"]) == 4


@pytest.mark.parametrize("key", ["rsi", "obv", "vwap"])
def test_a_window_agrees_with_the_whole_history(alice_api, stored, key):
    start = START_MS + 500 * MINUTE_MS
    data = alice_api.post(URL, ASKED | {"type": key, "start": start}).json()
    expected = compute(key, CANDLES)["value"][500:]
    assert data["columns"]["value"] == pytest.approx(expected.tolist(), rel=1e-6)


def test_a_higher_timeframe_is_made_of_the_stored_one(alice_api, stored):
    data = alice_api.post(URL, ASKED | {"timeframe": "1h", "params": {"period": 1}}).json()
    assert data["columns"]["value"] == CANDLES.close[59::60].tolist()


#   change to the request                        status  path of the first fault
REFUSED = [
    ({"venue": None}, 400, "venue"),
    ({"venue": "../etc"}, 400, "venue"),
    ({"symbol": "BTC"}, 400, "symbol"),
    ({"symbol": "../../x/y"}, 400, "symbol"),
    ({"timeframe": "7m"}, 400, "timeframe"),
    ({"type": "smaa"}, 400, "type"),
    ({"type": ["sma"]}, 400, "type"),
    ({"params": {"period": 0}}, 400, "params.period"),
    ({"params": {"period": "10"}}, 400, "params.period"),
    ({"params": {"length": 10}}, 400, "params.length"),
    ({"params": [10]}, 400, "params"),
    ({"source": "hl3"}, 400, "source"),
    ({"type": "atr", "source": "open"}, 400, "source"),
    ({"limit": 0}, 400, "limit"),
    ({"limit": 5001}, 400, "limit"),
    ({"limit": True}, 400, "limit"),
    ({"start": "soon"}, 400, "start"),
    ({"start": 5}, 400, "start"),
    ({"end": 10**30}, 400, "end"),
    ({"start": "2024-01-02", "end": "2024-01-01"}, 400, "end"),
    ({"start": "2030-01-01"}, 400, "start"),
    ({"end": "2020-01-01"}, 400, "start"),
    ({"extra": 1}, 400, "extra"),
    ({"symbol": "ETH/USDT"}, 404, None),
    ({"venue": "kraken"}, 404, None),
]


@pytest.mark.parametrize(("change", "status", "path"), REFUSED)
def test_bad_requests_are_told_what_to_change(alice_api, stored, change, status, path):
    answer = alice_api.post(URL, ASKED | change)
    assert answer.status_code == status, answer.json()
    errors = answer.json()["error"]["errors"]
    assert (errors[0]["path"] if errors else None) == path
    assert answer.json()["error"]["message"]


def test_a_body_that_is_no_object_is_refused(alice_api):
    assert alice_api.post(URL, [1, 2]).status_code == 400
