"""The space of a parameter search: its parameters, constraints and combinations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.core.constraints import Constraint, Unreadable, read_constraint
from backtesting.core.json_paths import found_at, resolved, steps_of
from backtesting.core.parameters import Parameter, Value, read_parameter
from backtesting.core.sweep import with_values
from bots.core.strategy.reading import Faults, load
from bots.core.strategy.spec import parse
from foundation.lib.errors import BadInput, FieldFault

PARAMETERS_MAX = 20
CONSTRAINTS_MAX = 20
COMBINATIONS_MAX = 1_000_000
# Draws until a set meets the constraints, before they are taken to leave nothing.
DRAWS_MAX = 2_000

Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Space:
    """What may be searched. Values are dicts: name of the parameter -> number or word."""

    parameters: tuple[Parameter, ...]
    constraints: tuple[Constraint, ...] = ()

    @staticmethod
    def parse(data: object, spec: Mapping[str, Any] | None = None) -> Space:
        """{"parameters": [...], "constraints": ["fast < slow"]} -> Space, or BadInput with paths.

        A parameter: {"path": "indicators[0].params.period" or "fast.period", "name": optional,
        "type": "int", "low": 5, "high": 24, "step": 1}, or "float" with "step", "points" or
        neither, and "log"; or {"path", "choices": [...]}. spec: the strategy's JSON, if each path
        shall be found in it.
        """
        faults = Faults()
        fields = faults.fields("", load(data), ("parameters", "constraints"), ("parameters",))
        parameters = _read_parameters(faults, fields.get("parameters", []), spec)
        names = [one.name for one in parameters if one.kind != "choice" or _numeric(one)]
        constraints = _read_constraints(faults, fields.get("constraints") or [], names)
        faults.raise_if_any("search")
        return Space(parameters, constraints)

    def count(self) -> int | None:
        """Combinations, constraints left aside; None: a parameter may be any number."""
        counts = [one.count for one in self.parameters]
        return None if None in counts else prod(one or 0 for one in counts)

    def grid(self) -> Grid:
        """Every combination that meets the constraints, the last parameter changing fastest.

        BadInput: without number, more than COMBINATIONS_MAX (the count is told), or none left.
        """
        endless = [one for one in self.parameters if one.count is None]
        if endless:
            paths = [f"parameters[{self.parameters.index(one)}].step" for one in endless]
            words = "a grid needs a step, or points; without them there is no end of values"
            raise BadInput(f"{paths[0]}: {words}", [FieldFault(path, words) for path in paths])
        count = self.count() or 0
        if count > COMBINATIONS_MAX:
            words = (
                f"{count:,} combinations; at most {COMBINATIONS_MAX:,} can be tried. Take larger "
                "steps, narrower ranges or fewer parameters, or sample instead of trying all"
            )
            raise BadInput(words, [FieldFault("parameters", words)])
        places = np.arange(count)
        if self.constraints:
            places = places[self._allowed(places)]
            if not places.size:
                words = f"none of the {count:,} combinations meets the constraints"
                raise BadInput(words, [FieldFault("constraints", words)])
        return Grid(self, places)

    def _allowed(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which combinations meet every constraint, all at once."""
        columns: dict[str, Any] = {}
        for one, index in zip(self.parameters, self.indexes(places), strict=True):
            if one.kind != "choice" or _numeric(one):
                known = np.array([one.value(i) for i in range(one.count or 0)], np.float64)
                columns[one.name] = known[index]
        allowed = np.ones(places.size, np.bool_)
        for constraint in self.constraints:
            allowed &= constraint.holds(columns)
        return allowed

    def indexes(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        """Of each parameter, which of its values a combination has."""
        return np.unravel_index(places, [one.count or 1 for one in self.parameters])

    def allows(self, values: Mapping[str, Value]) -> bool:
        """Whether the values meet every constraint."""
        return all(bool(one.holds(values)) for one in self.constraints)

    def draw(self, random: np.random.Generator) -> Values:
        """A random set that meets the constraints. BadInput where hardly any does."""
        for _ in range(DRAWS_MAX):
            values = {one.name: one.between(float(random.random())) for one in self.parameters}
            if self.allows(values):
                return values
        words = f"none of {DRAWS_MAX:,} random sets meets the constraints; loosen them"
        raise BadInput(words, [FieldFault("constraints", words)])

    def placed(self, values: Mapping[str, Value]) -> Values:
        """By JSON path instead of by name: what sweep() takes."""
        return {one.path: values[one.name] for one in self.parameters}


class Grid(Sequence[Values]):
    """Combinations by their place; none is made before it is asked for."""

    def __init__(self, space: Space, places: NDArray[np.int64]) -> None:
        self._space, self._places = space, places

    def __len__(self) -> int:
        return int(self._places.size)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return Grid(self._space, self._places[at])
        parts = self._space.indexes(self._places[at : at + 1] if at >= 0 else self._places[at:][:1])
        if not parts[0].size:
            raise IndexError(at)
        pairs = zip(self._space.parameters, parts, strict=True)
        return {one.name: one.value(int(part[0])) for one, part in pairs}

    def __iter__(self) -> Iterator[Values]:
        return (self[i] for i in range(len(self)))


def _numeric(one: Parameter) -> bool:
    return not any(isinstance(choice, str) for choice in one.choices)


def _read_parameters(
    faults: Faults, value: object, spec: Mapping[str, Any] | None
) -> tuple[Parameter, ...]:
    listed = faults.sequence("parameters", value, PARAMETERS_MAX)
    if isinstance(value, list | tuple) and not value:
        faults.add("parameters", "is empty; say which numbers to search")
    good: list[Parameter] = []
    for i, entry in enumerate(listed):
        path = f"parameters[{i}]"
        one = read_parameter(faults, path, entry)
        if one is None:
            continue
        if spec is not None:
            one = replace(one, path=resolved(one.path, spec))
            _check_place(faults, f"{path}.path", one, spec)
        if any(one.name == other.name or one.path == other.path for other in good):
            faults.add(f"{path}.path", f'"{one.name}" is searched twice; keep one')
        good.append(one)
    return tuple(good)


def _check_place(faults: Faults, path: str, one: Parameter, spec: Mapping[str, Any]) -> None:
    """The path must lead to a number, or to one that may stand there; the bounds must fit."""
    steps = steps_of(one.path) or ()
    try:
        before = found_at(spec, steps)
    except LookupError:
        before = None
    if one.kind != "choice" and (isinstance(before, bool) or not _number_or_none(before)):
        faults.add(path, f"{one.path} is no number in this strategy")
        return
    ends = [one.value(0), one.value((one.count or 1) - 1)] if one.count else [one.low, one.high]
    told = [_fault_at(spec, one.path, end) for end in ends]
    if all(told):
        faults.add(path, str(told[0]))


def _number_or_none(value: object) -> bool:
    return value is None or isinstance(value, int | float)


def _fault_at(spec: Mapping[str, Any], path: str, value: Value) -> str:
    """What the strategy's reader says of the value there; empty: nothing."""
    try:
        parse(with_values(spec, {path: value}))
    except BadInput as fault:
        return next((one.message for one in fault.faults if one.path == path), "")
    return ""


def _read_constraints(
    faults: Faults, value: object, names: Sequence[str]
) -> tuple[Constraint, ...]:
    made = []
    for i, text in enumerate(faults.sequence("constraints", value, CONSTRAINTS_MAX)):
        path = f"constraints[{i}]"
        if not isinstance(text, str):
            faults.add(path, 'must be text like "fast < slow"')
            continue
        try:
            made.append(read_constraint(text, names))
        except Unreadable as fault:
            faults.add(path, str(fault))
    return tuple(made)
