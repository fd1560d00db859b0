"""Checks of a backtest: what they find, asked once, refused, cancelled, recovered."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from backtesting.core.honesty.kinds import KINDS
from backtesting.models import Backtest, Check
from backtesting.services import backtests, checks
from backtesting.tests.conftest import VENUE
from exchanges.models import CandleSeries
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

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


def test_the_same_question_is_answered_once(completed: Backtest) -> None:
    first, stored = checks.request(backtest=completed, kind="monte_carlo", settings={"paths": 50})
    waiting, known = checks.request(
        backtest=completed, kind="monte_carlo", settings={"paths": "50", "seed": 0.0}
    )
    assert (stored, known, waiting.pk) == (False, True, first.pk)
    checks.run(check_id=first.pk)
    again, known = checks.request(backtest=completed, kind="monte_carlo", settings={"paths": 50})
    assert (again.pk, again.status, known) == (first.pk, "completed", True)
    forced, known = checks.request(
        backtest=completed, kind="monte_carlo", settings={"paths": 50}, force=True
    )
    assert (forced.status, known, Check.objects.count()) == ("queued", False, 1)
    Check.objects.update(status="completed", result={}, finished_at=clock.now(), code_version="1")
    _, known = checks.request(backtest=completed, kind="monte_carlo", settings={"paths": 50})
    assert not known, "another version of the program may answer otherwise"


#  kind, settings given, path of the fault, why
BAD = [
    ("palmistry", None, "kind", "unknown"),
    (["monte_carlo"], None, "kind", "no text"),
    ("monte_carlo", [], "settings", "no object"),
    ("monte_carlo", {"paths": 0}, "settings.paths", "too few"),
    ("monte_carlo", {"paths": 1e300}, "settings.paths", "too many"),
    ("monte_carlo", {"paths": "NaN"}, "settings.paths", "no number"),
    ("monte_carlo", {"paths": True}, "settings.paths", "a truth"),
    ("monte_carlo", {"paths": 2.5}, "settings.paths", "a fraction of a path"),
    ("monte_carlo", {"method": "prayer"}, "settings.method", "unknown choice"),
    ("monte_carlo", {"path": 5}, "settings.path", "unknown setting"),
    ("sensitivity", {"delays": "1,2,x"}, "settings.delays", "not all numbers"),
    ("sensitivity", {"delays": [0.5]}, "settings.delays", "half a candle"),
    ("sensitivity", {"delays": []}, "settings.delays", "empty"),
    ("sensitivity", {"slippages": [0.5]}, "settings.slippages", "half the price"),
    ("sensitivity", {"fee_factors": list(range(30))}, "settings.fee_factors", "too many"),
    ("walk_forward", {"folds": 50, "train_share": 0.95, "mode": 1}, "settings.mode", "no text"),
    ("walk_forward", {"params": ["fast.period"]}, "settings.params", "no range"),
    ("walk_forward", {"params": ["nothing.period=1:2:1"]}, "settings.params", "leads nowhere"),
    ("walk_forward", {"params": ["risk.stop_loss=0.01:0.02"]}, "settings.params", "no end"),
    ("walk_forward", {"params": ["fast.period=2:9999:1"]}, "settings.params", "too many"),
    ("walk_forward", {"params": [1]}, "settings.params", "no text"),
]


@pytest.mark.parametrize(("kind", "given", "path", "why"), BAD)
def test_bad_input_names_its_field(
    completed: Backtest, kind: Any, given: Any, path: str, why: str
) -> None:
    with pytest.raises(BadInput) as caught:
        checks.request(backtest=completed, kind=kind, settings=given)
    assert path in [fault.path for fault in caught.value.faults], why
    assert not Check.objects.exists()


def test_too_many_windows_for_the_candles(alice: Any, store_walk: Any, spec: Any) -> None:
    store_walk(count=45)
    with pytest.raises(BadInput) as caught:
        checks.request(backtest=done(alice, spec), kind="walk_forward", settings={"folds": 50})
    assert [fault.path for fault in caught.value.faults] == ["settings.folds"]


def test_only_a_completed_backtest_is_checked(alice: Any, store_walk: Any, spec: Any) -> None:
    store_walk(count=100)
    waiting = backtests.request(owner=alice, spec=spec, venue=VENUE)
    with pytest.raises(Conflict, match="queued: only a completed one"):
        checks.request(backtest=waiting, kind="look_ahead")


def test_candles_that_are_gone_are_said_to_be_gone(completed: Backtest) -> None:
    CandleSeries.objects.all().delete()
    check, _ = checks.request(backtest=completed, kind="look_ahead")
    assert checks.run(check_id=check.pk) == "failed"
    check.refresh_from_db()
    assert "no longer stored" in check.error and "symbols[0]" in check.error
    # The trades are still there, and need no candles.
    assert found(completed, "monte_carlo", paths=20)["trades"] > 0


def test_candles_that_came_later_are_told(completed: Backtest) -> None:
    Backtest.objects.update(candles=completed.candles - 1)
    completed.refresh_from_db()
    assert "have changed" in found(completed, "sensitivity")["notes"][0]
    Backtest.objects.update(candles=2000, final_equity=1.0)
    completed.refresh_from_db()
    fresh, _ = checks.request(backtest=completed, kind="sensitivity", force=True)
    checks.run(check_id=fresh.pk)
    fresh.refresh_from_db()
    assert "instead of 1.00" in fresh.result["notes"][0]


def test_a_waiting_check_is_cancelled_at_once_and_a_running_one_when_it_looks(
    completed: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, _ = checks.request(backtest=completed, kind="look_ahead")
    assert checks.cancel(check=check).status == "cancelled"
    with pytest.raises(Conflict):
        checks.cancel(check=check)
    again, known = checks.request(backtest=completed, kind="look_ahead")
    assert not known

    def asked_while_running(*_arguments: Any) -> None:
        running = Check.objects.get(pk=again.pk)
        assert checks.cancel(check=running).stage == "cancelling"
        _arguments[3]("next stage")

    monkeypatch.setattr(checks, "find", asked_while_running)
    assert checks.run(check_id=again.pk) == "cancelled"


def test_a_check_that_is_deleted_while_it_runs_stores_nothing(
    completed: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, _ = checks.request(backtest=completed, kind="look_ahead")

    def gone(*_arguments: Any) -> dict[str, Any]:
        Check.objects.all().delete()
        return {}

    monkeypatch.setattr(checks, "find", gone)
    assert checks.run(check_id=check.pk) == "deleted"


def test_a_fault_of_ours_is_said_and_not_shown(
    completed: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, _ = checks.request(backtest=completed, kind="look_ahead")

    def broken(*_arguments: Any) -> None:
        raise RuntimeError("secret path")

    monkeypatch.setattr(checks, "find", broken)
    assert checks.run(check_id=check.pk) == "failed"
    check.refresh_from_db()
    assert check.error == checks.OUR_FAULT


def test_a_dead_workers_check_is_tried_once_more_then_fails(completed: Backtest) -> None:
    check, _ = checks.request(backtest=completed, kind="look_ahead")
    row = Check.objects.filter(pk=check.pk)
    past = clock.now() - timedelta(seconds=1)
    for expected in ("queued", "failed"):
        assert checks._claim(check.pk, uuid.uuid4())
        assert checks.recover() == 0, "its lease runs"
        row.update(lease_until=past)
        assert checks.recover() == 1
        assert row.get().status == expected
    assert "died 2 times" in row.get().error


def test_a_lost_message_is_sent_again(completed: Backtest, monkeypatch: pytest.MonkeyPatch) -> None:
    check, _ = checks.request(backtest=completed, kind="look_ahead")
    Check.objects.update(enqueued_at=clock.now() - timedelta(minutes=10))
    checks.recover()
    assert Check.objects.get(pk=check.pk).enqueued_at > clock.now() - timedelta(minutes=1)


def test_a_user_has_so_many_at_once(completed: Backtest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "ACTIVE_PER_USER_MAX", 1)
    checks.request(backtest=completed, kind="look_ahead")
    with pytest.raises(Conflict, match="let one finish"):
        checks.request(backtest=completed, kind="warm_up")
