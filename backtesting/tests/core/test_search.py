"""The space of a search: what it counts, what it lists, what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backtesting.core.parameters import range_of
from backtesting.core.search import Space
from bots.tests.core.building import spec_data
from foundation.lib.errors import BadInput

FAST: dict[str, Any] = {"path": "fast.period", "type": "int", "low": 5, "high": 9, "step": 2}
STOP: dict[str, Any] = {"path": "risk.stop_loss", "type": "float", "low": 0.1, "high": 0.3}


def space(*parameters: dict[str, Any], constraints: list[str] | None = None) -> Space:
    return Space.parse({"parameters": list(parameters), "constraints": constraints or []})


#  parameter, its values
VALUES = [
    (FAST, [5, 7, 9]),
    ({**FAST, "high": 10}, [5, 7, 9]),
    ({"path": "a", "low": 3, "high": 4}, [3, 4]),
    ({**STOP, "step": 0.1}, [0.1, 0.2, 0.3]),
    ({**STOP, "points": 3}, [0.1, 0.2, 0.3]),
    ({**STOP, "low": 0.001, "high": 0.1, "points": 3, "log": True}, [0.001, 0.01, 0.1]),
    ({**STOP, "high": 0.1}, [0.1]),
    ({"path": "x", "choices": ["sma", "ema"]}, ["sma", "ema"]),
    ({"path": "x", "choices": [1, 2.5]}, [1, 2.5]),
]


@pytest.mark.parametrize(("parameter", "values"), VALUES)
def test_a_parameter_lists_its_values(parameter: dict[str, Any], values: list[Any]) -> None:
    found = space(parameter)
    assert found.count() == len(values)
    (name,) = [one.name for one in found.parameters]
    assert [one[name] for one in found.grid()] == values


def test_the_last_parameter_changes_fastest_and_constraints_leave_out() -> None:
    found = space(FAST, {**STOP, "step": 0.1}, constraints=["fast.period * risk.stop_loss < 1.5"])
    assert found.count() == 9
    assert [tuple(one.values()) for one in found.grid()] == [
        (5, 0.1), (5, 0.2), (7, 0.1), (7, 0.2), (9, 0.1),
    ]  # fmt: skip
    assert len(found.grid()) == 5
    assert found.grid()[-1] == {"fast.period": 9, "risk.stop_loss": 0.1}


def test_a_million_combinations_may_be_listed_and_one_more_may_not() -> None:
    a, b = ({"path": name, "low": 1, "high": 1000} for name in "ab")
    assert len(space(a, b).grid()) == 1_000_000
    with pytest.raises(BadInput, match="1,001,000 combinations; at most 1,000,000"):
        space({**a, "high": 1001}, b).grid()


def test_a_grid_of_any_number_between_is_refused_with_its_place() -> None:
    with pytest.raises(BadInput) as refusal:
        space(FAST, STOP).grid()
    assert [one.path for one in refusal.value.faults] == ["parameters[1].step"]
    assert space(FAST, STOP).count() is None


def test_constraints_that_leave_nothing_are_told() -> None:
    with pytest.raises(BadInput, match="none of the 3 combinations meets the constraints"):
        space(FAST, constraints=["fast.period > 9"]).grid()
    with pytest.raises(BadInput, match="random sets meets the constraints"):
        space(STOP, constraints=["risk.stop_loss > 1"]).draw(np.random.default_rng(1))


#  parameters, constraints, path of the fault, part of its message
FAULTS = [
    ([], [], "parameters", "is empty"),
    ([5], [], "parameters[0]", "must be an object"),
    ([{"low": 1, "high": 2}], [], "parameters[0].path", "is missing"),
    ([{"path": "a..b", "low": 1, "high": 2}], [], "parameters[0].path", "is no path"),
    ([{**FAST, "low": 10}], [], "parameters[0].low", "is above high (9)"),
    ([{**FAST, "step": 0}], [], "parameters[0].step", "must be above 0"),
    ([{**FAST, "low": 1.5}], [], "parameters[0].low", "must be a whole number"),
    ([{**FAST, "high": None}], [], "parameters[0].high", "must be a finite number, not null"),
    ([{**STOP, "low": 0, "log": True}], [], "parameters[0].low", "must be above 0 on a log"),
    ([{**STOP, "step": 0.1, "points": 3}], [], "parameters[0].points", "stands beside step"),
    ([{**STOP, "low": float("nan")}], [], "parameters[0].low", "must be a finite number"),
    ([{**STOP, "typo": 1}], [], "parameters[0].typo", "unknown key"),
    ([{"path": "a", "choices": []}], [], "parameters[0].choices", "is empty"),
    ([{"path": "a", "choices": [1, 1]}], [], "parameters[0].choices[1]", "listed twice"),
    ([{"path": "a", "type": "bool"}], [], "parameters[0].type", "unknown type"),
    ([FAST, FAST], [], "parameters[1].path", "searched twice"),
    ([{**FAST, "name": "min"}], [], "parameters[0].name", "must be a name"),
    ([FAST], ["fast.period <"], "constraints[0]", "has the end"),
    ([FAST], ["slow > 1"], "constraints[0]", 'names "slow"'),
    ([FAST], [7], "constraints[0]", "must be text"),
]


@pytest.mark.parametrize(("parameters", "constraints", "path", "said"), FAULTS)
def test_faults_name_their_place(
    parameters: list[Any], constraints: list[Any], path: str, said: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        Space.parse({"parameters": parameters, "constraints": constraints})
    told = {one.path: one.message for one in refusal.value.faults}
    assert said in told[path]


#  path, bounds, part of the message; empty: fine
PLACES = [
    ("fast.period", (5, 9), ""),
    ("indicators[0].params.period", (5, 9), ""),
    ("risk.take_profit", (0.1, 0.2), ""),
    ("buy_conditions.all[0].right", (1, 2), "is no number"),
    ("timeframe", (1, 2), "is no number"),
    ("risk.stop_los", (0.1, 0.2), "unknown key"),
    ("risk.stop_loss", (5, 9), "must be above 0 and below 1"),
    ("indicators[9].params.period", (5, 9), "leads to nothing"),
    ("fasst.period", (5, 9), 'did you mean "fast.period"'),
]


@pytest.mark.parametrize(("path", "bounds", "said"), PLACES)
def test_paths_are_looked_up_in_the_strategy(
    path: str, bounds: tuple[float, float], said: str
) -> None:
    low, high = bounds
    kind = "int" if isinstance(low, int) else "float"
    data = {"parameters": [{"path": path, "type": kind, "low": low, "high": high}]}
    if not said:
        assert Space.parse(data, spec_data()).parameters[0].path.startswith(("indicators", "risk"))
        return
    with pytest.raises(BadInput) as refusal:
        Space.parse(data, spec_data())
    assert [one.path for one in refusal.value.faults] == ["parameters[0].path"]
    assert said in refusal.value.faults[0].message


#  text of a command line, entry
RANGES = [
    ("fast.period=5:24:1", {"path": "fast.period", "type": "int", "low": 5, "high": 24, "step": 1}),
    ("risk.stop_loss=0.01:0.05", {"path": "risk.stop_loss", "type": "float", "low": 0.01,
                                  "high": 0.05}),
    ("a=1:2.0:0.5", {"path": "a", "type": "float", "low": 1, "high": 2, "step": 0.5}),
    ("a", None),
    ("a=1", None),
    ("a=1:x", None),
    ("a=1:2:3:4", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entry"), RANGES)
def test_ranges_of_the_command_line(text: str, entry: dict[str, Any] | None) -> None:
    assert range_of(text) == entry
