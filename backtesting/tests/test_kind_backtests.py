"""Backtests of kinds of bots: service, REST and command line give the core's result."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from backtesting.core.events.run_kind import run_kind
from backtesting.models import Backtest
from backtesting.selectors.trade_charts import trade_chart
from backtesting.services import backtests, checks
from backtesting.tests.conftest import START_MS, VENUE
from bots.core.kinds import KINDS
from bots.core.kinds.base import read
from exchanges.core.costs import Costs
from foundation.lib.errors import BadInput

BASE = "/api/backtests"
GRID = {"lower": 95.0, "upper": 105.0, "levels": 9}
ASKED = {
    "venue": VENUE, "kind": "grid", "params": GRID, "symbols": ["BTC/USDT"], "timeframe": "1m",
    "cash": 1000, "fee": 0.001,
}  # fmt: skip


def test_a_stored_grid_is_the_cores_result(alice, alice_api, store_walk):
    candles = store_walk(count=3000)
    made = alice_api.post(BASE, ASKED)
    assert (made.status_code, made.json()["name"]) == (201, "Grid")
    pk = made.json()["id"]
    assert backtests.run(backtest_id=pk) == "completed"
    shown = alice_api.get(f"{BASE}/{pk}").json()
    values, _ = read(KINDS["grid"], GRID, allocation=1000.0)
    expected = run_kind(
        KINDS["grid"], values, {"BTC/USDT": candles}, cash=1000.0, costs=Costs(fee_rate=0.001)
    )
    assert len(expected.fills) > 5
    assert shown["final_equity"] == expected.final_equity
    assert shown["metrics"] == json.loads(json.dumps(expected.metrics()))
    assert (shown["spec"]["kind"], shown["spec"]["params"]) == ("grid", GRID)
    (few,) = [one for one in shown["warnings"] if one["code"] == "few_trades"]
    assert few["value"] == sum(bool(fill.reason) for fill in expected.fills)
    rows = alice_api.get(f"{BASE}/{pk}/trades").json()["results"]
    assert len(rows) == min(len(expected.trades), len(rows)) > 0
    backtest = Backtest.objects.get(pk=pk)
    assert trade_chart(backtest, 1)["lines"][0]["name"] == "Entry"


def test_the_same_question_is_answered_from_store_and_another_is_run(alice_api, store_walk):
    store_walk(count=500)
    first = alice_api.post(BASE, ASKED).json()
    backtests.run(backtest_id=first["id"])
    again = alice_api.post(BASE, ASKED)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    other = alice_api.post(BASE, ASKED | {"params": GRID | {"levels": 8}})
    assert other.status_code == 201
    assert other.json()["spec_fingerprint"] != first["spec_fingerprint"]


def test_a_rerun_comes_out_identical(alice, store_walk):
    store_walk(count=500)
    made, _ = backtests.ask(owner=alice, **ASKED)
    backtests.run(backtest_id=made.pk)
    made.refresh_from_db()
    rerun = backtests.rerun(backtest=made)
    backtests.run(backtest_id=rerun.pk)
    rerun.refresh_from_db()
    assert rerun.reproduction["identical"] is True


def test_signals_are_events_of_the_request(alice_api, store_walk):
    store_walk(count=60)
    events = [
        {"id": "1", "time_ms": START_MS + 5 * 60_000, "action": "buy"},
        {"id": "2", "time_ms": START_MS + 20 * 60_000, "action": "close"},
    ]
    body = ASKED | {"kind": "signal", "params": {"size": 0.5}, "events": events}
    made = alice_api.post(BASE, body).json()
    backtests.run(backtest_id=made["id"])
    (trade,) = alice_api.get(f"{BASE}/{made['id']}/trades").json()["results"]
    assert [trade["entry_time"], trade["exit_time"]] == [e["time_ms"] for e in events]


def test_a_portfolio_runs_on_the_symbols_of_its_weights(alice_api, store_walk):
    store_walk(count=300)
    store_walk("ETH/USDT", count=300, seed=8)
    weights = {"weights": {"ETH/USDT": 0.5, "BTC/USDT": 0.5}, "threshold": 0.005}
    body = ASKED | {"kind": "rebalance", "params": weights, "symbols": ["BTC/USDT"]}
    made = alice_api.post(BASE, body).json()
    assert made["symbols"] == ["BTC/USDT", "ETH/USDT"]
    backtests.run(backtest_id=made["id"])
    shown = alice_api.get(f"{BASE}/{made['id']}").json()
    assert shown["status"] == "completed" and shown["metrics"]["fees_paid"] > 0


def test_a_triangle_runs_on_money_of_three_currencies(alice_api, store_walk):
    for seed, symbol in enumerate(("BTC/USDT", "ETH/USDT", "ETH/BTC")):
        store_walk(symbol, count=60, seed=seed)
    params = {"first": "BTC/USDT", "second": "ETH/USDT", "cross": "ETH/BTC", "amount": 100.0}
    made = alice_api.post(BASE, ASKED | {"kind": "triangle", "params": params}).json()
    assert made["symbols"] == ["BTC/USDT", "ETH/USDT", "ETH/BTC"]
    assert backtests.run(backtest_id=made["id"]) == "completed"
    shown = alice_api.get(f"{BASE}/{made['id']}").json()
    # All three cost about 100 here: an ETH is worth 100 BTC, so that each round is a win.
    assert shown["final_equity"] > 2000
    (first, *_) = alice_api.get(f"{BASE}/{made['id']}/trades").json()["results"]
    assert first["entry_time"] == first["exit_time"]


EVENT = {"id": "1", "time_ms": START_MS, "action": "buy"}
SIGNAL = {"kind": "signal", "params": {}}
#  changes to a good body, path of the fault, words in it
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"params": GRID | {"lower": 200.0}}, "params.lower", "must be below the highest line, 105"),
    ({"params": GRID | {"lower": "95"}}, "params.lower", "must be a number"),
    ({"params": GRID | {"lower": 10**400}}, "params.lower", "must be a number"),
    ({"params": GRID | {"levels": 150}}, "params.levels", "a purchase and a sale cost 0.200%"),
    ({"params": GRID | {"stops": 1}}, "params.stops", "is not known"),
    ({"params": [1]}, "params", "must be an object"),
    ({"params": None}, "params.lower", "is missing"),
    ({"kind": "hodl"}, "kind", "must be one of: dca, grid"),
    ({"kind": ["grid"]}, "kind", "must be one of"),
    ({"kind": "dca", "params": {"base_amount": 900, "safety_amount": 100}}, "params.safety_count",
     "make 1,400.00; the bot has 1,000.00"),
    ({"spec": {}}, "strategy", "give either"),
    ({"kind": None}, "strategy", "a kind of bot"),
    ({"timeframe": None}, "timeframe", "must be one of"),
    ({"symbols": []}, "symbols", "name a symbol"),
    ({"symbols": ["x"]}, "symbols[0]", "must be like BTC/USDT"),
    ({"symbols": ["BTC/USDT:USDT"]}, "symbols", "is a contract"),
    ({"symbols": ["DOGE/USDT"]}, "symbols[0]", "there are: BTC/USDT"),
    ({"symbols": ["BTC/USDT", "ETH/USDT"]}, "symbols", "trades BTC/USDT and nothing else"),
    ({"events": [EVENT]}, "events", "hears of none"),
    (SIGNAL, "events", "acts on events only"),
    (SIGNAL | {"events": [EVENT, {"id": 1}]}, "events[1]", "time_ms"),
    (SIGNAL | {"events": [EVENT | {"note": "x" * 5000}]}, "events[0]", "4,000 characters"),
    ({"kind": "rebalance", "params": {"weights": {"..": 0.5}}}, "params", "not a symbol"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "words"), BAD)
def test_what_cannot_be_run_is_named(change, path, words, alice_api, store_walk):
    store_walk(count=60)
    refused = alice_api.post(BASE, ASKED | change)
    assert refused.status_code == 400
    found = {one["path"]: one["message"] for one in refused.json()["error"]["errors"]}
    assert words in found[path]
    assert not Backtest.objects.exists()


def test_only_checks_of_trades_can_look_at_a_kind(alice, store_walk):
    store_walk(count=3000)
    made, _ = backtests.ask(owner=alice, **ASKED)
    backtests.run(backtest_id=made.pk)
    made.refresh_from_db()
    with pytest.raises(BadInput, match="Grid bot has no conditions"):
        checks.request(backtest=made, kind="look_ahead")
    check, _ = checks.request(backtest=made, kind="monte_carlo")
    assert check.pk


def test_the_command_runs_a_kind(store_walk, tmp_path, capsys):
    store_walk(count=500)
    params = tmp_path / "grid.json"
    params.write_text(json.dumps(GRID))
    arguments = ("--kind", "grid", "--params", str(params), "--venue", VENUE,
                 "--symbol", "BTC/USDT", "--timeframe", "1m", "--cash", "1000")  # fmt: skip
    out = io.StringIO()
    call_command("backtest", *arguments, "--json", stdout=out)
    assert json.loads(out.getvalue())["metrics"]["total_trades"] > 0
    out = io.StringIO()
    call_command("backtest", *arguments, stdout=out)
    assert out.getvalue().startswith("Grid on BTC/USDT, 1m, walk")
    params.write_text("{")
    with pytest.raises(SystemExit) as left:
        call_command("backtest", *arguments)
    assert left.value.code == 2
    assert "grid.json is not JSON" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        call_command("backtest", "--venue", VENUE)
    assert "give either a SPEC.json or --kind" in capsys.readouterr().err
