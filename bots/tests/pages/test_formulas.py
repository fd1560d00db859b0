"""The formula pages: kept by name, faults beside the field, a preview on the newest candles."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from bots.models import CustomIndicator
from bots.services import custom_indicators
from bots.tests.core.building import walk
from exchanges.services import candles as store

pytestmark = pytest.mark.django_db

BASE = "/strategies/formulas/"
GAP = {"name": "Gap", "expression": "close - sma(close, 20)", "description": ""}


@pytest.fixture
def gap(alice: Any) -> CustomIndicator:
    return custom_indicators.create(owner=alice, body=GAP)


def preview(client: Client, **ask: Any) -> Any:
    body = {"expression": GAP["expression"], "market": "", "timeframe": "1m", "candles": 100}
    return client.post(f"{BASE}preview/", json.dumps(body | ask), "application/json")


@pytest.mark.parametrize("path", ["", "new/", "{id}/"])
def test_alice_sees_it_and_a_stranger_signs_in(
    client: Client, alice: Any, gap: CustomIndicator, path: str
) -> None:
    address = BASE + path.format(id=gap.pk)
    assert client.get(address).status_code == 302
    client.force_login(alice)
    assert client.get(address).status_code == 200


def test_charlie_finds_nothing(client: Client, charlie: Any, gap: CustomIndicator) -> None:
    client.force_login(charlie)
    assert "No formulas yet" in client.get(BASE).text
    assert client.get(f"{BASE}{gap.pk}/").status_code == 404
    assert client.post(f"{BASE}{gap.pk}/", GAP).status_code == 404
    assert client.post(f"{BASE}{gap.pk}/delete/").status_code == 404
    assert CustomIndicator.objects.exists()


def test_it_is_kept_changed_and_deleted_without_a_script(client: Client, alice: Any) -> None:
    client.force_login(alice)
    made = client.post(f"{BASE}new/", GAP)
    kept = CustomIndicator.objects.get(owner=alice)
    assert made.headers["Location"] == f"{BASE}{kept.pk}/"
    client.post(f"{BASE}{kept.pk}/", {**GAP, "expression": "close / open", "version": 1})
    kept.refresh_from_db()
    assert kept.expression == "close / open"
    client.post(f"{BASE}{kept.pk}/delete/")
    assert not CustomIndicator.objects.exists()


@pytest.mark.parametrize(
    ("change", "says", "status"),
    [
        ({"expression": "close +"}, "found the end (character 8)", 400),
        ({"expression": "<script>alert(1)</script>"}, "expected a column", 400),
        ({"name": ""}, "This field is required", 400),
        ({"name": "gap"}, "choose another name", 409),
    ],
)
def test_what_was_written_survives_a_fault(
    client: Client, alice: Any, gap: CustomIndicator, change: Any, says: str, status: int
) -> None:
    client.force_login(alice)
    sent = {**GAP, "name": "Other", "description": "mine", **change}
    answer = client.post(f"{BASE}new/", sent)
    assert answer.status_code == status
    assert says in answer.text
    assert {name: answer.context["form"][name].value() for name in GAP} == sent
    assert "<script>alert" not in answer.text
    assert CustomIndicator.objects.count() == 1


def test_the_preview_draws_a_difference_below_and_a_price_over_the_candles(
    client: Client, alice: Any
) -> None:
    store.store(venue="simulated", symbol="BTC/USDT", candles=walk(300))
    client.force_login(alice)
    below = preview(client, market="simulated|BTC/USDT").json()
    assert (below["faults"], len(below["candles"]), below["warmup"]) == ([], 100, 19)
    (line,) = below["lines"]
    assert line["pane"] == "formula" and line["points"][0][1] is None
    assert below["missing"] == 19 and below["last"] is not None
    over = preview(client, market="simulated|BTC/USDT", expression="(high + low) / 2").json()
    assert over["lines"][0]["pane"] == ""


def test_the_preview_tells_what_is_missing(client: Client, alice: Any) -> None:
    client.force_login(alice)
    assert preview(client).json()["reason"].startswith("Choose a market")
    empty = preview(client, market="simulated|BTC/USDT").json()
    assert empty["reason"] == "There are no 1m candles of BTC/USDT yet."
    (fault,) = preview(client, expression="close +").json()["faults"]
    assert (fault["path"], fault["position"]) == ("expression", 7)
    assert preview(client, expression="obv()").json()["warmup"] is None


@pytest.mark.parametrize(
    "ask",
    [
        {"market": "a|../b"}, {"timeframe": "7m"}, {"timeframe": None}, {"candles": "x"},
        {"candles": 10**9}, {"expression": None}, {"expression": ["close"]}, {"market": 5},
    ],
)  # fmt: skip
def test_the_preview_refuses_nonsense(client: Client, alice: Any, ask: Any) -> None:
    client.force_login(alice)
    answer = preview(client, **ask)
    assert answer.status_code == 400 or answer.json()["faults"]


def test_the_strategy_editor_offers_what_is_kept(
    client: Client, alice: Any, gap: CustomIndicator
) -> None:
    client.force_login(alice)
    page = client.get("/strategies/new/?from=blank")
    assert page.context["formulas"] == [{"name": "Gap", "expression": GAP["expression"]}]
    assert "saved-formulas" in page.text
