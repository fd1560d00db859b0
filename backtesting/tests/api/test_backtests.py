"""/api/backtests: asking, watching, reading and what is refused."""

from __future__ import annotations

import csv
import io

import pytest

from backtesting.models import Backtest
from backtesting.services import backtests
from backtesting.tests.conftest import VENUE
from bots.services import strategies

BASE = "/api/backtests"


@pytest.fixture
def completed(alice, store_walk, spec) -> Backtest:
    store_walk(count=600)
    backtest = backtests.request(owner=alice, spec=spec, venue=VENUE)
    backtests.run(backtest_id=backtest.pk)
    backtest.refresh_from_db()
    return backtest


def paths(answer) -> set[str]:
    return {fault["path"] for fault in answer.json()["error"]["errors"]}


def test_a_run_is_asked_for_watched_and_cancelled(alice_api, store_walk, spec):
    store_walk(count=100)
    made = alice_api.post(BASE, {"spec": spec, "venue": VENUE, "cash": 500, "fee": 0.001})
    assert made.status_code == 201
    shown = alice_api.get(f"{BASE}/{made.json()['id']}").json()
    assert (shown["status"], shown["progress"], shown["metrics"]) == ("queued", 0.0, None)
    assert (float(shown["cash"]), float(shown["fee"])) == (500.0, 0.001)
    ended = alice_api.post(f"{BASE}/{shown['id']}/cancel")
    assert (ended.status_code, ended.json()["status"]) == (200, "cancelled")
    assert alice_api.post(f"{BASE}/{shown['id']}/cancel").status_code == 409


def test_a_stored_strategy_is_run_by_its_id(alice, alice_api, store_walk, spec):
    store_walk(count=100)
    strategy = strategies.create(owner=alice, spec=spec)
    made = alice_api.post(BASE, {"strategy": strategy.pk, "venue": VENUE}).json()
    assert (made["strategy"], made["name"]) == (strategy.pk, "EMA cross")
    strategies.delete(strategy=strategy)
    shown = alice_api.get(f"{BASE}/{made['id']}").json()
    assert shown["strategy"] is None and shown["spec"]["name"] == "EMA cross"


def test_a_stranger_cannot_run_a_private_strategy(alice, charlie_api, store_walk, spec):
    store_walk(count=100)
    strategy = strategies.create(owner=alice, spec=spec)
    refused = charlie_api.post(BASE, {"strategy": strategy.pk, "venue": VENUE})
    missing = charlie_api.post(BASE, {"strategy": 10**9, "venue": VENUE})
    assert refused.status_code == missing.status_code == 400
    assert refused.json()["error"]["errors"] == missing.json()["error"]["errors"]


#  changes to a good body, path of the fault, why
BAD = [
    ({"venue": None}, "venue", "no venue"),
    ({"venue": "../x"}, "venue", "path characters"),
    ({"spec": None}, "strategy", "neither strategy nor spec"),
    ({"strategy": 1}, "strategy", "both"),
    ({"spec": None, "strategy": "1"}, "strategy", "an id that is text"),
    ({"spec": None, "strategy": 2**70}, "strategy", "an id no table has"),
    ({"symbols": ["DOGE/USDT"]}, "symbols[0]", "unknown symbol"),
    ({"symbols": ["../../x"]}, "symbols[0]", "path characters in a symbol"),
    ({"start": "2031-01-01"}, "symbols[0]", "no candles"),
    ({"cash": 0}, "cash", "no cash"),
    ({"cash": -1}, "cash", "negative cash"),
    ({"cash": "NaN"}, "cash", "NaN"),
    ({"fee": 1}, "fee", "a fee in percent"),
    ({"slippage": []}, "slippage", "a list"),
    ({"timeframe": {}}, "timeframe", "an object"),
    ({"owner": 1}, "owner", "not the caller's to set"),
    ({"status": "completed"}, "status", "not the caller's to set"),
]


@pytest.mark.parametrize(("change", "path", "why"), BAD)
def test_a_bad_request_is_a_400_at_its_field(alice_api, store_walk, spec, change, path, why):
    store_walk(count=50)
    answer = alice_api.post(BASE, {"spec": spec, "venue": VENUE, **change})
    assert answer.status_code == 400, why
    assert path in paths(answer), why
    assert not Backtest.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"venue": "walk", "cash": NaN}', 400),
        (b"{", 400),
        (b"[1]", 400),
        (b'{"spec": "' + b"x" * 3_000_000 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(alice_api, body, status):
    answer = alice_api.post(BASE, body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["error"]["code"]


def test_a_stranger_gets_404_everywhere(charlie_api, completed):
    address = f"{BASE}/{completed.pk}"
    for after in ("", "/trades", "/trades?format=csv", "/equity", "/report", "/candles"):
        assert charlie_api.get(address + after).status_code == 404, after
    assert charlie_api.post(f"{address}/cancel").status_code == 404
    assert charlie_api.delete(address).status_code == 404
    assert charlie_api.get(BASE).json()["count"] == 0
    assert Backtest.objects.filter(pk=completed.pk).exists()


def test_trades_are_paged_sorted_and_filtered(alice_api, completed):
    address = f"{BASE}/{completed.pk}/trades"
    first = alice_api.get(f"{address}?page_size=5").json()
    assert first["count"] == completed.trades.count() > 10
    assert [row["number"] for row in first["results"]] == [1, 2, 3, 4, 5]
    best = alice_api.get(f"{address}?ordering=-pnl").json()["results"]
    assert best[0]["pnl"] == max(completed.trades.values_list("pnl", flat=True))
    stopped = alice_api.get(f"{address}?exit_reason=end_of_data").json()
    assert all(row["exit_reason"] == "end_of_data" for row in stopped["results"])
    assert alice_api.get(f"{address}?ordering=backtest__owner").status_code == 400
    assert alice_api.get(f"{address}?page_size=201").status_code == 400


@pytest.mark.parametrize("how", ["query", "header"])
def test_trades_are_a_csv_file_with_every_trade(alice_api, completed, how):
    address = f"{BASE}/{completed.pk}/trades"
    if how == "query":
        answer = alice_api.get(f"{address}?format=csv&ordering=-pnl")
    else:
        answer = alice_api.get(f"{address}?ordering=-pnl", HTTP_ACCEPT="text/csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert f"backtest-{completed.pk}-trades.csv" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == completed.trades.count()
    assert float(rows[0]["pnl"]) == max(completed.trades.values_list("pnl", flat=True))
    assert rows[0]["entry_time"].startswith("2024-01-01T")


def test_the_equity_file_has_every_candle_the_chart_at_most_2000_points(alice_api, completed):
    chart = alice_api.get(f"{BASE}/{completed.pk}/equity").json()
    assert set(chart) == {"equity", "drawdown", "exposure", "buy_and_hold"}
    assert len(chart["equity"]) == 600
    answer = alice_api.get(f"{BASE}/{completed.pk}/equity?format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == 600
    assert float(rows[-1]["equity"]) == chart["equity"][-1][1] == completed.final_equity


def test_the_report_has_the_run_its_months_and_its_exits(alice_api, completed):
    report = alice_api.get(f"{BASE}/{completed.pk}/report").json()
    assert report["backtest"]["metrics"]["total_trades"] == completed.trades.count()
    assert report["monthly_returns"][0]["year"] == 2024
    total = completed.final_equity / float(completed.cash) - 1
    assert report["monthly_returns"][0]["total"] == pytest.approx(total)
    assert sum(row["trades"] for row in report["exit_reasons"]) == completed.trades.count()


def test_candles_come_with_the_marks_of_their_trades(alice_api, completed):
    address = f"{BASE}/{completed.pk}/candles"
    chart = alice_api.get(address).json()
    assert (chart["timeframe"], len(chart["candles"])) == ("1m", 600)
    assert len(chart["markers"]) == 2 * completed.trades.count()
    times = [mark["time"] for mark in chart["markers"]]
    assert times == sorted(times)
    part = alice_api.get(f"{address}?start={completed.start_ms}&end={completed.start_ms + 600_000}")
    assert len(part.json()["candles"]) == 10
    assert alice_api.get(f"{address}?symbol=ETH/USDT").status_code == 400
    assert alice_api.get(f"{address}?start=soon").status_code == 400


@pytest.mark.parametrize("after", ["equity", "equity?format=csv", "report"])
def test_what_has_no_result_yet_says_so(alice_api, store_walk, spec, after):
    store_walk(count=50)
    made = alice_api.post(BASE, {"spec": spec, "venue": VENUE}).json()
    answer = alice_api.get(f"{BASE}/{made['id']}/{after}")
    assert answer.status_code == 409
    assert "queued" in answer.json()["error"]["message"]


def test_a_run_is_deleted_with_all_it_has(alice_api, completed):
    assert alice_api.delete(f"{BASE}/{completed.pk}").status_code == 204
    assert not Backtest.objects.exists()


def test_a_list_does_not_ask_once_per_row(alice_api, completed, django_assert_max_num_queries):
    columns = {
        field.attname: getattr(completed, field.attname)
        for field in Backtest._meta.concrete_fields
        if field.attname != "id"
    }
    Backtest.objects.bulk_create(Backtest(**columns) for _ in range(30))
    with django_assert_max_num_queries(4):  # user, count, page
        rows = alice_api.get(f"{BASE}?status=completed&ordering=-final_equity").json()["results"]
    assert len(rows) == 31
    assert rows[0]["figures"]["total_trades"] == completed.metrics["total_trades"]
