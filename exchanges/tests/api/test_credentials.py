"""REST of exchange accounts: connected, changed, checked, removed; keys are never answered."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.services import api_keys
from exchanges.models import ExchangeCredential
from exchanges.services import halts
from exchanges.services.signing import opened

pytestmark = pytest.mark.django_db
URL = "/api/exchanges/credentials"
KEY, SECRET = "SentinelKey0123456789", "SentinelSecret0123456789"
BODY = {"venue": "binance", "label": "Main", "api_key": KEY, "secret": SECRET}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Any:
    yield
    halts.forget()


def connected(client: Any, **changes: Any) -> Any:
    return client.post(URL, {**BODY, **changes})


def test_an_account_is_connected_and_its_keys_are_not_shown_again(alice_api: Any) -> None:
    made = connected(alice_api, symbols=["BTC/USDT"], notional_day_max="250.5")
    assert made.status_code == 201
    row = made.json()
    assert (row["last_four"], row["state"], row["is_being_checked"]) == ("6789", "checking", True)
    assert (row["symbols"], row["notional_day_max"]) == (["BTC/USDT"], "250.500000000000000000")
    address = f"{URL}/{row['id']}"
    for answer in (made, alice_api.get(URL), alice_api.get(address)):
        assert KEY not in answer.text and SECRET not in answer.text
    changed = alice_api.put(address, {"label": "Renamed", "symbols": [], "notional_day_max": None})
    assert changed.json()["label"] == "Renamed" and changed.json()["notional_day_max"] is None
    assert alice_api.post(f"{address}/validate").status_code == 202
    replaced = alice_api.put(address, {"api_key": "another-key-0001", "secret": "another-secret"})
    assert replaced.json()["last_four"] == "0001"
    with opened(ExchangeCredential.objects.get(), "check") as keys:
        assert keys.secret == "another-secret"
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"venue": "mtgox"}, "venue", "known are binance"),
        ({"api_key": f" {KEY}"}, "api_key", "space"),
        ({"api_key": "k" * 10_240}, "api_key", "10,240 characters"),
        ({"api_key": "k" * 30_000}, "api_key", "at most"),
        ({"api_key": ""}, "api_key", "is missing: copy the API key"),
        ({"secret": KEY}, "secret", "same as the API key"),
        ({"venue": "okx"}, "passphrase", "OKX needs it"),
        ({"venue": "bybit", "api_key": "b" * 36, "secret": "a" * 18}, "api_key", "swapped"),
        ({"api_key": 7}, "api_key", "must be text"),
        ({"apikey": "x"}, "apikey", "unknown field"),
        ({"label": "x" * 61}, "label", "at most 60"),
        ({"notional_day_max": "-1"}, "notional_day_max", "above 0"),
        ({"notional_day_max": "1e400"}, "notional_day_max", "must be below"),
        ({"symbols": "BTC/USDT"}, "symbols", ""),
        ({"symbols": ["x"]}, "symbols[0]", "must be a symbol"),
        ({"is_testnet": "yes"}, "is_testnet", "true or false"),
    ],
)
def test_a_fault_names_its_field_and_repeats_no_key(
    alice_api: Any, changes: Any, path: str, says: str
) -> None:
    answer = connected(alice_api, **changes)
    assert answer.status_code == 400, answer.text
    found = {one["path"]: one["message"] for one in answer.json()["error"]["errors"]}
    assert says in found[path]
    assert KEY not in answer.text and SECRET not in answer.text
    assert not ExchangeCredential.objects.exists()


def test_strangers_find_nothing(alice_api: Any, charlie_api: Any) -> None:
    address = f"{URL}/{connected(alice_api).json()['id']}"
    assert charlie_api.get(URL).json()["results"] == []
    for method, path in (
        ("get", address),
        ("put", address),
        ("delete", address),
        ("post", f"{address}/validate"),
    ):
        assert getattr(charlie_api, method)(path, {}).status_code == 404


@pytest.mark.parametrize("is_secure", [False, True])
def test_keys_come_over_https_or_not_at_all(alice_api: Any, settings: Any, is_secure: bool) -> None:
    settings.PRODUCTION = True
    answer = alice_api.post(URL, BODY, secure=is_secure)
    assert answer.status_code == (201 if is_secure else 403)
    assert ExchangeCredential.objects.exists() is is_secure
    if not is_secure:
        assert answer.json()["error"]["code"] == "https_only"
        assert "make new ones" in answer.json()["error"]["message"]


def test_programs_need_the_scope_to_trade(api: Any, alice: Any) -> None:
    for scope, status in (("read", 403), ("trade", 201)):
        key, secret = api_keys.create(owner=alice, name=scope, scopes=[scope])
        client = api()
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key.key}.{secret}")
        assert connected(client).status_code == status


def test_the_switch(alice_api: Any, admin_api: Any, charlie_api: Any) -> None:
    assert alice_api.get("/api/exchanges/halt").json()["halted"] is False
    put = alice_api.put("/api/exchanges/halt", {"halted": True, "reason": "odd orders"})
    assert (put.json()["halted"], put.json()["reason"]) == (True, "odd orders")
    assert charlie_api.get("/api/exchanges/halt").json()["halted"] is False
    assert alice_api.put("/api/admin/halt", {"halted": True}).status_code == 403
    assert admin_api.put("/api/admin/halt", {"halted": True}).json()["everybody"] is True
    told = charlie_api.get("/api/exchanges/halt").json()
    assert (told["halted"], told["by"]) == (True, "the operators")
    admin_api.put("/api/admin/halt", {"halted": False})
    assert alice_api.put("/api/exchanges/halt", {"halted": False}).json()["halted"] is False
    assert alice_api.put("/api/exchanges/halt", {"halted": "no"}).status_code == 400


def test_the_list_of_venues_says_what_can_be_connected(api: Any) -> None:
    rows = {row["key"]: row for row in api().get("/api/exchanges/venues").json()}
    assert rows["okx"]["needs_passphrase"] and rows["okx"]["can_connect"]
    assert rows["binance"]["has_testnet"] and not rows["binance"]["needs_passphrase"]
    assert {"binanceusdm", "krakenfutures"} <= set(rows)
    assert not rows.get("simulated", {}).get("can_connect")


def test_queries_do_not_grow_with_accounts(
    alice_api: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        connected(alice_api, label=f"{number}")
    with django_assert_max_num_queries(6):
        assert len(alice_api.get(URL).json()["results"]) == 10
