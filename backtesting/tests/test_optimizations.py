"""Searches of parameters: what is tried, by whom, what is kept, and what is refused."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from backtesting.core.sweep import sweep
from backtesting.models import Backtest, Optimization, Trial
from backtesting.services import optimization_work, optimizations
from backtesting.services.optimization_handout import Handout
from backtesting.services.search_plan import Search
from backtesting.tests.conftest import VENUE
from bots.services import strategies
from exchanges.core.costs import Costs
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict

PARAMETERS = ["fast.period=2:6:1", "slow.period=8:14:2"]


@pytest.fixture
def asked(alice, store_walk, spec):
    """asked(...) is a search of 20 combinations; what is given replaces its terms."""
    spec["timeframe"] = "15m"  # nine days: long enough for a Sharpe ratio
    candles = store_walk(count=900, timeframe="15m")

    def ask(**changes: Any) -> Optimization:
        terms = {"spec": spec, "venue": VENUE, "parameters": PARAMETERS} | changes
        return optimizations.request(owner=alice, **terms)

    ask.candles = candles
    return ask


def finish(row: Optimization) -> Optimization:
    while (answer := optimizations.run(optimization_id=row.pk)) == "more":
        pass
    row.refresh_from_db()
    assert answer == row.status, row.error
    return row


def test_a_grid_gives_each_set_the_figures_of_its_own_run(asked, spec):
    row = finish(asked(fee=0.001))
    assert (row.status, row.done, row.total, row.progress) == ("completed", 20, 20, 1.0)
    trials = list(row.trials.all())
    sets = [
        {"indicators[0].params.period": one.values["fast.period"],
         "indicators[1].params.period": one.values["slow.period"]}
        for one in trials
    ]  # fmt: skip
    candles = {"BTC/USDT": asked.candles}
    told = sweep(spec, candles, sets, cash=10_000, costs=Costs(fee_rate=0.001))
    for one, twin in zip(trials, told, strict=True):
        assert one.metrics == {key: twin.metrics[key] for key in one.metrics}
        assert (one.state, one.score) == ("finished", twin.metrics["sharpe"])
    best = max(one.score for one in trials)
    assert row.best["scores"] == [best]
    assert row.verdict["optimum"] == row.best["number"]
    assert row.improvements[-1][1] == best
    assert 0 <= row.verdict["overfitting"]["probability"] <= 1
    assert 0 <= row.verdict["deflated_sharpe"]["probability"] <= 1
    assert row.verdict["sampled"] == 20


@pytest.mark.parametrize("method", ["random", "tpe", "nsga2"])
def test_samplers_try_as_many_as_asked(asked, method):
    row = finish(asked(method=method, trials=12, seed=3))
    numbers = list(row.trials.values_list("number", "state"))
    assert numbers == [(number, "finished") for number in range(12)]
    again = finish(asked(method=method, trials=12, seed=3))
    same = [list(one.trials.values_list("values", flat=True)) for one in (row, again)]
    assert same[0] == same[1], "the seed decides"


def test_constraints_leave_sets_out(asked):
    row = finish(asked(parameters=["fast.period=2:12:2", "slow.period=4:12:4"],
                       constraints=["fast.period < slow.period"]))  # fmt: skip
    values = list(row.trials.values_list("values", flat=True))
    assert len(values) == row.total == 1 + 3 + 5
    assert all(one["fast.period"] < one["slow.period"] for one in values)


def test_several_objectives_leave_a_front(asked):
    row = finish(asked(objectives=["total_return", "max_drawdown"]))
    front = row.trials.filter(number__in=row.verdict["front"])
    scores = list(front.values_list("scores", flat=True))
    for mine in scores:
        assert not any(a != mine and a[0] >= mine[0] and a[1] >= mine[1] for a in scores)


def test_hopeless_sets_are_given_up_after_the_first_part(asked):
    row = finish(asked(early_stopping=True))
    states = list(row.trials.values_list("state", flat=True))
    assert len(states) == 20
    assert 0 < states.count("stopped") < 14
    assert row.trials.get(number=row.verdict["optimum"]).state == "finished"


def test_an_optimum_without_trades_is_none(asked, spec):
    never = {"all": [{"left": "close", "op": "<", "right": 0}]}
    row = finish(asked(spec={**spec, "buy_conditions": never}))
    assert (row.best, row.verdict["optimum"]) == (None, None)
    assert "single trade" in row.verdict["words"]


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"parameters": ["fast.period=1:2000:1", "slow.period=1:2000:1"]}, "parameters",
         "4,000,000"),
        ({"parameters": []}, "parameters", "which numbers"),
        ({"parameters": ["fast.period=a:b"]}, "parameters[0]", "no number"),
        ({"parameters": ["fast.length=1:5"]}, "parameters[0].path", ""),
        ({"method": "guess"}, "method", "grid"),
        ({"objectives": "luck"}, "objectives[0].metric", ""),
        ({"trials": "many", "method": "tpe"}, "trials", "whole number"),
        ({"trials": 20_000, "method": "tpe"}, "trials", "10,000"),
        ({"trials": 3, "method": "grid"}, "trials", "all 20"),
        ({"seed": -1}, "seed", "whole number"),
        ({"early_stopping": True, "objectives": ["sharpe", "total_return"]}, "early_stopping",
         "one objective"),
        ({"detail": "1m"}, "detail", "finer"),
        ({"start": "2030-01-01"}, "symbols[0]", "range"),
        ({"constraints": ["fast.period <"]}, "constraints[0]", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_by_name(asked, changes, path, words):
    with pytest.raises(BadInput) as refused:
        asked(**changes)
    faults = {one.path: one.message for one in refused.value.faults}
    assert words in faults[path]
    assert not Optimization.objects.exists()


def test_a_search_is_cancelled_and_resumed_where_it_stood(asked, monkeypatch):
    row = asked()
    stored = optimization_work.store

    def cancel_after(optimization_id, claim, tried):
        answer = stored(optimization_id, claim, tried)
        optimizations.cancel(optimization=row)
        return answer

    monkeypatch.setattr(optimization_work, "store", cancel_after)
    assert optimizations.run(optimization_id=row.pk) == "stopped"
    monkeypatch.undo()
    row.refresh_from_db()
    kept = {one.number: one.score for one in row.trials.over()}
    assert (row.status, row.done) == ("cancelled", len(kept))
    assert 0 < len(kept) < 20
    with pytest.raises(Conflict):
        optimizations.cancel(optimization=row)
    row = finish(optimizations.resume(optimization=row))
    assert row.trials.filter(state="finished").count() == row.done == 20
    assert {one.number: one.score for one in row.trials.filter(number__in=kept)} == kept
    with pytest.raises(Conflict):
        optimizations.resume(optimization=row)


def test_a_finished_search_goes_on_with_more_trials(asked):
    row = finish(asked(method="tpe", trials=8))
    row = finish(optimizations.resume(optimization=row, trials=14))
    assert row.done == row.total == row.trials.filter(state="finished").count() == 14


def test_what_a_dead_worker_had_in_hand_is_tried_by_the_next(asked):
    row = asked()
    Handout(row, Search.of(row)).take(uuid.uuid4(), 3)
    assert optimizations.run(optimization_id=row.pk) == "waits"
    row.refresh_from_db()
    assert (row.status, row.done) == ("running", 17)
    assert optimizations.recover() == 0  # its lease has not run out: it might be alive
    expired = {"lease_until": clock.now() - timedelta(milliseconds=1)}
    assert row.trials.filter(state="asked").update(**expired) == 3
    assert optimizations.recover() == 1
    row = finish(row)
    assert sorted(row.trials.values_list("attempt", flat=True)) == [1] * 17 + [2] * 3
    assert row.done == row.trials.filter(state="finished").count() == 20


def test_a_set_that_kills_its_workers_is_given_up(asked):
    row = asked(method="random", trials=1)
    Handout(row, Search.of(row)).take(uuid.uuid4(), 1)
    row.trials.update(attempt=3, lease_until=clock.now() - timedelta(seconds=1))
    row = finish(row)
    assert row.trials.get().state == "failed"
    assert "died" in row.trials.get().error
    assert row.verdict["optimum"] is None


def test_a_late_worker_does_not_store_what_was_taken_over(asked):
    row = asked()
    mine, other = uuid.uuid4(), uuid.uuid4()
    handout = Handout(row, Search.of(row))
    (first, *_) = handout.take(mine, 1)
    row.trials.update(claim=other)
    trier, _ = optimization_work.prepared(row.pk, row.created_at)
    assert optimization_work.store(row.pk, mine, list(trier.try_all([first])))
    row.refresh_from_db()
    assert (row.done, row.trials.get().state) == (0, "asked")


def test_the_optimum_becomes_a_new_version_and_a_backtest(asked, alice, spec):
    strategy = strategies.create(owner=alice, spec=spec)
    row = finish(asked(strategy=strategy, spec=None, fee=0.002))
    trial = row.trials.get(number=row.verdict["optimum"])
    changed = optimizations.use_in_strategy(optimization=row, trial=trial)
    assert (changed.pk, changed.version) == (strategy.pk, strategy.version + 1)
    assert changed.spec["indicators"][0]["params"]["period"] == trial.values["fast.period"]
    made = optimizations.backtest_of(optimization=row, trial=trial)
    from backtesting.services import backtests

    assert backtests.run(backtest_id=made.pk) == "completed"
    made = Backtest.objects.get(pk=made.pk)
    assert made.metrics["sharpe"] == trial.metrics["sharpe"]
    assert made.fee_rate == row.fee_rate


def test_deleted_while_it_runs_it_is_left_alone(asked):
    row = asked()
    handout = Handout(row, Search.of(row))
    claim = uuid.uuid4()
    (first, *_) = handout.take(claim, 1)
    optimizations.delete(optimization=row)
    assert not Trial.objects.exists()
    assert optimizations.run(optimization_id=first.number + 10**6) == "not active"
