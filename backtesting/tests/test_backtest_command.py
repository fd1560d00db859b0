"""`manage.py backtest`: one JSON object or a report on stdout, one plain line for what is wrong."""

from __future__ import annotations

import io
import json
import math
import sys

import pytest
from django.core.management import call_command

from backtesting.core.run import run
from backtesting.tests.conftest import START_MS, VENUE
from bots.core.strategy.spec import parse
from exchanges.core.candles import resample
from exchanges.core.costs import Costs

TRADE_KEYS = {
    "side", "entry_time", "entry_price", "exit_time", "exit_price", "quantity", "pnl", "fees",
    "exit_reason",
}  # fmt: skip


@pytest.fixture
def spec_file(tmp_path, spec):
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec))
    return str(path)


def answer(*arguments: str) -> tuple[str, str]:
    """stdout and stderr of a run that went well."""
    out, err = io.StringIO(), io.StringIO()
    call_command("backtest", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def refusal(capsys):
    """Exit code and stderr of a run that was refused; it has printed nothing else."""

    def refused(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            call_command("backtest", *arguments)
        printed = capsys.readouterr()
        assert printed.out == ""
        return left.value.code, printed.err

    return refused


def test_json_is_the_cores_result_to_the_last_bit(store_walk, spec, spec_file):
    candles = store_walk(count=600)
    out, err = answer(spec_file, "--venue", VENUE, "--cash", "5000", "--fee", "0.001", "--json")
    found = json.loads(out)
    costs = Costs(fee_rate=0.001, slippage=0.0)
    expected = run(parse(spec), {"BTC/USDT": candles}, cash=5000.0, costs=costs)
    assert err == ""
    assert set(found) == {"final_equity", "metrics", "trades"}
    assert found["final_equity"] == expected.final_equity
    assert found["metrics"] == json.loads(json.dumps(expected.metrics()))
    assert len(found["trades"]) == len(expected.trades) > 10
    for trade, twin in zip(found["trades"], expected.trades, strict=True):
        assert set(trade) == TRADE_KEYS
        assert (trade["entry_time"], trade["exit_time"]) == (twin.entry_time_ms, twin.exit_time_ms)
        assert (trade["pnl"], trade["quantity"]) == (twin.pnl, twin.quantity)


def test_every_engine_prints_the_same(store_walk, spec_file):
    store_walk(count=600)
    kernel, events, reference = (
        answer(spec_file, "--venue", VENUE, "--json", "--engine", engine)[0]
        for engine in ("kernel", "events", "reference")
    )
    assert len(json.loads(kernel)["trades"]) > 10
    assert events == reference == kernel


def test_finer_candles_and_slippage_by_volume_reach_the_core(store_walk, spec, spec_file):
    minutes = store_walk(count=900)
    rest = ("--timeframe", "5m", "--cash", "100000", "--json")
    model = ("--slippage-model", "volume_share", "--volume-limit", "0.5", "--price-impact", "0.2")
    out, _ = answer(
        spec_file, "--venue", VENUE, *rest, *model, "--detail", "1m", "--fee-maker", "0.0001"
    )
    costs = Costs(
        fee_rate=0.0004, slippage_model="volume_share", volume_limit=0.5, price_impact=0.2,
        fee_rate_maker=0.0001,
    )  # fmt: skip
    spec = parse({**spec, "timeframe": "5m"})
    candles = {"BTC/USDT": resample(minutes, "5m")}
    expected = run(spec, candles, cash=100_000, costs=costs, detail={"BTC/USDT": minutes})
    found = json.loads(out)
    assert found["final_equity"] == expected.final_equity
    assert len(found["trades"]) == len(expected.trades) > 0
    plain, _ = answer(spec_file, "--venue", VENUE, *rest)
    assert json.loads(plain)["final_equity"] != found["final_equity"]


def test_the_spec_may_come_from_standard_input(store_walk, spec_file, monkeypatch):
    store_walk(count=300)
    with open(spec_file, "rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read())))
    out, _ = answer("-", "--venue", VENUE, "--json")
    assert math.isfinite(json.loads(out)["final_equity"])


def test_several_symbols_share_one_cash_pool_and_say_which_traded(store_walk, spec_file):
    store_walk("BTC/USDT", 300)
    store_walk("ETH/USDT", 300, seed=8)
    asked = ("--symbol", "BTC/USDT", "--symbol", "ETH-USDT")
    out, _ = answer(spec_file, "--venue", VENUE, *asked, "--json")
    assert {trade["symbol"] for trade in json.loads(out)["trades"]} == {"BTC/USDT", "ETH/USDT"}


def test_minutes_make_the_asked_timeframe(store_walk, spec_file):
    store_walk(count=600)
    out, _ = answer(spec_file, "--venue", VENUE, "--timeframe", "5m", "--json")
    assert all(trade["entry_time"] % 300_000 == 0 for trade in json.loads(out)["trades"])


def test_the_report_names_the_run_its_figures_and_its_doubts(store_walk, spec_file):
    store_walk(count=100)
    out, _ = answer(spec_file, "--venue", VENUE)
    for words in ("EMA cross on BTC/USDT, 1m, walk", "100 candles", "Sharpe ratio", "too few"):
        assert words in out


#  arguments after the spec, words of the one line, why
BAD = [
    ((), "--venue", "an argument that must be there"),
    (("--venue", VENUE, "--speed", "9"), "--speed", "an unknown argument"),
    (("--venue", VENUE, "--symbol", "DOGE/USDT"), "symbols[0]", "an unknown symbol"),
    (("--venue", VENUE, "--symbol", "../../x"), "symbols[0]", "path characters"),
    (("--venue", VENUE, "--cash", "nan"), "cash: must be a finite number", "NaN"),
    (("--venue", VENUE, "--cash", "0", "--fee", "x"), "fee: must be a number", "both are told"),
    (("--venue", VENUE, "--start", "2031-01-01"), "stored: 1m from 2024-01-01", "no candles"),
    (("--venue", VENUE, "--timeframe", "2m"), "timeframe", "an unknown timeframe"),
]


@pytest.mark.parametrize(("arguments", "words", "why"), BAD)
def test_bad_input_is_one_line_and_exit_2(store_walk, spec_file, refusal, arguments, words, why):
    store_walk(count=50)
    code, line = refusal(spec_file, *arguments)
    assert code == 2, why
    assert words in line, why
    assert line.count("\n") == 1, why


#  content of the spec file (None: no such file), why
BAD_FILES = [
    (None, "no file"),
    (b"", "empty"),
    (b"{", "half a file"),
    (b"[1, 2]", "a list"),
    (b"\xff\xfe", "no text"),
    (b'{"name": "' + b"x" * 70_000 + b'"}', "too large"),
    (b"[" * 50_000, "too deep"),
    (b'{"timeframe": "1m", "cash": NaN}', "no JSON number"),
]


@pytest.mark.parametrize(("content", "why"), BAD_FILES)
def test_a_bad_file_is_one_line_and_exit_2(db, tmp_path, refusal, content, why):
    path = tmp_path / "spec.json"
    if content is not None:
        path.write_bytes(content)
    code, line = refusal(str(path), "--venue", VENUE)
    assert code == 2, why
    assert line.count("\n") == 1, why


def test_a_folder_is_no_spec(db, tmp_path, refusal):
    assert refusal(str(tmp_path), "--venue", VENUE)[0] == 2


def test_reports_and_tables_are_written_to_files(store_walk, spec_file, tmp_path):
    store_walk(count=600)
    page, data, trades, equity = (
        tmp_path / name for name in ("a.html", "b.json", "t.csv", "e.csv")
    )
    files = ("--report", str(page), "--report", str(data), "--trades-csv", str(trades))
    out, _ = answer(spec_file, "--venue", VENUE, *files, "--equity-csv", str(equity), "--json")
    printed, told = json.loads(out), json.loads(data.read_text())
    assert len(told["trades"]) == len(printed["trades"])
    assert told["backtest"]["metrics"] == printed["metrics"]
    assert told["trades"][0]["pnl"] == printed["trades"][0]["pnl"]
    assert page.read_text().count('<tr id="trade-') == len(printed["trades"])
    assert len(trades.read_text().splitlines()) == len(printed["trades"]) + 1
    assert len(equity.read_text().splitlines()) == 601


#  what is asked for, words of the one line
BAD_REPORTS = [
    (("--report", "report.pdf"), ".html or .json"),
    (("--report", "/no/such/folder/r.html"), "no such folder"),
    (("--trades-csv", "/"), "no such folder, or it is one"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_REPORTS)
def test_a_file_that_cannot_be_written_is_told_first(
    store_walk, spec_file, refusal, arguments, words
):
    store_walk(count=50)
    code, line = refusal(spec_file, "--venue", VENUE, *arguments)
    assert code == 2 and words in line and line.count("\n") == 1


def test_gaps_are_refused_where_that_is_asked(store_walk, spec_file, refusal):
    store_walk(count=50)
    store_walk(count=50, start_ms=START_MS + 100 * 60_000)
    assert "1 gap" in answer(spec_file, "--venue", VENUE)[0]
    code, line = refusal(spec_file, "--venue", VENUE, "--refuse-gaps")
    assert code == 2 and "1 gap, 50 minutes without candles" in line
