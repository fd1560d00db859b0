"""What a person may get wrong when starting a bot: page and REST say the same at its field."""

from __future__ import annotations

from typing import Any

import pytest

from bots.core.kinds import KINDS
from bots.core.kinds.params import Type
from bots.models import Bot
from bots.tests.world import World, grant, prices

pytestmark = pytest.mark.django_db
GRID = {"lower": 80, "upper": 120, "levels": 10}
DCA = {"base_amount": 100, "safety_amount": 100, "safety_count": 3}
WEIGHTS = {"weights": {"BTC/USDT": 1.5}}
# kind, parameters, field of the fault, words of its sentence
WRONG = [
    ("grid", {**GRID, "levels": 1}, "levels", "from 2"),
    ("grid", {**GRID, "lower": 130}, "lower", "must be below the highest line, 120"),
    ("grid", {**GRID, "lower": -1}, "lower", "above 0"),
    ("grid", {**GRID, "lower": 99.9, "upper": 100}, "levels", "a purchase and a sale cost"),
    ("grid", {**GRID, "stop": 90}, "stop", "must be below the lowest line"),
    ("dca", {**DCA, "safety_count": 20}, "safety_count", "the bot has 1,000.00"),
    ("dca", {**DCA, "base_amount": 5000}, "safety_count", "make 5,300.00; the bot has 1,000.00"),
    ("dca", {**DCA, "deviation": 0.5}, "deviation", "below the base price"),
    ("dca", {**DCA, "stop_loss": 0.01}, "stop_loss", "lies within the safety orders"),
    ("dca", {**DCA, "take_profit": 0}, "take_profit", "from"),
    ("rebalance", WEIGHTS, "weights", "1"),
    ("signal", {"size": 2}, "size", "1"),
    ("signal", {"pyramiding": 0}, "pyramiding", "from 1"),
]


@pytest.fixture
def market() -> World:
    return World(prices(30, seed=1)).open_at(20)


def as_entered(kind: str, params: dict[str, Any]) -> dict[str, str]:
    """As the form sends them: fractions in percent, weights in lines."""
    found = {}
    for one in KINDS[kind].params:
        if one.name not in params:
            continue
        value = params[one.name]
        if one.type is Type.WEIGHTS:
            value = "\n".join(f"{symbol} {part * 100:g}" for symbol, part in value.items())
        elif one.type is Type.FRACTION:
            value = f"{value * 100:g}"
        found[f"params.{one.name}"] = str(value)
    return found


@pytest.mark.parametrize(("kind", "params", "name", "words"), WRONG)
def test_it_is_said_at_its_field_by_page_and_by_rest(
    client, alice, alice_api, market, kind, params, name, words
):
    grant(alice, 1000)
    body = {
        "name": "Wrong", "kind": kind, "params": params, "timeframe": "1m",
        "venue": market.venue, "symbol": market.symbol, "allocation": "1000",
    }  # fmt: skip
    refused = alice_api.post("/api/bots", body, format="json")
    assert refused.status_code == 400
    told = {one["path"]: one["message"] for one in refused.json()["error"]["errors"]}
    assert words in told[f"params.{name}"], told
    client.force_login(alice)
    form = {
        "market": f"{market.venue}|{market.symbol}", "timeframe": "1m", "allocation": "1000",
        "name": "Wrong", "credential": "", **as_entered(kind, params),
    }  # fmt: skip
    page = client.post(f"/bots/new/{kind}/", form)
    assert page.status_code == 400
    shown = " ".join(page.context["form"].errors.get(f"params.{name}", []))
    assert words in shown, page.context["form"].errors
    assert not Bot.objects.exists()


def test_a_bot_that_asks_for_more_than_the_wallet_has_says_how_much(client, alice, market):
    grant(alice, 10)
    client.force_login(alice)
    form = {f"params.{key}": str(value) for key, value in GRID.items()}
    form |= {"market": f"{market.venue}|{market.symbol}", "timeframe": "1m", "allocation": "1000"}
    page = client.post("/bots/new/grid/", form)
    assert page.status_code in {400, 409}
    assert "your wallet holds less than 1000 USDT" in str(page.context["form"].errors["allocation"])
