"""A trade of several fills keeps each: beside the row, in REST, in the files, on its chart."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from backtesting.core.run import run
from backtesting.models import Backtest
from backtesting.services import backtests
from backtesting.tests.conftest import VENUE
from bots.core.strategy.spec import parse
from exchanges.core.costs import Costs

pytestmark = pytest.mark.django_db
SCALES = {
    "stop_loss": 0.05,
    "scale_in": [{"at": -0.002, "size": 0.5}],
    "scale_out": [{"at": 0.003, "part": 0.4}],
    "max_position_size": 0.5,
}


@pytest.fixture
def scaled(alice: Any, store_walk: Any, spec: dict[str, Any]) -> Backtest:
    store_walk(count=1500)
    made = backtests.request(owner=alice, spec={**spec, "risk": SCALES}, venue=VENUE)
    assert backtests.run(backtest_id=made.pk) == "completed"
    made.refresh_from_db()
    return made


def test_each_fill_is_the_cores_to_the_last_bit(
    scaled: Backtest, store_walk: Any, spec: dict[str, Any]
) -> None:
    candles = store_walk(count=1500)
    costs = Costs(fee_rate=0.0004, slippage=0.0)
    expected = run(parse(scaled.spec), {"BTC/USDT": candles}, cash=10_000.0, costs=costs)
    groups: dict[int, list[Any]] = {}
    for fill in expected.fills:
        groups.setdefault(fill.trade + 1, []).append(fill)
    kinds = set()
    for trade in scaled.trades.all():
        fills = groups[trade.number]
        if len(fills) == 2:
            assert trade.fills is None
            continue
        assert trade.fills is not None
        for told, fill in zip(trade.fills, fills, strict=True):
            assert (told["time"], told["side"]) == (fill.time_ms, fill.side)
            numbers = (told["price"], told["quantity"], told["fee"], told["reason"])
            assert numbers == (fill.price, fill.quantity, fill.fee, fill.reason)
            kinds.add(told["kind"])
        bought = sum(one["quantity"] for one in trade.fills if one["side"] == "buy")
        assert bought == pytest.approx(trade.quantity)
        assert sum(one["fee"] for one in trade.fills) == pytest.approx(trade.fees)
    assert kinds == {"entry", "add", "part", "exit"}


def of_several(backtest: Backtest) -> Any:
    return next(trade for trade in backtest.trades.all() if trade.fills and len(trade.fills) > 3)


def test_rest_and_the_files_tell_them(alice_api: Any, scaled: Backtest) -> None:
    trade = of_several(scaled)
    address = f"/api/backtests/{scaled.pk}"
    rows = alice_api.get(f"{address}/trades?page_size=200").json()["results"]
    assert rows[trade.number - 1]["fills"] == trade.fills
    assert any(row["fills"] is None for row in rows)
    told = json.loads(alice_api.get(f"{address}/report?full=1").content)
    assert told["trades"][trade.number - 1]["fills"] == trade.fills
    page = alice_api.get(f"{address}/report?format=html").content.decode()
    assert f"{len(trade.fills)} fills of trade {trade.number}" in page


def test_the_trades_own_chart_marks_each(alice_api: Any, scaled: Backtest) -> None:
    trade = of_several(scaled)
    address = f"/api/backtests/{scaled.pk}/candles?trade={trade.number}"
    marks = alice_api.get(address).json()["markers"]
    own = [mark for mark in marks if mark["trade"] == trade.number]
    assert [mark["kind"] for mark in own] == [fill["kind"] for fill in trade.fills]
    assert [mark["buys"] for mark in own] == [fill["side"] == "buy" for fill in trade.fills]
    assert [mark["price"] for mark in own] == [fill["price"] for fill in trade.fills]
    assert own[-1]["pnl"] == trade.pnl
    assert all(one["time"] <= other["time"] for one, other in pairwise(marks))


def test_the_report_lists_them_under_their_row(
    client: Client, alice: Any, scaled: Backtest
) -> None:
    trade = of_several(scaled)
    client.force_login(alice)
    page = client.get(f"/backtests/{scaled.pk}/?trade={trade.number}").text
    assert f"{len(trade.fills)} fills of trade {trade.number}" in page
    assert "Part closed" in page
