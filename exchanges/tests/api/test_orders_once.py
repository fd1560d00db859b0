"""An order that was placed under its key is told again, whatever the market is like by then."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.models import Order
from exchanges.tests.paper.world import SPOT, PaperWorld
from foundation.lib.redis_client import client as redis

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "mine"}
BUY = {"symbol": SPOT, "side": "buy"}
FOR_100 = {**BUY, "type": "market", "amount_quote": "100"}
SMALL = {**BUY, "type": "market", "quantity": "0.05"}


def test_an_order_by_amount_is_the_same_by_its_amount(rich_api: Any, world: PaperWorld) -> None:
    first, second = [rich_api.post("/api/orders", FOR_100, headers=KEY) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200), second.content
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["amount_quote"], first.json()["quantity"]) == ("100", "0.998")
    for other in ({"amount_quote": "101"}, {"amount_quote": None, "quantity": "0.998"}):
        refused = rich_api.post("/api/orders", {**FOR_100, **other}, headers=KEY)
        assert refused.json()["error"]["code"] == "duplicate_client_order_id"
    assert Order.objects.count() == 1


def test_a_placed_order_is_told_while_the_feed_is_silent(rich_api: Any, world: PaperWorld) -> None:
    first = rich_api.post("/api/orders", FOR_100, headers=KEY)
    redis().delete(f"live:{world.venue}:{SPOT}")
    second = rich_api.post("/api/orders", FOR_100, headers=KEY)
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    assert rich_api.post("/api/orders", FOR_100).status_code == 503


def test_a_placed_order_is_told_where_it_would_be_too_small_now(
    rich_api: Any, world: PaperWorld
) -> None:
    assert rich_api.post("/api/orders", SMALL, headers=KEY).status_code == 201
    world.move(50)
    assert rich_api.post("/api/orders", SMALL, headers=KEY).status_code == 200
    assert rich_api.post("/api/orders", SMALL).json()["error"]["code"] == "min_notional"
