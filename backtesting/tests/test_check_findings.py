"""What each check of a backtest finds."""

from __future__ import annotations

from typing import Any

import pytest

from backtesting.core.honesty.kinds import KINDS
from backtesting.models import Backtest, Check
from backtesting.services import backtests, checks
from backtesting.tests.conftest import VENUE
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db
TONES = {"good", "warning", "bad"}
EXTRA = {
    "look_ahead": {"cuts", "compared", "leaks"},
    "warm_up": {"scored", "assumed", "enough", "rows"},
    "monte_carlo": {"method", "paths", "trades", "loss", "ruin", "percentiles", "fan"},
    "sensitivity": {"base", "rows"},
    "out_of_sample": {"metric", "cash", "folds", "joined", "efficiency", "equity"},
    "walk_forward": {"metric", "cash", "folds", "joined", "efficiency", "equity"},
}
PARAMS = ["fast.period=2:4:1", "slow.period=6:10:2"]


@pytest.fixture
def completed(alice: Any, store_walk: Any, spec: dict[str, Any]) -> Backtest:
    """A week of five-minute candles."""
    store_walk(count=2000, timeframe="5m")
    return done(alice, {**spec, "timeframe": "5m"})


def done(owner: Any, spec: dict[str, Any], **asked: Any) -> Backtest:
    backtest = backtests.request(owner=owner, spec=spec, venue=VENUE, **asked)
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    backtest.refresh_from_db()
    return backtest


def found(backtest: Backtest, kind: str, **settings: Any) -> dict[str, Any]:
    check, _ = checks.request(backtest=backtest, kind=kind, settings=settings)
    assert checks.run(check_id=check.pk) == "completed", Check.objects.get(pk=check.pk).error
    check.refresh_from_db()
    assert check.result["verdict"]["tone"] in TONES
    return check.result


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_answers_with_a_verdict_and_its_figures(completed: Backtest, kind: str) -> None:
    result = found(completed, kind)
    assert set(result) == {"verdict", "notes"} | EXTRA[kind]
    assert result["verdict"]["text"].endswith(".") and result["notes"] == []


def test_our_signals_know_no_future_and_need_little_past(completed: Backtest) -> None:
    assert found(completed, "look_ahead")["leaks"] == []
    warm = found(completed, "warm_up")
    assert warm["enough"] <= warm["assumed"]


def test_a_short_history_is_compared_as_far_as_it_goes(
    alice: Any, store_walk: Any, spec: dict[str, Any]
) -> None:
    store_walk(count=240)
    result = found(done(alice, spec), "warm_up")
    assert [row["candles"] for row in result["rows"]] == [50, 100]
    assert result["scored"] == 60 and "only its last 60" in result["notes"][0]


def test_a_strategy_without_memory_needs_no_warm_up(
    alice: Any, store_walk: Any, spec: dict[str, Any]
) -> None:
    store_walk(count=900)
    above = {"all": [{"left": "close", "op": ">", "right": 100}]}
    below = {"all": [{"left": "close", "op": "<", "right": 100}]}
    plain = {**spec, "indicators": [], "buy_conditions": above, "sell_conditions": below}
    result = found(done(alice, plain), "warm_up")
    assert (result["enough"], result["assumed"]) == (0, 0)
    assert result["verdict"]["tone"] == "good"


def test_the_fan_holds_the_run_itself(completed: Backtest) -> None:
    result = found(completed, "monte_carlo", method="order", paths=300)
    fan = result["fan"]
    assert fan["trade"][-1] == result["trades"] == completed.metrics["total_trades"]
    assert fan["own"][-1] == pytest.approx(completed.final_equity)
    # Shuffled, the same trades end in the same place.
    ends = [band[-1] for band in fan["bands"].values()]
    assert ends == pytest.approx([completed.final_equity] * 5)


def test_more_fee_leaves_less_and_the_run_as_it_was_is_the_base(completed: Backtest) -> None:
    result = found(completed, "sensitivity", fee_factors="2, 0,1", delays=[0, 1])
    fees = [row["final_equity"] for row in result["rows"] if row["name"] == "fee"]
    assert fees == sorted(fees, reverse=True) and len(fees) == 3
    assert result["base"]["final_equity"] == completed.final_equity == fees[1]
    late = [row for row in result["rows"] if row["name"] == "delay"]
    assert late[0]["final_equity"] == completed.final_equity != late[1]["final_equity"]


def test_a_run_with_finer_candles_and_a_makers_fee_is_repeated_as_it_was(
    alice: Any, store_walk: Any, spec: dict[str, Any]
) -> None:
    store_walk(count=3000)
    run = done(
        alice, {**spec, "timeframe": "5m"}, detail="1m", fee_maker="0.0001",
        slippage_model="spread", slippage="0.0004",
    )  # fmt: skip
    result = found(run, "sensitivity", fee_factors=[1], slippages=[0.0004], delays=[0])
    assert {row["final_equity"] for row in [result["base"], *result["rows"]]} == {run.final_equity}
    assert result["notes"] == []
    assert found(run, "walk_forward", folds=2)["joined"]["total_trades"] > 0


@pytest.mark.parametrize("mode", ["rolling", "anchored"])
def test_each_window_chooses_in_its_past_and_is_judged_after_it(
    completed: Backtest, mode: str
) -> None:
    result = found(
        completed, "walk_forward", mode=mode, folds=3, params=PARAMS, metric="total_return"
    )
    folds = result["folds"]
    assert [fold["tried"] for fold in folds] == [9, 9, 9]
    assert all(set(fold["values"]) == {"fast.period", "slow.period"} for fold in folds)
    starts = {fold["train_start_ms"] for fold in folds}
    assert len(starts) == (1 if mode == "anchored" else 3)
    assert folds[-1]["test_end_ms"] == completed.end_ms
    grown = 1.0
    for fold in folds:
        grown *= 1 + fold["test"]["total_return"]
    assert result["joined"]["total_return"] == pytest.approx(grown - 1)
    assert result["joined"]["total_trades"] == sum(fold["test"]["total_trades"] for fold in folds)


def test_an_optimum_without_trades_is_none(
    alice: Any, store_walk: Any, spec: dict[str, Any]
) -> None:
    store_walk(count=900)
    never = {**spec, "buy_conditions": {"all": [{"left": "close", "op": "<", "right": 1}]}}
    silent = done(alice, never)
    result = found(silent, "walk_forward", params=["fast.period=2:4:1"], folds=2)
    assert [fold["values"] for fold in result["folds"]] == [None, None]
    assert "no optimum" in result["verdict"]["text"]
    for kind in ("monte_carlo", "sensitivity"):
        with pytest.raises(BadInput, match="no trades"):
            checks.request(backtest=silent, kind=kind)
