"""The life of a backtest: every edge of the table, by one worker at a time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from backtesting.core.run import run
from backtesting.models import Backtest, BacktestCurves
from backtesting.models.backtest import advance
from backtesting.services import backtests, progress
from backtesting.services.states import LEASE, Status
from backtesting.tests.conftest import VENUE
from bots.core.strategy.spec import parse
from exchanges.core.candles import resample
from exchanges.core.costs import Costs
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

ALLOWED = {
    ("queued", "running"),
    ("queued", "cancelled"),
    ("queued", "failed"),
    ("running", "completed"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("running", "queued"),
}


@pytest.fixture
def requested(alice, store_walk, spec):
    """requested() asks for a run of Alice's on 600 candles."""
    candles = store_walk(count=600)

    def ask(**changes):
        return backtests.request(**{"owner": alice, "spec": spec, "venue": VENUE, **changes})

    ask.candles = candles
    return ask


def claimed(backtest: Backtest, *, lease: timedelta = LEASE, attempt: int = 1) -> uuid.UUID:
    """As a worker that runs it would leave it."""
    claim = uuid.uuid4()
    Backtest.objects.filter(pk=backtest.pk).update(
        status="running", claim=claim, lease_until=clock.now() + lease, attempt=attempt
    )
    return claim


@pytest.mark.parametrize(("status", "new"), list(product(Status.values, Status.values)))
def test_an_edge_that_is_not_in_the_table_does_not_exist(status, new):
    if (status, new) in ALLOWED:
        assert advance(status, new) == new
    else:
        with pytest.raises(Conflict):
            advance(status, new)


#  columns that contradict each other, name of the constraint
CONTRADICTIONS = [
    ({"status": "running"}, "backtest_claimed_while_running"),
    ({"claim": uuid.uuid4()}, "backtest_claimed_while_running"),
    ({"status": "completed", "finished_at": clock.now()}, "backtest_completed_has_result"),
    ({"status": "failed", "finished_at": clock.now()}, "backtest_failed_says_why"),
    ({"status": "cancelled"}, "backtest_finished_when_over"),
    ({"status": "paused"}, "backtest_"),
    ({"progress": 1.5}, "backtest_progress_fraction"),
    ({"cash": Decimal(0)}, "backtest_cash_above_zero"),
    ({"end_ms": 0}, "backtest_range_not_empty"),
]


@pytest.mark.parametrize(("columns", "constraint"), CONTRADICTIONS)
def test_the_database_refuses_a_row_that_contradicts_itself(requested, columns, constraint):
    backtest = requested()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Backtest.objects.filter(pk=backtest.pk).update(**columns)


def test_a_requested_run_waits_with_its_own_copy_of_everything(requested, spec):
    backtest = requested(cash="2500", fee="0.001", slippage="0.0005", timeframe="5m")
    assert (backtest.status, backtest.progress, backtest.attempt) == ("queued", 0.0, 0)
    assert backtest.spec["timeframe"] == backtest.timeframe == "5m"
    assert (backtest.cash, backtest.fee_rate) == (Decimal(2500), Decimal("0.001"))
    assert backtest.spec_fingerprint and backtest.symbols == ["BTC/USDT"]


def test_a_run_stores_exactly_what_the_core_found(requested, spec):
    backtest = requested()
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    backtest.refresh_from_db()
    candles = {"BTC/USDT": requested.candles}
    expected = run(parse(spec), candles, cash=10_000.0, costs=Costs(fee_rate=0.0004, slippage=0.0))
    assert backtest.final_equity == expected.final_equity
    assert backtest.metrics["sharpe"] == expected.metrics()["sharpe"]
    assert (backtest.progress, backtest.candles, backtest.attempt) == (1.0, 600, 1)
    assert len(backtest.data_fingerprint) == 64 and "+" in backtest.code_version
    assert backtest.started_at <= backtest.finished_at
    stored = list(backtest.trades.values_list("number", "entry_price", "pnl", "exit_reason"))
    assert stored == [
        (number, trade.entry_price, trade.pnl, trade.exit_reason)
        for number, trade in enumerate(expected.trades, start=1)
    ]
    assert BacktestCurves.objects.get(pk=backtest.pk).points == 600


def test_a_run_fills_as_it_was_asked_to(requested, spec):
    asked = {"slippage_model": "volume_share", "volume_limit": "0.5", "fee_maker": 0.0001}
    backtest = requested(timeframe="5m", detail="1m", **asked)
    kept = {"slippage_model": "volume_share", "volume_limit": "0.5", "fee_maker": "0.0001"}
    assert backtest.settings == kept | {"detail": "1m"}
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    backtest.refresh_from_db()
    minutes = requested.candles
    costs = Costs(slippage_model="volume_share", volume_limit=0.5, fee_rate_maker=0.0001)
    expected = run(
        parse({**spec, "timeframe": "5m"}), {"BTC/USDT": resample(minutes, "5m")},
        cash=10_000.0, costs=costs, detail={"BTC/USDT": minutes},
    )  # fmt: skip
    assert backtest.final_equity == expected.final_equity
    assert requested().settings == {}


def test_the_same_candles_have_the_same_fingerprint_other_ones_another(requested):
    first, again, other = requested(), requested(), requested(end="2024-01-01T09:00")
    for backtest in (first, again, other):
        backtests.run(backtest_id=backtest.pk)
        backtest.refresh_from_db()
    assert first.data_fingerprint == again.data_fingerprint != other.data_fingerprint


def test_a_second_delivery_of_the_message_does_nothing(requested):
    backtest = requested()
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    assert backtests.run(backtest_id=backtest.pk) == "not queued"
    assert backtests.run(backtest_id=10**9) == "not queued"
    assert Backtest.objects.get(pk=backtest.pk).attempt == 1


def test_a_waiting_run_is_cancelled_at_once(requested):
    backtest = backtests.cancel(backtest=requested())
    assert (backtest.status, backtest.finished_at is not None) == ("cancelled", True)
    assert backtests.run(backtest_id=backtest.pk) == "not queued"


def test_a_cancel_is_heard_between_two_chunks(requested, monkeypatch):
    monkeypatch.setattr(progress, "WRITE_EVERY_MS", 0)
    backtest = requested()
    heard = progress.Reporter.__call__

    def cancel_meanwhile(self, fraction):
        if fraction > 0.5:
            backtests.cancel(backtest=Backtest.objects.get(pk=backtest.pk))
        heard(self, fraction)

    monkeypatch.setattr(progress.Reporter, "__call__", cancel_meanwhile)
    assert backtests.run(backtest_id=backtest.pk) == "cancelled"
    backtest.refresh_from_db()
    assert backtest.stage == "cancelled" and not backtest.trades.exists()


def test_progress_is_told_after_each_indicator_and_only_rises(requested, monkeypatch):
    told: list[float] = []
    monkeypatch.setattr(progress.Reporter, "__call__", lambda _self, part: told.append(part))
    backtests.run(backtest_id=requested().pk)
    assert told == sorted(told)
    assert len(told) >= 4  # candles, two indicators, the simulation
    assert told[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_is_over_cannot_be_cancelled(requested, status):
    backtest = requested()
    if status == "completed":
        backtests.run(backtest_id=backtest.pk)
    else:
        backtests.cancel(backtest=backtest)
    with pytest.raises(Conflict, match="over"):
        backtests.cancel(backtest=backtest)


def test_a_run_deleted_meanwhile_stores_nothing(requested, monkeypatch):
    backtest = requested()

    def delete_meanwhile(self, words):
        if words == "storing":
            backtests.delete(backtest=Backtest.objects.get(pk=backtest.pk))

    monkeypatch.setattr(progress.Reporter, "stage", delete_meanwhile)
    assert backtests.run(backtest_id=backtest.pk) == "deleted"
    assert not BacktestCurves.objects.exists()


def test_a_worker_that_lost_its_claim_stores_nothing(requested, monkeypatch):
    backtest = requested()

    def taken_over(self, words):
        if words == "storing":
            claimed(backtest, attempt=2)

    monkeypatch.setattr(progress.Reporter, "stage", taken_over)
    assert backtests.run(backtest_id=backtest.pk) == "running"
    assert not BacktestCurves.objects.exists()


def test_candles_that_are_gone_when_the_run_begins_fail_it_with_the_reason(requested):
    backtest = requested()
    Backtest.objects.filter(pk=backtest.pk).update(venue="elsewhere")
    assert backtests.run(backtest_id=backtest.pk) == "failed"
    backtest.refresh_from_db()
    assert "no 1m candles" in backtest.error


def test_our_own_fault_fails_the_run_and_says_so(requested, monkeypatch):
    backtest = requested()

    def broken(*_args, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr(backtests, "simulate", broken)
    assert backtests.run(backtest_id=backtest.pk) == "failed"
    backtest.refresh_from_db()
    assert backtest.error == backtests.OUR_FAULT


#  attempt, cancel requested, status after a sweep, words of the error
DESERTED = [
    (1, False, "queued", ""),
    (2, False, "failed", "worker died 2 times"),
    (1, True, "cancelled", ""),
]


@pytest.mark.parametrize(("attempt", "cancelling", "after", "words"), DESERTED)
def test_no_run_hangs_when_its_worker_died(requested, attempt, cancelling, after, words):
    backtest = requested()
    claimed(backtest, lease=timedelta(seconds=-1), attempt=attempt)
    Backtest.objects.filter(pk=backtest.pk).update(cancel_requested=cancelling)
    assert backtests.recover() == 1
    backtest.refresh_from_db()
    assert (backtest.status, backtest.claim) == (after, None)
    assert words in backtest.error
    assert backtests.recover() == 0


def test_a_requeued_run_completes_at_its_second_attempt(requested):
    backtest = requested()
    claimed(backtest, lease=timedelta(seconds=-1))
    backtests.recover()
    assert backtests.run(backtest_id=backtest.pk) == "completed"
    assert Backtest.objects.get(pk=backtest.pk).attempt == 2


def test_a_living_worker_is_left_alone(requested):
    claimed(requested())
    assert backtests.recover() == 0


def test_a_run_whose_message_was_lost_is_sent_again(requested, django_capture_on_commit_callbacks):
    backtest = requested()
    long_ago = clock.now() - timedelta(minutes=10)
    Backtest.objects.filter(pk=backtest.pk).update(enqueued_at=long_ago)
    with django_capture_on_commit_callbacks() as sent:
        assert backtests.recover() == 0
    assert len(sent) == 1
    with django_capture_on_commit_callbacks() as sent:
        backtests.recover()
    assert sent == []


def test_a_user_may_not_fill_the_queue(requested, monkeypatch):
    monkeypatch.setattr(backtests, "ACTIVE_PER_USER_MAX", 2)
    requested(), requested()
    with pytest.raises(Conflict, match="waiting or running"):
        requested()


def test_a_refused_request_leaves_no_row(requested):
    with pytest.raises(BadInput):
        requested(cash=0)
    assert not Backtest.objects.exists()
