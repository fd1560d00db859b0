"""Positions over REST: figures at the mark, margin, protection, closing; leverage of a contract."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchanges.tests.api.conftest import books
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld
from foundation.lib.redis_client import client as redis

pytestmark = pytest.mark.django_db
POSITIONS = "/api/positions"
OPEN = {"symbol": SWAP, "side": "buy", "type": "market", "quantity": "2", "leverage": 10}


@pytest.fixture
def held(rich_api: Any) -> dict[str, Any]:
    """A long of 2 at 100.1 with 10x, isolated."""
    assert rich_api.post("/api/orders", OPEN).status_code == 201
    row: dict[str, Any] = rich_api.get(POSITIONS).json()["results"][0]
    return row


def test_a_position_shows_what_it_is_worth_at_the_mark(
    rich_api: Any, held: dict[str, Any], world: PaperWorld
) -> None:
    world.move(105)
    row = rich_api.get(f"{POSITIONS}/{held['id']}").json()
    shown = (row["side"], row["quantity"], row["entry_price"], row["mark_price"], row["leverage"])
    assert shown == ("long", "2", "100.1", "105", 10)
    # (105 - 100.1) x 2; 105 x 2; 200.2 / 10; 210 x 0.004
    assert (row["unrealised_pnl"], row["notional"]) == ("9.8", "210")
    assert (row["margin"], row["margin_mode"]) == ("20.02", "isolated")
    assert row["maintenance_margin"] == "0.84"
    ratio = Decimal("0.84") / Decimal("29.82")
    assert Decimal(row["margin_ratio"]) == pytest.approx(ratio)
    # margin + 2 x (p - 100.1) = 2 x p x 0.004
    price = (Decimal("200.2") - Decimal("20.02")) / (2 * (1 - Decimal("0.004")))
    assert Decimal(row["liquidation_price"]) == pytest.approx(price)
    assert Decimal(row["distance"]) == pytest.approx((105 - price) / 105)
    assert Decimal(row["fees"]) > 0 and row["funding"] == "0"
    assert row["realised_pnl"] == f"-{row['fees']}"


def test_figures_are_null_while_the_feed_is_silent(
    rich_api: Any, held: dict[str, Any], world: PaperWorld
) -> None:
    redis().delete(f"live:{world.venue}:{SPOT}")
    row = rich_api.get(POSITIONS).json()["results"][0]
    assert (row["mark_price"], row["unrealised_pnl"], row["margin_ratio"]) == (None, None, None)
    assert row["margin"] == held["margin"]


def test_a_position_is_closed_in_part_and_whole(rich_api: Any, held: dict[str, Any]) -> None:
    address = f"{POSITIONS}/{held['id']}/close"
    part = rich_api.post(address, {"quantity": "0.5"})
    assert (part.status_code, part.json()["status"]) == (201, "filled"), part.content
    assert rich_api.get(f"{POSITIONS}/{held['id']}").json()["quantity"] == "1.5"
    rest = rich_api.post(address)
    assert (rest.status_code, rest.json()["filled_quantity"]) == (201, "1.5")
    row = rich_api.get(f"{POSITIONS}?state=closed").json()["results"][0]
    assert (row["quantity"], row["mark_price"], row["exit_price"]) == ("0", None, "99.9")
    assert rich_api.post(address).status_code == 409
    assert rich_api.get(POSITIONS).json()["count"] == 0


def test_margin_is_added_and_taken_out(rich_api: Any, held: dict[str, Any]) -> None:
    address = f"{POSITIONS}/{held['id']}/margin"
    more = rich_api.put(address, {"amount": "30"})
    assert (more.status_code, more.json()["margin"]) == (200, "50.02"), more.content
    assert Decimal(more.json()["liquidation_price"]) < Decimal(held["liquidation_price"])
    assert rich_api.get("/api/wallet/USDT").json()["margin"] == "50.02"
    less = rich_api.put(address, {"amount": -10})
    assert less.json()["margin"] == "40.02"


def test_protection_is_set_kept_and_removed(rich_api: Any, held: dict[str, Any]) -> None:
    address = f"{POSITIONS}/{held['id']}/tp-sl"

    def levels(answer: Any) -> tuple[Any, Any]:
        assert answer.status_code == 200, answer.content
        return answer.json()["take_profit_price"], answer.json()["stop_price"]

    both = rich_api.put(address, {"take_profit_price": "120", "stop_loss_price": 95})
    assert levels(both) == ("120", "95")
    assert levels(rich_api.put(address, {"stop_loss_price": "96"})) == ("120", "96")
    assert rich_api.get("/api/orders?state=working").json()["count"] == 2
    assert levels(rich_api.put(address, {"take_profit_price": None})) == (None, "96")
    assert rich_api.get("/api/orders?state=working").json()["count"] == 1


#  what, body, status, code, path, why
REFUSED: list[tuple[str, Any, int, str, str, str]] = [
    ("close", {"quantity": "3"}, 400, "reduce_only", "", "more than is held"),
    ("close", {"quantity": "0.0001"}, 400, "lot_size", "quantity", "below the minimum"),
    ("close", {"quantity": "-1"}, 400, "bad_input", "quantity", "negative"),
    ("close", {"amount": "1"}, 400, "bad_input", "amount", "unknown"),
    ("margin", {}, 400, "bad_input", "amount", "nothing said"),
    ("margin", {"amount": "0"}, 400, "bad_input", "amount", "nothing moves"),
    ("margin", {"amount": "NaN"}, 400, "bad_input", "amount", "no number"),
    ("margin", {"amount": "-20"}, 400, "bad_margin", "amount", "below the initial margin"),
    ("margin", {"amount": "1e6"}, 400, "insufficient_margin", "amount", "more than there is"),
    ("margin", {"amount": "1e-18"}, 200, "", "", "the smallest amount there is"),
    ("tp-sl", {}, 400, "bad_input", "", "nothing said"),
    ("tp-sl", {"take_profit_price": "90"}, 400, "would_trigger", "take_profit_price", "below"),
    ("tp-sl", {"stop_loss_price": "101"}, 400, "would_trigger", "stop_loss_price", "above"),
    ("tp-sl", {"stop_loss_price": "95.05"}, 400, "price_filter", "stop_loss_price", "off step"),
    ("tp-sl", {"stop_loss_price": "1e400"}, 400, "bad_input", "stop_loss_price", "too large"),
    ("tp-sl", {"stop_loss_price": False}, 400, "bad_input", "stop_loss_price", "a truth"),
]


@pytest.mark.parametrize(("what", "body", "status", "code", "path", "why"), REFUSED)
def test_bad_changes_are_refused(
    rich_api: Any,
    held: dict[str, Any],
    what: str,
    body: Any,
    status: int,
    code: str,
    path: str,
    why: str,
) -> None:
    before = books()
    method = rich_api.post if what == "close" else rich_api.put
    answer = method(f"{POSITIONS}/{held['id']}/{what}", body)
    assert answer.status_code == status, (why, answer.content)
    if status == 400:
        error = answer.json()["error"]
        assert error["code"] == code, (why, error)
        assert not path or error["errors"][0]["path"] == path, (why, error)
        assert books() == before


def test_a_stranger_gets_404_not_403(rich_api: Any, held: dict[str, Any], charlie_api: Any) -> None:
    before = books()
    address = f"{POSITIONS}/{held['id']}"
    assert charlie_api.get(address).status_code == 404
    assert charlie_api.post(f"{address}/close").status_code == 404
    assert charlie_api.put(f"{address}/margin", {"amount": "nonsense"}).status_code == 404
    assert charlie_api.put(f"{address}/tp-sl", {}).status_code == 404
    assert charlie_api.get(POSITIONS).json()["count"] == 0
    assert books() == before


def test_leverage_and_margin_mode_of_a_contract(rich_api: Any) -> None:
    address = f"{POSITIONS}/settings/BTC-USDT:USDT"
    usual = {"symbol": SWAP, "leverage": 10, "margin_mode": "isolated"}
    assert rich_api.get(address).json() == usual
    assert rich_api.put(address, {"leverage": 25}).json() == {**usual, "leverage": 25}
    cross = rich_api.put(address, {"margin_mode": "cross", "leverage": 5})
    assert cross.json() == {**usual, "leverage": 5, "margin_mode": "cross"}
    assert rich_api.get(address).json() == cross.json()


#  address, body, code, path, why
BAD_SETTINGS: list[tuple[str, Any, str, str, str]] = [
    ("BTC-USDT:USDT", {}, "bad_input", "", "nothing said"),
    ("BTC-USDT:USDT", {"leverage": 0}, "bad_input", "leverage", "no leverage"),
    ("BTC-USDT:USDT", {"leverage": 126}, "bad_input", "leverage", "more than there is"),
    ("BTC-USDT:USDT", {"leverage": True}, "bad_input", "leverage", "a truth"),
    ("BTC-USDT:USDT", {"margin_mode": "x"}, "bad_input", "margin_mode", "no mode"),
    ("BTC-USDT", {"leverage": 5}, "bad_leverage", "symbol", "spot"),
    ("NO-THING:USDT", {"leverage": 5}, "unknown_symbol", "symbol", "no such market"),
]


@pytest.mark.parametrize(("symbol", "body", "code", "path", "why"), BAD_SETTINGS)
def test_bad_settings(
    rich_api: Any, symbol: str, body: Any, code: str, path: str, why: str
) -> None:
    answer = rich_api.put(f"{POSITIONS}/settings/{symbol}", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code), (why, error)
    assert not path or error["errors"][0]["path"] == path, (why, error)


def test_the_margin_mode_stays_while_a_position_is_open(
    rich_api: Any, held: dict[str, Any]
) -> None:
    answer = rich_api.put(f"{POSITIONS}/settings/BTC-USDT:USDT", {"margin_mode": "cross"})
    assert answer.json()["error"]["code"] == "has_position"


def test_positions_ask_no_more_for_more_of_them(
    rich_api: Any, held: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        assert rich_api.get(POSITIONS).json()["count"] == 1
