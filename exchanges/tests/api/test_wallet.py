"""Money over REST: what there is, every movement of it, transfers, deposits, a new beginning."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.tests.api.conftest import books
from exchanges.tests.paper.world import SPOT, SWAP

pytestmark = pytest.mark.django_db
ORDER = {"symbol": SPOT, "side": "buy", "type": "limit", "quantity": "1", "price": "90"}


def row_of(api: Any, asset: str = "USDT") -> dict[str, str]:
    rows = api.get("/api/wallet").json()["results"]
    found: dict[str, str] = next(row for row in rows if row["asset"] == asset)
    assert api.get(f"/api/wallet/{asset.lower()}").json() == found
    return found


def test_a_row_tells_where_the_money_is(rich_api: Any) -> None:
    assert rich_api.post("/api/orders", ORDER).status_code == 201
    perp = {"symbol": SWAP, "side": "sell", "type": "market", "quantity": "1"}
    assert rich_api.post("/api/orders", perp).status_code == 201
    row = row_of(rich_api)
    assert (row["free"], row["locked"]) == ("9909.964", "90.036")
    assert row["margin"] == "9.99"
    # 10,000 less margin and the taker's fee on 99.9
    assert row["futures"] == "9989.97004"
    assert row["total"] == "19999.96004"
    assert row_of(rich_api, "BTC")["total"] == "2"
    assert rich_api.get("/api/wallet/ETH").json()["total"] == "0"


def test_the_futures_account(rich_api: Any) -> None:
    perp = {"symbol": SWAP, "side": "buy", "type": "market", "quantity": "1"}
    assert rich_api.post("/api/orders", perp).status_code == 201
    account = rich_api.get("/api/wallet/futures").json()
    assert (account["asset"], account["isolated_margin"]) == ("USDT", "10.01")
    assert account["unrealised_pnl"] == "-0.1"
    assert account["wallet_balance"] == "9999.95996"
    assert account["margin_balance"] == "9999.85996"
    assert account["available"] == account["cross_balance"] == "9989.94996"


def test_money_moves_between_the_wallets_once_a_key(rich_api: Any) -> None:
    body = {"asset": "USDT", "amount": "250.5", "from": "spot", "to": "futures", "key": "k1"}
    for _ in range(2):
        answer = rich_api.post("/api/wallet/transfer", body)
        assert answer.status_code == 200, answer.content
        assert (answer.json()["free"], answer.json()["futures"]) == ("9749.5", "10250.5")
    back = {**body, "from": "futures", "to": "spot", "key": "k2", "amount": 250.5}
    assert rich_api.post("/api/wallet/transfer", back).json()["free"] == "10000"


def test_deposits_and_a_new_beginning(rich_api: Any) -> None:
    body = {"asset": "btc", "amount": "1.5", "key": "d1"}
    for _ in range(2):
        assert rich_api.post("/api/wallet/deposit", body).json()["free"] == "3.5"
    futures = {"asset": "USDT", "amount": 5, "wallet": "futures"}
    assert rich_api.post("/api/wallet/deposit", futures).json()["futures"] == "10005"
    assert rich_api.post("/api/orders", ORDER).status_code == 201
    answer = rich_api.post("/api/wallet/reset")
    assert answer.status_code == 200, answer.content
    row = row_of(rich_api)
    assert (row["free"], row["locked"], row["futures"]) == ("10000", "0", "10000")
    assert row_of(rich_api, "BTC")["total"] == "0"
    assert rich_api.get("/api/orders?state=working").json()["count"] == 0


def test_the_history_is_filtered_by_kind_asset_and_wallet(rich_api: Any) -> None:
    move = {"asset": "USDT", "amount": "1", "from": "spot", "to": "futures"}
    assert rich_api.post("/api/wallet/transfer", move).status_code == 200
    perp = {"symbol": SWAP, "side": "buy", "type": "market", "quantity": "1"}
    assert rich_api.post("/api/orders", perp).status_code == 201

    def found(query: str) -> list[tuple[str, str, str]]:
        rows = rich_api.get(f"/api/wallet/history?{query}").json()["results"]
        return [(row["wallet"], row["asset"], row["amount"]) for row in rows]

    assert sorted(found("kind=transfer")) == [("futures", "USDT", "1"), ("spot", "USDT", "-1")]
    assert found("asset=btc") == [("spot", "BTC", "2")]
    assert found("wallet=margin") == [("margin", "USDT", "10.01")]
    margin = rich_api.get("/api/wallet/history?wallet=margin").json()["results"][0]
    assert margin["symbol"] == SWAP
    assert found("wallet=futures&kind=transfer") == [("futures", "USDT", "1")]
    assert found("wallet=bot") == []
    for query in ("wallet=cellar", "asset=U$", "wallet=spot:1"):
        assert rich_api.get(f"/api/wallet/history?{query}").status_code == 400


TRANSFER = {"asset": "USDT", "amount": "1", "from": "spot", "to": "futures"}
DEPOSIT = {"asset": "USDT", "amount": "1"}
#  address, body, code, path, why
REFUSED: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("transfer", {**TRANSFER, "amount": "10001"}, "insufficient_balance", "amount", "too much"),
    (
        "transfer",
        {**TRANSFER, "amount": "10001", "from": "futures", "to": "spot"},
        *("insufficient_margin", "amount", "too much of the other"),
    ),
    ("transfer", {**TRANSFER, "to": "spot"}, "bad_input", "to", "from and to are one"),
    ("transfer", {**TRANSFER, "to": "bot:1"}, "bad_input", "to", "a bot's money is the bot's"),
    ("transfer", {**TRANSFER, "asset": "BTC"}, "bad_input", "asset", "USDT only"),
    ("transfer", {**TRANSFER, "asset": "U$"}, "bad_input", "asset", "no asset"),
    ("transfer", {**TRANSFER, "amount": "-1"}, "bad_input", "amount", "negative"),
    ("transfer", {**TRANSFER, "amount": "1e400"}, "bad_input", "amount", "too large"),
    ("transfer", {**TRANSFER, "amount": "9" * 40}, "bad_input", "amount", "40 digits"),
    ("transfer", {**TRANSFER, "amount": False}, "bad_input", "amount", "a truth"),
    ("transfer", {**TRANSFER, "when": "now"}, "bad_input", "when", "unknown field"),
    ("transfer", {"asset": "USDT"}, "bad_input", "from", "half a transfer"),
    ("deposit", {**DEPOSIT, "amount": "1000001"}, "max_notional", "amount", "over the limit"),
    ("deposit", {**DEPOSIT, "amount": "0"}, "bad_input", "amount", "nothing"),
    ("deposit", {**DEPOSIT, "asset": "GOLD"}, "unknown_symbol", "asset", "nobody trades it"),
    ("deposit", {**DEPOSIT, "wallet": "bot:1"}, "bad_input", "wallet", "a bot's"),
    ("deposit", {**DEPOSIT, "key": "a b"}, "bad_input", "key", "no key"),
]


@pytest.mark.parametrize(("what", "body", "code", "path", "why"), REFUSED)
def test_a_refusal_moves_nothing(
    rich_api: Any, what: str, body: dict[str, Any], code: str, path: str, why: str
) -> None:
    before = books()
    answer = rich_api.post(f"/api/wallet/{what}", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code), (why, error)
    assert path in [one["path"] for one in error["errors"]], (why, error)
    assert books() == before


def test_the_same_key_with_another_amount_is_refused(rich_api: Any) -> None:
    assert rich_api.post("/api/wallet/transfer", {**TRANSFER, "key": "k"}).status_code == 200
    before = books()
    answer = rich_api.post("/api/wallet/transfer", {**TRANSFER, "key": "k", "amount": "2"})
    assert answer.status_code == 409, answer.content
    assert books() == before
