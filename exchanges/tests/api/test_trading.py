"""/api/orders, /api/positions, /api/wallet: what a bot did, as its owner reads it."""

from __future__ import annotations

import pytest

from accounts.services import ledger

pytestmark = pytest.mark.django_db


@pytest.fixture
def money(alice):
    from decimal import Decimal

    ledger.grant_play_money(user=alice, asset="USDT", amount=Decimal("12.5"), key="g")


def test_the_wallet_shows_each_asset(alice_api, money):
    nothing = dict.fromkeys(("locked", "futures", "margin", "in_bots"), "0")
    assert alice_api.get("/api/wallet").json()["results"] == [
        {"asset": "USDT", "free": "12.5", "total": "12.5", **nothing}
    ]
    assert alice_api.get("/api/wallet/usdt").json()["free"] == "12.5"
    assert alice_api.get("/api/wallet/BTC").json()["total"] == "0"
    row = alice_api.get("/api/wallet/history").json()["results"][0]
    assert (row["kind"], row["wallet"], row["amount"]) == ("play_money", "spot", "12.5")


#  address, status, why
ADDRESSES = [
    ("/api/orders", 200, "nothing ordered yet"),
    ("/api/orders/history", 200, "nothing ordered yet"),
    ("/api/orders/1", 404, "no such order"),
    (f"/api/orders/{2**70}", 404, "an id no column can hold"),
    ("/api/orders?status=filled&symbol=BTC/USDT", 200, "filters"),
    ("/api/orders?ordering=secret", 400, "an order that is not offered"),
    ("/api/positions", 200, "nothing held"),
    ("/api/positions?state=closed", 200, "nothing held before"),
    ("/api/positions?state=odd", 400, "unknown state"),
    ("/api/positions/1", 404, "no such position"),
    ("/api/wallet/..%2Fx", 404, "path characters"),
    ("/api/wallet/US$T", 400, "no code of an asset"),
]


@pytest.mark.parametrize(("address", "status", "why"), ADDRESSES)
def test_every_address_answers_its_owner_and_no_stranger(api, alice_api, address, status, why):
    assert alice_api.get(address).status_code == status, why
    if "%2F" not in address:
        assert api().get(address).status_code == 401, why


def test_one_does_not_see_another_s_money(charlie_api, money):
    assert charlie_api.get("/api/wallet").json()["results"] == []
    assert charlie_api.get("/api/wallet/USDT").json()["total"] == "0"
    assert charlie_api.get("/api/wallet/history").json()["results"] == []
