"""Closing and changing margin under an Idempotency-Key: asked twice, done once."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.models import Order
from exchanges.tests.paper.world import SWAP, PaperWorld

pytestmark = pytest.mark.django_db
OPEN = {"symbol": SWAP, "side": "buy", "type": "market", "quantity": "2", "leverage": 10}


@pytest.fixture
def address(rich_api: Any) -> str:
    """Of an isolated long of 2 at 100.1, margin 20.02."""
    assert rich_api.post("/api/orders", OPEN).status_code == 201
    return f"/api/positions/{rich_api.get('/api/positions').json()['results'][0]['id']}"


def test_one_key_closes_a_part_once(rich_api: Any, address: str) -> None:
    first, second = [
        rich_api.post(f"{address}/close", {"quantity": "0.5"}, headers={"Idempotency-Key": "half"})
        for _ in range(2)
    ]
    assert (first.status_code, second.status_code) == (201, 200), second.content
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["client_order_id"] == "half"
    assert rich_api.get(address).json()["quantity"] == "1.5"


def test_one_key_closes_the_whole_once_and_says_so_afterwards(
    rich_api: Any, address: str, world: PaperWorld
) -> None:
    key = {"Idempotency-Key": "all"}
    first = rich_api.post(f"{address}/close", {}, headers=key)
    assert rich_api.post("/api/orders", OPEN).status_code == 201  # another one, which stays open
    second = rich_api.post(f"{address}/close", {}, headers=key)
    assert (first.status_code, second.status_code) == (201, 200), second.content
    assert first.json()["id"] == second.json()["id"]
    assert [row["quantity"] for row in rich_api.get("/api/positions").json()["results"]] == ["2"]
    gone = rich_api.post(f"{address}/close", {}, headers={"Idempotency-Key": "again"})
    assert (gone.status_code, gone.json()["error"]["code"]) == (409, "conflict")


def test_a_key_of_another_order_closes_nothing(rich_api: Any, address: str) -> None:
    key = {"Idempotency-Key": "mine"}
    assert rich_api.post(f"{address}/close", {"quantity": "0.5"}, headers=key).status_code == 201
    for body in ({"quantity": "0.6"}, {}):
        refused = rich_api.post(f"{address}/close", body, headers=key)
        assert refused.status_code == 409, refused.content
    assert rich_api.get(address).json()["quantity"] == "1.5"
    assert Order.objects.filter(reduce_only=True).count() == 1


def test_one_key_moves_margin_once(rich_api: Any, address: str) -> None:
    key = {"Idempotency-Key": "more"}
    for _ in range(2):
        answer = rich_api.put(f"{address}/margin", {"amount": "5"}, headers=key)
        assert (answer.status_code, answer.json()["margin"]) == (200, "25.02"), answer.content
    refused = rich_api.put(f"{address}/margin", {"amount": "6"}, headers=key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
    other = rich_api.put(f"{address}/margin", {"amount": "5"}, headers={"Idempotency-Key": "less"})
    assert other.json()["margin"] == "30.02"


def test_a_moved_margin_is_told_as_moved_after_the_position_is_closed(
    rich_api: Any, address: str
) -> None:
    key = {"Idempotency-Key": "more"}
    assert rich_api.put(f"{address}/margin", {"amount": "5"}, headers=key).status_code == 200
    assert rich_api.post(f"{address}/close", {}).status_code == 201
    assert rich_api.put(f"{address}/margin", {"amount": "5"}, headers=key).status_code == 200


@pytest.mark.parametrize("key", ["a" * 37, "with space", "ä"])
def test_a_key_that_is_none_is_refused(rich_api: Any, address: str, key: str) -> None:
    for method, path, body in (
        (rich_api.post, "close", {"quantity": "1"}),
        (rich_api.put, "margin", {"amount": "5"}),
    ):
        refused = method(f"{address}/{path}", body, headers={"Idempotency-Key": key})
        assert refused.status_code == 400
        assert refused.json()["error"]["errors"][0]["path"] == "Idempotency-Key"
    assert rich_api.get(address).json()["quantity"] == "2"
