"""/api/backtests/{id}/report and what stands beside it: files, charts, reruns, comparison."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from backtesting.models import Backtest
from backtesting.services import backtests
from backtesting.tests.conftest import START_MS, VENUE

BASE = "/api/backtests"


@pytest.fixture
def completed(alice, store_walk, spec) -> Backtest:
    store_walk(count=3000)
    return ran(backtests.request(owner=alice, spec=spec, venue=VENUE))


def ran(backtest: Backtest) -> Backtest:
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    backtest.refresh_from_db()
    return backtest


def test_the_tables_add_up_to_the_trades(alice_api, completed):
    told = alice_api.get(f"{BASE}/{completed.pk}/report").json()
    count, pnl = completed.trades.count(), sum(completed.trades.values_list("pnl", flat=True))
    assert count > 30
    for rows in (told["exit_reasons"], told["by_symbol"]):
        assert sum(row["trades"] for row in rows) == count
        assert sum(row["pnl"] for row in rows) == pytest.approx(pnl)
    assert sum(map(sum, told["weekday_hours"]["trades"])) == count
    assert sum(map(sum, told["weekday_hours"]["pnl"])) == pytest.approx(pnl)
    assert sum(bar["count"] for bar in told["returns_distribution"]) == count
    assert len(told["excursions"]) == count
    assert all(point["mae"] <= 0 <= point["mfe"] for point in told["excursions"])


def test_the_full_json_holds_every_trade_and_the_curves(alice_api, completed):
    answer = alice_api.get(f"{BASE}/{completed.pk}/report?full=true")
    assert "attachment" in answer.headers["Content-Disposition"]
    told = answer.json()
    assert [trade["number"] for trade in told["trades"]] == list(range(1, len(told["trades"]) + 1))
    assert told["backtest"]["id"] == completed.pk and told["curves"]["equity"]
    assert told["trades"][0]["mae"] <= 0


def test_the_html_file_asks_nobody_for_anything(alice_api, completed):
    answer = alice_api.get(f"{BASE}/{completed.pk}/report?format=html")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"backtest-{completed.pk}.html" in answer.headers["Content-Disposition"]
    page = answer.content.decode()
    outside = re.findall(r"""(?:src|href|action)=["'](?!#)[^"']*|url\([^)]*|@import[^;]*""", page)
    assert outside == []
    assert "default-src 'none'" in page
    charts = json.loads(re.search(r'id="charts"[^>]*>(.*?)</script>', page, re.S)[1])
    assert len(charts["curves"]["equity"]) > 1000
    assert len(charts["candles"][0]["markers"]) == 2 * completed.trades.count()
    assert page.count('<tr id="trade-') == completed.trades.count()


def test_a_name_cannot_break_out_of_the_file(alice, alice_api, store_walk, spec):
    store_walk(count=200)
    name = "</script><script>alert(1)</script><!--"
    made = ran(backtests.request(owner=alice, spec=spec | {"name": name}, venue=VENUE))
    page = alice_api.get(f"{BASE}/{made.pk}/report?format=html").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_a_browsers_accept_header_still_gets_json(alice_api, completed):
    answer = alice_api.get(f"{BASE}/{completed.pk}/report", headers={"Accept": "text/html,*/*"})
    assert answer.headers["Content-Type"] == "application/json"


def test_rolling_lines_come_thinned_and_named(alice_api, completed):
    lines = alice_api.get(f"{BASE}/{completed.pk}/lines").json()["lines"]
    assert [line["unit"] for line in lines] == ["ratio", "fraction"]
    assert lines[0]["points"] == []  # two days have no thirty
    assert 0 < len(lines[1]["points"]) <= 400


def test_a_trade_is_shown_with_its_stop_and_target(alice_api, completed):
    trade = completed.trades.get(number=7)
    chart = alice_api.get(f"{BASE}/{completed.pk}/candles?trade=7").json()
    assert chart["timeframe"] == "1m"
    assert chart["trade"] == {"number": 7, "from": trade.entry_time_ms, "to": trade.exit_time_ms}
    assert chart["candles"][0][0] <= trade.entry_time_ms <= chart["candles"][-1][0]
    lines = {line["name"]: line["points"] for line in chart["lines"]}
    assert lines["Entry"][0] == [trade.entry_time_ms, trade.entry_price]
    assert lines["Stop"][0][1] == pytest.approx(trade.entry_price * 0.98)
    assert lines["Target"][-1] == [
        trade.exit_time_ms, pytest.approx(trade.entry_price * 1.04),
    ]  # fmt: skip
    assert [mark["kind"] for mark in chart["markers"] if mark["trade"] == 7] == ["entry", "exit"]


#  what is asked of a report's addresses, status, path of the fault
BAD = [
    ("/candles?trade=0", 404, None),
    ("/candles?trade=99999", 404, None),
    ("/candles?trade=-1", 400, "trade"),
    ("/candles?trade=²", 400, "trade"),
    ("/candles?trade=" + "9" * 30, 400, "trade"),
    ("/candles?symbol=DOGE/USDT", 400, "symbol"),
    ("/report?full=perhaps", 400, "full"),
    ("/report?format=exe", 400, "format"),
]


@pytest.mark.parametrize(("address", "status", "path"), BAD)
def test_a_bad_question_is_refused_at_its_field(alice_api, completed, address, status, path):
    answer = alice_api.get(f"{BASE}/{completed.pk}{address}")
    assert answer.status_code == status
    faults = answer.json()["error"]["errors"]
    assert path is None or [fault["path"] for fault in faults] == [path]


def test_a_run_without_a_result_has_no_report(alice, alice_api, store_walk, spec):
    store_walk(count=100)
    made = backtests.request(owner=alice, spec=spec, venue=VENUE)
    for after in ("report", "report?format=html", "report?full=1", "lines", "rerun"):
        ask = alice_api.post if after == "rerun" else alice_api.get
        answer = ask(f"{BASE}/{made.pk}/{after}")
        assert answer.status_code == 409, after
        assert "queued" in answer.json()["error"]["message"]


def test_a_stranger_finds_none_of_it(charlie_api, completed):
    for after in ("report?format=html", "report?full=1", "lines", "candles?trade=1"):
        assert charlie_api.get(f"{BASE}/{completed.pk}/{after}").status_code == 404, after
    assert charlie_api.post(f"{BASE}/{completed.pk}/rerun").status_code == 404
    assert charlie_api.get(f"{BASE}/compare?ids={completed.pk},1").status_code == 404


def test_the_same_question_is_answered_from_store_unless_forced(alice_api, completed, spec):
    body: dict[str, Any] = {"spec": spec, "venue": VENUE}
    again = alice_api.post(BASE, body)
    assert (again.status_code, again.json()["cached"]) == (200, True)
    assert again.json()["id"] == completed.pk
    forced = alice_api.post(BASE, body | {"force": True})
    assert (forced.status_code, forced.json()["cached"]) == (201, False)
    refused = alice_api.post(BASE, body | {"force": "yes", "refuse_gaps": False})
    assert refused.json()["error"]["errors"][0]["path"] == "force"
    refused = alice_api.post(BASE, body | {"refuse_gaps": "false"})
    assert refused.json()["error"]["errors"][0]["path"] == "refuse_gaps"


def test_a_rerun_tells_its_verdict(alice_api, completed):
    made = alice_api.post(f"{BASE}/{completed.pk}/rerun")
    assert made.status_code == 201 and made.json()["rerun_of"] == completed.pk
    backtests.run(backtest_id=made.json()["id"])
    shown = alice_api.get(f"{BASE}/{made.json()['id']}").json()
    assert shown["reproduction"]["identical"] is True


@pytest.fixture
def three(alice, completed, spec) -> list[Backtest]:
    """The same strategy: as it is, with a tight stop, with a fee that eats it."""
    tight = spec | {"name": "Tight", "risk": {"stop_loss": 0.002}}
    others = ({"spec": tight}, {"spec": spec, "fee": "0.01"})
    return [completed] + [ran(backtests.request(owner=alice, venue=VENUE, **one)) for one in others]


def test_runs_side_by_side(alice_api, three):
    ids = [one.pk for one in three]
    told = alice_api.get(f"{BASE}/compare?ids={','.join(map(str, ids))}").json()
    assert [run["id"] for run in told["runs"]] == ids and told["same_data"]
    rows = {row["key"]: row for row in told["metrics"]}
    returns = rows["total_return"]["values"]
    assert returns == [one.metrics["total_return"] for one in three]
    assert rows["total_return"]["best"] == [returns.index(max(returns))]
    assert rows["max_drawdown"]["best"] == [
        rows["max_drawdown"]["values"].index(max(rows["max_drawdown"]["values"]))
    ]
    assert rows["fees_paid"]["best"] == [
        rows["fees_paid"]["values"].index(min(rows["fees_paid"]["values"]))
    ]
    assert rows["total_trades"]["best"] == []  # more trades are not better
    different = {row["path"]: row["values"] for row in told["differences"]}
    assert different["spec.risk.stop_loss"] == [0.02, 0.002, 0.02]
    assert different["settings.fee_rate"][0] != different["settings.fee_rate"][2]
    assert "spec.name" not in different and "spec.timeframe" not in different


def test_their_lines_begin_at_one(alice_api, three):
    ids = ",".join(str(one.pk) for one in three)
    lines = alice_api.get(f"{BASE}/compare/lines?ids={ids}").json()["lines"]
    assert [(line["run"], line["pane"]) for line in lines] == [
        (one.pk, pane) for one in three for pane in (0, 1)
    ]
    for line in lines[::2]:
        assert line["points"][0] == [START_MS, pytest.approx(1.0)]
        assert len(line["points"]) <= 800


#  ids, status, words
BAD_IDS = [
    ("", 400, "2 to 10"),
    ("{0}", 400, "2 to 10"),
    ("{0},{0}", 400, "1 given"),
    ("1,2,3,4,5,6,7,8,9,10,11", 400, "11 given"),
    ("{0},x", 400, "must be ids"),
    ("{0},²", 400, "must be ids"),
    ("{0},999999999999999999", 404, "999999999999999999"),
]


@pytest.mark.parametrize(("ids", "status", "words"), BAD_IDS)
def test_odd_ids_are_refused_in_words(alice_api, completed, ids, status, words):
    for path in ("compare", "compare/lines"):
        answer = alice_api.get(f"{BASE}/{path}?ids={ids.format(completed.pk)}")
        assert answer.status_code == status
        assert words in answer.json()["error"]["message"]
