"""Conditions: comparisons, and groups of them (all, any, not)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.core.strategy.operands import OFFSET_MAX, Operand, parse_operand
from bots.core.strategy.reading import Faults, join, shown, unknown

DEPTH_MAX = 8
CONDITIONS_MAX = 256
STEPS_MAX = OFFSET_MAX

TWO_SIDED = (">", ">=", "<", "<=", "==", "!=", "crosses_above", "crosses_below")
STEPWISE = ("rising", "falling")
OPERATORS = (*TWO_SIDED, *STEPWISE, "between")
GROUPS = ("all", "any", "not")
# What each operator takes beside "left" and "op".
TAKES = {
    **dict.fromkeys(TWO_SIDED, ("right",)),
    **dict.fromkeys(STEPWISE, ("n",)),
    "between": ("low", "high"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """left op right; left rising for n steps; or left between low and high, both included."""

    left: Operand
    op: str
    right: Operand | None = None
    low: Operand | None = None
    high: Operand | None = None
    n: int | None = None

    def operands(self) -> Iterator[Operand]:
        for operand in (self.left, self.right, self.low, self.high):
            if operand is not None:
                yield operand


@dataclass(frozen=True, slots=True)
class Group:
    """kind: all, any, or not (then of exactly one condition)."""

    kind: str
    items: tuple[Condition, ...]


Condition = Comparison | Group


@dataclass(slots=True)
class ConditionReader:
    """Reads the condition trees of one strategy, counting across all of them."""

    faults: Faults
    outputs: Mapping[str, tuple[str, ...]]
    count: int = field(default=0)

    def read(self, path: str, value: object, depth: int = 1) -> Condition | None:
        """One condition or group; None where something is wrong with it."""
        if not isinstance(value, dict):
            self.faults.add(path, f"must be a condition or a group {{...}}, not {shown(value)}")
            return None
        if depth > DEPTH_MAX:
            self.faults.add(path, f"is nested deeper than {DEPTH_MAX} levels; flatten it")
            return None
        kinds = [kind for kind in GROUPS if kind in value]
        if not kinds:
            return self._comparison(path, value)
        if len(kinds) > 1:
            names = " and ".join(f'"{kind}"' for kind in kinds)
            self.faults.add(path, f"has {names} side by side; put one inside the other")
            return None
        return self._group(path, value, kinds[0], depth)

    def _group(self, path: str, value: dict[str, Any], kind: str, depth: int) -> Condition | None:
        self.faults.fields(path, value, (kind,))
        inner = join(path, kind)
        if kind == "not":
            item = self.read(inner, value[kind], depth + 1)
            return None if item is None else Group(kind, (item,))
        written = value[kind]
        if isinstance(written, list | tuple) and not written:
            self.faults.add(inner, "is empty; add a condition or remove the group")
            return None
        listed = self.faults.sequence(inner, written, CONDITIONS_MAX)
        items = [self.read(f"{inner}[{i}]", item, depth + 1) for i, item in enumerate(listed)]
        good = tuple(item for item in items if item is not None)
        return Group(kind, good) if good and len(good) == len(items) else None

    def _comparison(self, path: str, value: dict[str, Any]) -> Comparison | None:
        self.count += 1
        if self.count == CONDITIONS_MAX + 1:
            self.faults.add(path, f"is one more than the {CONDITIONS_MAX} conditions allowed")
        if self.count > CONDITIONS_MAX:
            return None
        op = value.get("op")
        if not isinstance(op, str) or op not in TAKES:
            self._without_operator(path, value, op)
            return None
        takes = TAKES[op]
        fields = self.faults.fields(path, value, ("left", "op", *takes), ("left", *takes))
        made: dict[str, Any] = {
            name: parse_operand(self.faults, join(path, name), fields[name], self.outputs)
            for name in ("left", "right", "low", "high")
            if name in fields
        }
        if "n" in fields:
            made["n"] = self.faults.whole(join(path, "n"), fields["n"], 1, STEPS_MAX)
        self._check_sense(path, op, made)
        if len(made) != 1 + len(takes) or None in made.values():
            return None
        return Comparison(op=op, **made)

    def _without_operator(self, path: str, value: dict[str, Any], op: object) -> None:
        """Tell what is wrong with the rest all the same: every fault at once."""
        if "op" in value:
            self.faults.add(join(path, "op"), unknown("operator", op, OPERATORS))
        elif "left" in value or not value:
            self.faults.add(join(path, "op"), "is missing")
        known = ("left", "op", "right", "low", "high", "n", *GROUPS)
        fields = self.faults.fields(path, value, known)
        for name in ("left", "right", "low", "high"):
            if name in fields:
                parse_operand(self.faults, join(path, name), fields[name], self.outputs)

    def _check_sense(self, path: str, op: str, made: Mapping[str, Any]) -> None:
        left, low, high = made.get("left"), made.get("low"), made.get("high")
        if op in STEPWISE and left is not None and left.is_number:
            self.faults.add(join(path, "left"), f"is a number, and a number is never {op}")
        if low and high and low.is_number and high.is_number and low.number > high.number:
            self.faults.add(
                join(path, "low"), f"{low.number:g} is above high ({high.number:g}); swap them"
            )


def comparisons(condition: Condition | None) -> Iterator[Comparison]:
    """Every comparison in the tree, in the order written."""
    if isinstance(condition, Comparison):
        yield condition
    elif condition is not None:
        for item in condition.items:
            yield from comparisons(item)


def condition_to_json(condition: Condition | None) -> dict[str, Any] | None:
    """What ConditionReader reads back as the same condition."""
    if condition is None:
        return None
    if isinstance(condition, Group):
        items = [condition_to_json(item) for item in condition.items]
        return {condition.kind: items[0] if condition.kind == "not" else items}
    made: dict[str, Any] = {"left": condition.left.to_json(), "op": condition.op}
    for name in TAKES[condition.op]:
        value = getattr(condition, name)
        made[name] = value.to_json() if isinstance(value, Operand) else value
    return made
