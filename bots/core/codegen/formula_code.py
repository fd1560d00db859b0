"""A formula as code: the indicators it calls as columns, the rest candle by candle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bots.core.codegen.dialects import Dialect
from bots.core.codegen.indicator_code import SOURCE_COLUMNS, indicator_call, source_code
from bots.core.formula import Node, fold
from bots.core.formula.nodes import (
    ARITHMETIC,
    Ago,
    Binary,
    Call,
    IndicatorCall,
    Number,
    PriceColumn,
    Unary,
)
from bots.core.indicators import INDICATORS

# What a part of the formula is, so many candles ago.
Written = Callable[[int], str]
FUNCTION_NAMES = {
    "min": "smallest",
    "max": "largest",
    "sqrt": "square_root",
    "log": "natural_log",
    "log10": "decimal_log",
    "exp": "exponential",
    "sign": "sign",
    "floor": "whole_below",
    "ceil": "whole_above",
    "round": "nearest_whole",
}
ARITHMETIC_NAMES = {"/": "divided", "%": "remainder", "**": "power"}


def formula_body(dialect: Dialect, node: Node) -> list[str]:
    """The statements of a function of `base`, whose last one gives the list of its one output."""
    work = _Code(dialect)
    value = fold(node, work)(0)
    size = dialect.assigned("size", _size(dialect))
    return [size, *work.statements, work.given(value)]


def _size(dialect: Dialect) -> str:
    return 'len(base["close"])' if dialect.key == "python" else "base.close.length"


def _index(ago: int) -> str:
    return f"i - {ago}" if ago else "i"


@dataclass(slots=True)
class _Code:
    """A Visitor[Written] that gathers the columns it needs as statements."""

    dialect: Dialect
    statements: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def given(self, value: str) -> str:
        made = f"[{self.dialect.every(value)}]"
        return f"return {made}" if self.dialect.key == "python" else f"return {made};"

    def column_of(self, value: str) -> str:
        """A variable that holds the column; the same column is computed once."""
        if value not in self.known:
            self.known[value] = self.dialect.name(f"column_{len(self.known) + 1}")
            self.statements.append(self.dialect.assigned(self.known[value], value))
        return self.known[value]

    def number(self, node: Number) -> Written:
        return lambda _: self.dialect.literal(node.value)

    def column(self, node: PriceColumn) -> Written:
        code = source_code(self.dialect, node.name, "base")
        if node.name not in SOURCE_COLUMNS:
            code = self.column_of(code)
        return lambda ago: f"{code}[{_index(ago)}]"

    def ago(self, node: Ago, of: Written) -> Written:
        dialect, candles = self.dialect, node.candles
        return lambda ago: dialect.chosen(
            f"i >= {ago + candles}", of(ago + candles), dialect.missing
        )

    def unary(self, node: Unary, of: Written) -> Written:
        if node.op == "-":
            return lambda ago: f"(-{of(ago)})"
        dialect = self.dialect
        return lambda ago: f"{dialect.number}({dialect.not_}{dialect.call('is_true', of(ago))})"

    def binary(self, node: Binary, left: Written, right: Written) -> Written:
        return lambda ago: self._binary(node.op, left(ago), right(ago))

    def _binary(self, op: str, left: str, right: str) -> str:
        dialect = self.dialect
        if op in ARITHMETIC_NAMES:
            return dialect.call(ARITHMETIC_NAMES[op], left, right)
        if op in ARITHMETIC:
            return dialect.call("finite", f"{left} {op} {right}")
        if op == "!=":
            return f"{dialect.number}({dialect.call('differs', left, right)})"
        if op in ("and", "or"):
            word = dialect.and_ if op == "and" else dialect.or_
            sides = (dialect.call("is_true", left), dialect.call("is_true", right))
            return f"{dialect.number}({sides[0]} {word} {sides[1]})"
        return f"{dialect.number}({left} {dialect.equals if op == '==' else op} {right})"

    def call(self, node: Call, arguments: Sequence[Written]) -> Written:
        return lambda ago: self._call(node.function, [one(ago) for one in arguments])

    def _call(self, function: str, arguments: Sequence[str]) -> str:
        dialect = self.dialect
        if function == "if":
            return dialect.chosen(dialect.call("is_true", arguments[0]), *arguments[1:])
        if function == "abs":
            return (
                f"abs({arguments[0]})" if dialect.key == "python" else f"Math.abs({arguments[0]})"
            )
        made = arguments[0]
        if len(arguments) == 1:
            return dialect.call(FUNCTION_NAMES[function], made)
        for argument in arguments[1:]:
            made = dialect.call(FUNCTION_NAMES[function], made, argument)
        return made

    def indicator(self, node: IndicatorCall, source: Written | None) -> Written:
        kind = INDICATORS[node.key]
        read = None if source is None else self.column_of(self.dialect.every(source(0)))
        call = indicator_call(self.dialect, node.key, dict(node.params), "base", read)
        name = f"{self.column_of(call)}[{kind.outputs.index(node.output)}]"
        return lambda ago: f"{name}[{_index(ago)}]"
