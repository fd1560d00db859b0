"""The New backtest page of a kind: fields come from its declaration, faults stand beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from backtesting.models import Backtest
from backtesting.services import backtests
from bots.core.kinds import KINDS

pytestmark = pytest.mark.django_db
RUN = {"market": "walk|BTC/USDT", "timeframe": "1m", "cash": "1000", "fee": "0.1", "slippage": "0"}


def params(**values: str) -> dict[str, str]:
    return {f"params.{name}": value for name, value in values.items()}


GRID = params(spacing="geometric", lower="95", upper="105", levels="9", stop="90")


@pytest.fixture
def alices(client: Client, alice: Any, store_walk: Any) -> Client:
    store_walk("BTC/USDT", 600)
    client.force_login(alice)
    return client


@pytest.mark.parametrize("name", KINDS)
def test_every_parameter_has_a_field_with_its_default(alices: Client, name: str) -> None:
    page = alices.get(f"/backtests/new/{name}/")
    assert page.status_code == 200
    for one in KINDS[name].params:
        if one.name != KINDS[name].own:  # the market has a field already
            assert f'name="params.{one.name}"' in page.text
            assert one.label in page.text
    assert f'href="/backtests/new/{name}/" aria-current="page"' in page.text


def test_an_unknown_kind_is_not_found(alices: Client) -> None:
    assert alices.get("/backtests/new/hodl/").status_code == 404


def test_what_is_entered_is_what_is_run(alices: Client) -> None:
    answer = alices.post("/backtests/new/grid/", RUN | GRID)
    made = Backtest.objects.get()
    assert answer["Location"] == f"/backtests/{made.pk}/"
    assert made.spec["params"] == {
        "spacing": "geometric", "lower": 95.0, "upper": 105.0, "levels": 9, "stop": 90.0,
        "trailing": False, "reinvest": False,
    }  # fmt: skip
    assert (made.symbols, made.timeframe) == (["BTC/USDT"], "1m")


def test_the_report_shows_the_parameters(alices: Client) -> None:
    alices.post("/backtests/new/grid/", RUN | GRID)
    made = Backtest.objects.get()
    backtests.run(backtest_id=made.pk)
    report = alices.get(f"/backtests/{made.pk}/")
    assert ("Lowest line", "95") in report.context["parameters"]
    assert ("Trail upwards", "no") in report.context["parameters"]
    assert "/backtests/new/grid/" in report.text


def test_every_page_of_a_kinds_backtest_opens(
    alices: Client, alice: Any, spec: dict[str, Any]
) -> None:
    alices.post("/backtests/new/grid/", RUN | GRID)
    made = Backtest.objects.get()
    other = backtests.request(owner=alice, spec=spec, venue="walk")
    for one in (made, other):
        assert backtests.run(backtest_id=one.pk) == "completed"
    for path in ("", "checks/", "checks/look_ahead/", "checks/monte_carlo/"):
        assert alices.get(f"/backtests/{made.pk}/{path}").status_code == 200, path
    compared = alices.get(f"/backtests/compare/?ids={made.pk}&ids={other.pk}")
    assert compared.status_code == 200
    for kind in ("", "?format=html", "?format=json"):
        assert alices.get(f"/api/backtests/{made.pk}/report{kind}").status_code == 200
    refused = alices.post(f"/backtests/{made.pk}/checks/look_ahead/", {}, follow=True)
    assert "has no conditions" in refused.text


def test_percent_of_the_page_are_fractions_of_the_kind(alices: Client) -> None:
    entered = params(base_amount="100", safety_amount="50", deviation="1.5", take_profit="2")
    alices.post("/backtests/new/dca/", RUN | entered)
    kept = Backtest.objects.get().spec["params"]
    assert (kept["deviation"], kept["take_profit"], kept["base_amount"]) == (0.015, 0.02, 100.0)


def test_weights_are_a_line_each_in_percent(alices: Client, store_walk: Any) -> None:
    store_walk("ETH/USDT", 600)
    entered = params(weights="BTC/USDT 60\neth/usdt 25 %\n", threshold="5", trade_min="10")
    alices.post("/backtests/new/rebalance/", RUN | entered)
    assert Backtest.objects.get().spec["params"]["weights"] == {"BTC/USDT": 0.6, "ETH/USDT": 0.25}


def test_events_are_json(alices: Client) -> None:
    events = [{"id": "1", "time_ms": 1_704_067_500_000, "action": "buy"}]
    asked = RUN | params(size="50", pyramiding="1")
    alices.post("/backtests/new/signal/", asked | {"events": json.dumps(events)})
    assert Backtest.objects.get().spec["events"] == events
    refused = alices.post("/backtests/new/signal/", asked | {"events": "[{"})
    assert "is not JSON" in refused.context["form"].errors["events"][0]


@pytest.mark.parametrize(
    ("entered", "name", "words"),
    [
        (params(lower="200"), "params.lower", "below the highest line"),
        (params(lower=""), "params.lower", "is missing"),
        (params(lower="abc"), "params.lower", "number"),
        (params(levels="150"), "params.levels", "a purchase and a sale cost"),
        ({"cash": "-1"}, "cash", "above 0"),
        ({"timeframe": "7m"}, "timeframe", "valid choice"),
    ],
)
def test_a_fault_stands_beside_its_field(
    alices: Client, entered: dict[str, str], name: str, words: str
) -> None:
    answer = alices.post("/backtests/new/grid/", RUN | GRID | entered)
    assert answer.status_code == 400
    assert words in answer.context["form"].errors[name][0]
    assert not Backtest.objects.exists()
