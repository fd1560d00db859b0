"""`manage.py optimize`: one JSON object or a table on stdout, progress on stderr."""

from __future__ import annotations

import io
import json
from itertools import pairwise

import pytest
from django.core.management import call_command

from backtesting.core.run import run
from backtesting.models import Optimization
from backtesting.tests.conftest import VENUE
from bots.core.strategy.spec import parse
from exchanges.core.costs import Costs

RANGES = ("--param", "fast.period=2:5:1", "--param", "slow.period=8:12:2")


@pytest.fixture
def spec_file(tmp_path, spec):
    spec["timeframe"] = "15m"
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec))
    return str(path)


@pytest.fixture
def candles(store_walk):
    return store_walk(count=900, timeframe="15m")


def answer(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("optimize", *arguments, "--venue", VENUE, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_json_has_every_trial_and_the_best_is_a_backtests_result(candles, spec, spec_file):
    out, err = answer(spec_file, *RANGES, "--metric", "sharpe", "--json")
    found = json.loads(out)
    assert (found["method"], found["combinations"], len(found["trials"])) == ("grid", 12, 12)
    best = found["best"]
    assert best["scores"][0] == max(one["scores"][0] for one in found["trials"])
    for indicator, name in zip(spec["indicators"], ("fast.period", "slow.period"), strict=True):
        indicator["params"]["period"] = best["values"][name]
    costs = Costs(fee_rate=0.0004, slippage=0.0)
    alone = run(parse(spec), {"BTC/USDT": candles}, cash=10_000.0, costs=costs)
    assert best["metrics"]["sharpe"] == pytest.approx(alone.metrics()["sharpe"], rel=1e-12)
    assert best["metrics"]["total_trades"] == alone.metrics()["total_trades"]
    assert 0 <= found["verdict"]["overfitting"]["probability"] <= 1
    assert "12/12 100%" in err
    assert not Optimization.objects.exists()


def test_a_walk_forward_chooses_before_and_tests_after(candles, spec_file):
    out, err = answer(spec_file, *RANGES, "--metric", "sharpe", "--walk-forward", "3", "--json")
    folds = json.loads(out)["walk_forward"]
    assert len(folds) == 3
    for one, after in pairwise(folds):
        assert one["train_start"] < one["train_end"] < one["test_end"] == after["train_end"]
    assert all(set(one["test_metrics"]) > set(one["best"]["metrics"]) for one in folds)
    assert "48/48" in err


def test_a_walk_forward_says_what_the_check_of_that_name_says(candles, spec_file):
    """Two commands, one walk: the same sets chosen, the same figures after them."""
    walk = ("--metric", "total_return", "--walk-forward", "3")
    found = json.loads(answer(spec_file, *RANGES, *walk, "--json")[0])
    out = io.StringIO()
    call_command(
        "honesty", spec_file, *RANGES, "--venue", VENUE, "--kind", "walk_forward", "--json",
        "--folds", "3", "--metric", "total_return", stdout=out, stderr=io.StringIO(),
    )  # fmt: skip
    checked = json.loads(out.getvalue())
    for fold, other in zip(found["walk_forward"], checked["folds"], strict=True):
        assert fold["best"]["values"] == other["values"]
        for part in ("train", "test"):
            assert other[part].items() <= fold[f"{part}_metrics"].items()
    told = found["walk_forward_result"]
    for key in ("joined", "efficiency", "verdict"):
        assert told[key] == checked[key]
    assert told["verdict"]["text"] in answer(spec_file, *RANGES, *walk)[0]


def test_people_read_a_table_and_how_much_is_luck(candles, spec_file):
    out, _ = answer(
        spec_file, *RANGES, "--metric", "total_return", "--trials", "6", "--seed", "4",
        "--constraint", "fast.period < slow.period", "--walk-forward", "2",
    )  # fmt: skip
    assert "6 trials of 12 combinations by tpe" in out
    assert "probability of backtest overfitting" in out
    assert "walk-forward" in out


def test_no_trades_is_no_optimum(candles, spec, spec_file, tmp_path):
    spec["buy_conditions"] = {"all": [{"left": "close", "op": "<", "right": 0}]}
    path = tmp_path / "never.json"
    path.write_text(json.dumps(spec))
    out, _ = answer(str(path), *RANGES, "--json")
    found = json.loads(out)
    assert (found["best"], found["verdict"]) == (None, None)
    assert "there is no optimum" in answer(str(path), *RANGES)[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "parameters: say which numbers"),
        (("--param", "fast.period"), "parameters[0]: is no range"),
        (("--param", "fast.period=1:2000", "--param", "slow.period=1:2000"), "4,000,000"),
        ((*RANGES, "--metric", "luck"), "objectives[0].metric"),
        ((*RANGES, "--method", "magic"), "--method"),
        ((*RANGES, "--trials", "x"), "trials: must be a whole number"),
        ((*RANGES, "--walk-forward", "99"), "folds: must be from 1 to 50"),
        ((*RANGES, "--detail", "1m"), "detail: "),
    ],
)
def test_bad_input_is_one_plain_line_and_exit_2(candles, spec_file, capsys, arguments, words):
    with pytest.raises(SystemExit) as left:
        call_command("optimize", spec_file, "--venue", VENUE, *arguments)
    printed = capsys.readouterr()
    assert (left.value.code, printed.out) == (2, "")
    assert words in printed.err
    assert len(printed.err.strip().splitlines()) == 1
