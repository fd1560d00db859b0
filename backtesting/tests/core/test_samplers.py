"""Samplers: what they ask for, what they learn, and that a search can be taken up again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from backtesting.core.samplers import METHODS, sampler
from backtesting.core.search import Space
from backtesting.core.trials import (
    FAILED,
    FINISHED,
    STOPPED,
    Objective,
    Trial,
    best,
    hopeless,
    parse_objectives,
)
from foundation.lib.errors import BadInput

SPACE = Space.parse(
    {
        "parameters": [
            {"path": "a", "low": 1, "high": 30},
            {"path": "b", "type": "float", "low": 0.0, "high": 1.0, "step": 0.05},
            {"path": "c", "type": "float", "low": 0.01, "high": 1, "points": 5, "log": True},
            {"path": "d", "choices": ["sma", "ema"]},
        ],
        "constraints": ["a * c < 20", "b <= c + 0.5"],
    }
)
SHARPE = (Objective("sharpe", True),)
TWO = (Objective("sharpe", True), Objective("fees_paid", False))


def tried(trial: Trial, objectives: Sequence[Objective]) -> Trial:
    """Best at a = 12, b = 0.4; every seventh set cannot be run, every fifth is stopped early."""
    values: Any = trial.values
    score = -((values["a"] - 12) ** 2) - 100 * (values["b"] - 0.4) ** 2
    scores = (score, values["a"] * 1.0)[: len(objectives)]
    if trial.number % 7 == 6:
        return Trial(trial.number, values, FAILED, (), None, trial.notes)
    state: Any = STOPPED if trial.number % 5 == 4 and len(objectives) == 1 else FINISHED
    return Trial(trial.number, values, state, scores, 3, trial.notes)


def search(
    method: str, objectives: Sequence[Objective], batches: int, known: Sequence[Trial] = ()
) -> list[Trial]:
    made, over = sampler(method, SPACE, 11, objectives, known), list(known)
    for _ in range(batches):
        done = [tried(one, objectives) for one in made.ask(10)]
        made.tell(done)
        over += done
    return over


CASES = [("grid", SHARPE), ("random", SHARPE), ("tpe", SHARPE), ("tpe", TWO), ("nsga2", TWO)]


@pytest.mark.parametrize(("method", "objectives"), CASES)
def test_a_search_taken_up_again_goes_on_as_if_nothing_had_happened(
    method: str, objectives: Sequence[Objective]
) -> None:
    whole = search(method, objectives, 5)
    stored = json.loads(json.dumps([one.to_json() for one in whole[:30]]))
    again = search(method, objectives, 2, [Trial.from_json(one) for one in stored])
    assert [one.values for one in again] == [one.values for one in whole]
    assert [one.number for one in whole] == list(range(50))
    assert all(SPACE.allows(one.values) for one in whole)


@pytest.mark.parametrize(("method", "objectives"), CASES)
def test_what_was_asked_for_and_never_told_is_asked_for_again(
    method: str, objectives: Sequence[Objective]
) -> None:
    asked = sampler(method, SPACE, 11, objectives).ask(6)
    told = [tried(one, objectives) for one in asked if one.number != 2]
    again = sampler(method, SPACE, 11, objectives, told).ask(3)
    assert [one.number for one in again] == [2, 6, 7]
    if method in ("grid", "random"):
        assert again[0].values == asked[2].values


@pytest.mark.parametrize("method", ["grid", "random"])
def test_a_finite_space_is_searched_once_and_then_is_over(method: str) -> None:
    made = sampler(method, SPACE, 3, SHARPE)
    asked = made.ask(10_000)
    assert len(asked) == len(SPACE.grid()) == len({str(one.values) for one in asked})
    assert made.ask(5) == []


def test_the_seed_decides_the_order_of_a_random_search() -> None:
    one, same, other = (sampler("random", SPACE, seed, SHARPE).ask(20) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_tpe_finds_what_random_draws_do_not() -> None:
    space = Space.parse(
        {"parameters": [{"path": p, "type": "float", "low": -1, "high": 1} for p in "xyz"]}
    )

    def closest(method: str) -> float:
        made, nearest = sampler(method, space, 5, SHARPE), 9.0
        for _ in range(12):
            asked = made.ask(5)
            far = [sum((float(v) - 0.3) ** 2 for v in one.values.values()) for one in asked]
            pairs = zip(asked, far, strict=True)
            made.tell([Trial(t.number, t.values, FINISHED, (-d,), 1, t.notes) for t, d in pairs])
            nearest = min(nearest, *far)
        return nearest

    assert closest("tpe") < closest("random") / 2


def test_methods_and_seeds_are_checked() -> None:
    with pytest.raises(BadInput, match="must be one of grid, random, tpe, nsga2"):
        sampler("anneal", SPACE, 1, SHARPE)
    with pytest.raises(BadInput, match="seed"):
        sampler(METHODS[0], SPACE, -1, SHARPE)


def finished(number: int, *scores: float | None, trades: int = 5) -> Trial:
    return Trial(number, {"a": number}, FINISHED, scores, trades)


def test_the_best_trial_is_never_one_without_trades() -> None:
    idle = finished(0, 99.0, trades=0)
    assert best([idle, finished(1, 1.0), finished(2, 2.0)], SHARPE).trial == finished(2, 2.0)
    none = best([idle, finished(1, None, trades=0)], SHARPE)
    assert none.trial is None
    assert none.words == "none of the 2 sets made a single trade: there is no optimum"


def test_why_there_is_no_best_trial_is_said() -> None:
    assert best([], SHARPE).words == "nothing has been tried yet"
    failed = [Trial(n, {}, FAILED) for n in range(3)]
    assert best(failed, SHARPE).words == "none of the 3 sets makes a valid strategy"
    assert "has a value of sharpe" in best([finished(0, None)], SHARPE).words


def test_of_several_objectives_the_front_is_kept() -> None:
    trials = [finished(0, 1.0, 1.0), finished(1, 2.0, 2.0), finished(2, 1.5, 3.0),
              finished(3, 2.0, 2.0), finished(4, 0.5, 0.5)]  # fmt: skip
    assert [one.number for one in best(trials, TWO).front] == [1, 0, 4]


def test_the_hopeless_are_those_below_the_best_third_of_all_first_parts() -> None:
    scores = [float(n) for n in range(12)]
    assert hopeless(scores, [], SHARPE[0]) == [True] * 8 + [False] * 4
    assert hopeless(scores, [], Objective("fees_paid", False)) == [False] * 4 + [True] * 8
    assert hopeless([5.0], [9.0] * 20, SHARPE[0]) == [True]
    assert hopeless([None, 1.0], [0.0] * 20, SHARPE[0]) == [True, False]


def test_nobody_is_given_up_before_enough_is_known() -> None:
    assert hopeless([1.0, None], [5.0] * 7, SHARPE[0]) == [False, False]


#  data, objectives or the path of the fault
OBJECTIVES: list[tuple[Any, Any]] = [
    ("sharpe", SHARPE),
    (["sharpe", "fees_paid"], TWO),
    ([{"metric": "exposure", "direction": "minimize"}], (Objective("exposure", False),)),
    ({"metric": "max_drawdown"}, (Objective("max_drawdown", True),)),
    (["sharp"], "objectives[0].metric"),
    (["exposure"], "objectives[0].direction"),
    (["daily_profit"], "objectives[0].metric"),
    ([{"metric": "sharpe", "direction": "up"}], "objectives[0].direction"),
    (["sharpe", "sharpe"], "objectives[1]"),
    ([], "objectives"),
    ([5], "objectives[0]"),
]


@pytest.mark.parametrize(("data", "expected"), OBJECTIVES)
def test_objectives_are_metrics_and_directions(data: Any, expected: Any) -> None:
    if not isinstance(expected, str):
        assert parse_objectives(data) == expected
        return
    with pytest.raises(BadInput) as refusal:
        parse_objectives(data)
    assert [one.path for one in refusal.value.faults] == [expected]
