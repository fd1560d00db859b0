"""Conditions over columns: boolean columns, with numpy only and no shifted copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bots.core.indicators import Column
from bots.core.strategy.conditions import Comparison, Condition, Group
from bots.core.strategy.operands import Operand

Flags = NDArray[np.bool_]
Compare = Callable[..., Flags]

PLAIN: dict[str, Compare] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
# A cross is one relation now and another one candle ago.
CROSSES: dict[str, tuple[str, str]] = {
    "crosses_above": (">", "<="),
    "crosses_below": ("<", ">="),
}


def reach(one: Comparison) -> int:
    """How many candles back the comparison looks."""
    offset = max(operand.offset for operand in one.operands())
    return offset + (one.n or 0) + (one.op in CROSSES)


@dataclass(slots=True)
class Evaluator:
    """Evaluates conditions over `n` candles; an equal comparison is computed once.

    A comparison is false where an operand has no value (NaN, or before the first candle), `!=`
    too. `not` is the logical negation of that result: true where the comparison is false.
    """

    columns: Mapping[str, Column]
    n: int
    known: dict[Comparison, Flags] = field(default_factory=dict)

    def condition(self, condition: Condition) -> Flags:
        """One flag per candle. Results may be shared: never change them in place."""
        if isinstance(condition, Group):
            return self._group(condition)
        if condition not in self.known:
            self.known[condition] = self.comparison(condition)
        return self.known[condition]

    def _group(self, group: Group) -> Flags:
        flags = self.condition(group.items[0])
        if group.kind == "not":
            return np.logical_not(flags)
        combine = np.logical_and if group.kind == "all" else np.logical_or
        own: Flags | None = None
        for item in group.items[1:]:
            own = combine(flags if own is None else own, self.condition(item), out=own)
        return flags if own is None else own

    def comparison(self, one: Comparison) -> Flags:
        if one.op in CROSSES:
            assert one.right is not None
            now, before = CROSSES[one.op]
            flags = self._compare(now, one.left, one.right)
            return self._and(flags, self._compare(before, one.left, one.right, back=1))
        if one.op == "between":
            assert one.low is not None and one.high is not None
            flags = self._compare(">=", one.left, one.low)
            return self._and(flags, self._compare("<=", one.left, one.high))
        if one.op in ("rising", "falling"):
            assert one.n is not None
            return self._monotone(one.left, ">" if one.op == "rising" else "<", one.n)
        assert one.right is not None
        return self._compare(one.op, one.left, one.right)

    def _and(self, own: Flags, other: Flags) -> Flags:
        return np.logical_and(own, other, out=own)

    def _compare(self, op: str, left: Operand, right: Operand, *, back: int = 0) -> Flags:
        """left op right as they stood `back` candles ago; a new array."""
        skip = min(self.n, back + max(left.offset, right.offset))
        flags = np.empty(self.n, dtype=np.bool_)
        flags[:skip] = False
        left_values, right_values = (self._ago(side, back, skip) for side in (left, right))
        PLAIN[op](left_values, right_values, out=flags[skip:])
        if op == "!=":  # the one relation that NaN makes true
            flags[skip:] &= np.equal(left_values, left_values)
            flags[skip:] &= np.equal(right_values, right_values)
        return flags

    def _ago(self, operand: Operand, back: int, skip: int) -> Column | float:
        """The operand's values for candles skip to n - 1, each `back` + offset candles ago."""
        if operand.is_number:
            return operand.number
        shift = operand.offset + back
        return self.columns[operand.name][skip - shift : max(0, self.n - shift)]

    def _monotone(self, operand: Operand, op: str, steps: int) -> Flags:
        """Whether each of the last `steps` steps went the way of `op`."""
        older = Operand(operand.name, operand.offset + 1)
        moved = self._compare(op, operand, older)
        # The last candle whose step did not go that way; counted from -1 before the first.
        stopped = np.where(moved, -1, np.arange(self.n))
        np.maximum.accumulate(stopped, out=stopped)
        return np.arange(self.n) - stopped >= steps
