"""Values: the tree over whole columns at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bots.core.formula.functions import FUNCTIONS, truth
from bots.core.formula.nodes import (
    ARITHMETIC,
    Ago,
    Binary,
    Call,
    IndicatorCall,
    Node,
    Number,
    PriceColumn,
    Unary,
    fold,
)
from bots.core.indicators.compute import compute_columns, mean_of
from bots.core.indicators.registry import INDICATORS, Column, ParamValue

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.mod,
    "**": np.power,
    ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal,
    "==": np.equal,
    "!=": lambda left, right: (left != right) & (left == left) & (right == right),
    "and": lambda left, right: truth(left) & truth(right),
    "or": lambda left, right: truth(left) | truth(right),
}  # fmt: skip

Value = Any  # a column, or a float for what is the same on every candle


def evaluate(node: Node, columns: Mapping[str, Column]) -> Column:
    """The formula's value on every candle; NaN where it has none, never infinite.

    columns: the candle columns and open_time_ms, by name. What is not finite (1 / 0, log(-1), an
    overflow) has no value. A comparison with such an operand is false, as everywhere in a
    strategy. An indicator that reads a column with gaps sees the last value before each gap.
    """
    size = columns["close"].size
    with np.errstate(all="ignore"):
        made = fold(node, _Values(columns))
    return np.array(np.broadcast_to(np.asarray(made, dtype=np.float64), (size,)))


def _finite(made: Value) -> Value:
    """NaN where it is not finite; `made` is nobody else's."""
    if isinstance(made, np.ndarray) and made.ndim:
        made[~np.isfinite(made)] = np.nan
        return made
    return np.float64(made) if np.isfinite(made) else np.float64(np.nan)


@dataclass(slots=True)
class _Values:
    """A Visitor[Value]; an indicator written twice is computed once."""

    columns: Mapping[str, Column]
    known: dict[tuple[Any, ...], dict[str, Column]] = field(default_factory=dict)

    def number(self, node: Number) -> Value:
        return np.float64(node.value)

    def column(self, node: PriceColumn) -> Value:
        return mean_of(self.columns, node.name)

    def ago(self, node: Ago, of: Value) -> Value:
        size = self.columns["close"].size
        shifted = np.full(size, np.nan)
        if node.candles < size:
            whole = np.broadcast_to(of, (size,))
            shifted[node.candles :] = whole[: size - node.candles]
        return shifted

    def unary(self, node: Unary, of: Value) -> Value:
        return np.negative(of) if node.op == "-" else 1.0 - truth(of)

    def binary(self, node: Binary, left: Value, right: Value) -> Value:
        made = OPERATIONS[node.op](left, right)
        return _finite(made) if node.op in ARITHMETIC else made * 1.0

    def call(self, node: Call, arguments: Sequence[Value]) -> Value:
        return _finite(FUNCTIONS[node.function].function(*arguments))

    def indicator(self, node: IndicatorCall, source: Value | None) -> Value:
        key = (node.key, node.params, node.source)
        if key not in self.known:
            params: dict[str, ParamValue] = dict(node.params)
            if source is not None:
                source = np.broadcast_to(source, self.columns["close"].shape)
            found = compute_columns(INDICATORS[node.key], self.columns, params, source)
            self.known[key] = {name: _finite(column) for name, column in found.items()}
        return self.known[key][node.output]
