"""The life of a check: asked once, refused, cancelled, deleted, recovered."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from backtesting.models import Backtest, Check
from backtesting.services import backtests, checks
from backtesting.tests.conftest import VENUE
from backtesting.tests.test_check_findings import completed, done, found
from exchanges.models import CandleSeries
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

pytestmark = pytest.mark.django_db
assert completed, "a fixture"


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
