"""POST orders with everything that can be wrong: said precisely, and nothing has changed."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.tests.api.conftest import books
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld

pytestmark = pytest.mark.django_db
DIGITS_40 = "1" * 40
MARKET: dict[str, Any] = {"symbol": SPOT, "side": "buy", "type": "market", "quantity": "1"}
LIMIT = {**MARKET, "type": "limit", "price": "90"}
PERP = {**MARKET, "symbol": SWAP}

#  body, code, path, part of the message, why
CASES: list[tuple[dict[str, Any], str, str, str, str]] = [
    ({**MARKET, "quantity": "0.0001"}, "lot_size", "quantity", "at least 0.001", "below minimum"),
    ({**MARKET, "quantity": "1.0005"}, "lot_size", "quantity", "multiple of 0.001", "off the step"),
    ({**LIMIT, "price": "90.05"}, "price_filter", "price", "multiple of 0.1", "price off the step"),
    ({**MARKET, "quantity": "0.01"}, "min_notional", "quantity", "at least 5", "worth too little"),
    ({**MARKET, "quantity": "500"}, "insufficient_balance", "", "USDT", "more than the wallet has"),
    ({**LIMIT, "quantity": "500"}, "insufficient_balance", "", "USDT", "more than can be reserved"),
    ({**MARKET, "side": "sell", "quantity": "3"}, "insufficient_balance", "", "BTC", "coins"),
    ({**PERP, "quantity": "1100"}, "insufficient_margin", "", "", "more than the margin allows"),
    ({**PERP, "reduce_only": True}, "reduce_only", "", "position", "reduce-only that would open"),
    ({**PERP, "quantity": None, "close_position": True}, "reduce_only", "", "", "nothing to close"),
    ({**LIMIT, "price": "200", "post_only": True}, "would_take", "", "", "post-only would take"),
    ({**LIMIT, "price": "200", "time_in_force": "PO"}, "would_take", "", "", "the same"),
    ({**MARKET, "symbol": "NO/THING"}, "unknown_symbol", "symbol", "NO/THING", "no such market"),
    ({**MARKET, "symbol": "b!tcoin"}, "bad_input", "symbol", "like BTC/USDT", "no symbol at all"),
    ({**MARKET, "venue": "elsewhere"}, "unknown_symbol", "symbol", "traded", "another venue"),
    ({**MARKET, "venue": "../etc"}, "bad_input", "venue", "venue key", "no venue at all"),
    ({**MARKET, "quantity": "-1"}, "bad_input", "quantity", "above 0", "negative"),
    ({**MARKET, "quantity": -1}, "bad_input", "quantity", "above 0", "negative number"),
    ({**MARKET, "quantity": "0"}, "bad_input", "quantity", "above 0", "zero"),
    ({**MARKET, "quantity": 0.0}, "bad_input", "quantity", "above 0", "zero number"),
    ({**MARKET, "quantity": "NaN"}, "bad_input", "quantity", "finite", "not a number"),
    ({**MARKET, "quantity": "Infinity"}, "bad_input", "quantity", "finite", "infinity"),
    ({**MARKET, "quantity": "1e400"}, "bad_input", "quantity", "below 1e20", "beyond any column"),
    ({**MARKET, "quantity": "1e-19"}, "bad_input", "quantity", "18 decimal places", "too fine"),
    ({**MARKET, "quantity": DIGITS_40}, "bad_input", "quantity", "below 1e20", "40 digits"),
    ({**MARKET, "quantity": int(DIGITS_40)}, "bad_input", "quantity", "below 1e20", "as number"),
    ({**LIMIT, "price": f"0.{DIGITS_40}"}, "bad_input", "price", "18 decimal places", "40 places"),
    ({**MARKET, "quantity": "1_000"}, "bad_input", "quantity", "a number", "Python's own writing"),
    ({**MARKET, "quantity": "one"}, "bad_input", "quantity", "a number", "words"),
    ({**MARKET, "quantity": ""}, "bad_input", "quantity", "a number", "empty"),
    ({**MARKET, "quantity": True}, "bad_input", "quantity", "text or number", "a truth"),
    ({**MARKET, "quantity": [1]}, "bad_input", "quantity", "text or number", "a list"),
    ({**MARKET, "quantity": {"a": 1}}, "bad_input", "quantity", "text or number", "an object"),
    ({**MARKET, "quantity": None}, "bad_input", "quantity", "needed", "no quantity"),
    ({**MARKET, "amount_quote": "50"}, "bad_input", "quantity", "exclude each other", "both"),
    ({**MARKET, "quantiy": "1"}, "bad_input", "quantiy", "unknown field", "misspelt"),
    ({**MARKET, "side": "hold"}, "bad_input", "side", "one of buy, sell", "no side"),
    ({**MARKET, "side": 1}, "bad_input", "side", "one of buy, sell", "a number for a side"),
    ({**MARKET, "type": "iceberg"}, "bad_input", "type", "one of", "no type"),
    ({**MARKET, "symbol": 5}, "bad_input", "symbol", "text", "a number for a symbol"),
    ({"side": "buy", "type": "market"}, "bad_input", "symbol", "is missing", "no symbol"),
    ({**MARKET, "price": "90"}, "bad_input", "price", "does not go with", "a market order's price"),
    ({**LIMIT, "price": None}, "bad_input", "price", "is needed", "a limit order without price"),
    ({**LIMIT, "time_in_force": "GTX"}, "bad_input", "time_in_force", "one of GTC", "unknown"),
    ({**LIMIT, "post_only": "yes"}, "bad_input", "post_only", "true or false", "a word for truth"),
    ({**LIMIT, "post_only": True, "time_in_force": "IOC"}, "bad_input", "post_only", "", "both"),
    ({**MARKET, "reduce_only": True}, "bad_input", "reduce_only", "contract", "spot reduces none"),
    ({**MARKET, "leverage": 5}, "bad_input", "leverage", "contract", "spot has no leverage"),
    ({**PERP, "leverage": 126}, "bad_input", "leverage", "1 to 125", "too much leverage"),
    ({**PERP, "leverage": 2.5}, "bad_input", "leverage", "whole number", "half a leverage"),
    ({**PERP, "leverage": "10"}, "bad_input", "leverage", "whole number", "leverage as text"),
    ({**PERP, "margin_mode": "both"}, "bad_input", "margin_mode", "isolated, cross", "unknown"),
    ({**MARKET, "client_order_id": "a b"}, "bad_input", "client_order_id", "36", "a blank"),
    ({**MARKET, "client_order_id": "a" * 37}, "bad_input", "client_order_id", "36", "too long"),
    ({**MARKET, "client_order_id": "a\u0000"}, "bad_input", "", "NUL", "a NUL character"),
    (
        {**PERP, "stop_loss_price": "110"},
        *("would_trigger", "stop_loss_price", "below", "a stop on the wrong side"),
    ),
    (
        {**MARKET, "type": "stop_loss", "trigger_price": "90"},
        *("would_trigger", "trigger_price", "", "a stop that the price has passed"),
    ),
    (
        {**MARKET, "type": "trailing_stop", "callback_rate": "0.5"},
        *("bad_input", "callback_rate", "0.2", "hangs too far behind"),
    ),
]


@pytest.mark.parametrize(("body", "code", "path", "words", "why"), CASES)
@pytest.mark.parametrize("address", ["/api/orders", "/api/orders/test"])
def test_a_refusal_names_code_and_field_and_changes_nothing(
    rich_api: Any, address: str, body: dict[str, Any], code: str, path: str, words: str, why: str
) -> None:
    before = books()
    answer = rich_api.post(address, body)
    assert answer.status_code == 400, (why, answer.content)
    error = answer.json()["error"]
    assert error["code"] == code, (why, error)
    if path:
        assert path in [one["path"] for one in error["errors"]], (why, error)
    assert words in f"{error['message']} {error['errors']}", (why, error)
    assert books() == before, why


#  the very bytes of a body, path, part of the message, why
WRITTEN = [
    ('"quantity": NaN', "quantity", "finite", "a bare NaN"),
    ('"quantity": Infinity', "quantity", "finite", "a bare infinity"),
    ('"quantity": -Infinity', "quantity", "finite", "a bare infinity below"),
    ('"quantity": 1e400', "quantity", "below 1e20", "a number no float holds"),
    ('"quantity": 1e99999999999999999999', "quantity", "finite", "nor any Decimal"),
    ('"quantity": 1.0000000000000000001', "quantity", "18 decimal", "more than 18 decimals"),
    (f'"quantity": {DIGITS_40}', "quantity", "below 1e20", "40 digits"),
    (f'"quantity": {"9" * 5000}', "", "", "more digits than Python reads"),
    ('"quantity": "1", "quantity": "2"', "", "written twice", "which of the two?"),
    ('"quantity": 1e', "", "JSON", "no number of JSON"),
    ('"quantity": "\\ud800"', "", "", "half a character"),
]


@pytest.mark.parametrize(("written", "path", "words", "why"), WRITTEN)
def test_numbers_are_read_as_they_are_written(
    rich_api: Any, written: str, path: str, words: str, why: str
) -> None:
    before = books()
    body = f'{{"symbol": "{SPOT}", "side": "buy", "type": "market", {written}}}'
    answer = rich_api.post("/api/orders", body, content_type="application/json")
    assert answer.status_code == 400, (why, answer.content)
    error = answer.json()["error"]
    assert [one["path"] for one in error["errors"]] == ([path] if path else []), (why, error)
    assert words in error["message"], (why, error)
    assert books() == before


@pytest.mark.parametrize("body", ["[]", "null", "5", '"order"', "{}", "", "[{}]", "{"])
def test_what_is_no_object_is_refused(rich_api: Any, body: str) -> None:
    for address in ("orders", "orders/oco", "wallet/transfer", "wallet/deposit"):
        answer = rich_api.post(f"/api/{address}", body, content_type="application/json")
        assert answer.status_code == 400, (address, answer.content)
        assert answer.json()["error"]["code"] == "bad_input"


def test_every_fault_is_told_at_once(rich_api: Any) -> None:
    body = {"symbol": SPOT, "side": "x", "type": "y", "quantity": "z", "leverge": 1}
    error = rich_api.post("/api/orders", body).json()["error"]
    paths = sorted(one["path"] for one in error["errors"])
    assert paths == ["leverge", "quantity", "side", "type"]


def test_without_a_feed_nothing_is_traded(rich_api: Any, world: PaperWorld) -> None:
    from foundation.lib.redis_client import client

    client().delete(f"live:{world.venue}:{SPOT}")
    before = books()
    answer = rich_api.post("/api/orders", MARKET)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "try_later"
    assert books() == before
