"""The formula written out again, with no bracket more than it needs."""

from __future__ import annotations

from collections.abc import Sequence

from bots.core.formula.nodes import (
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
from bots.core.formula.parser import LEVELS, NOT, SIGN
from bots.core.indicators.registry import INDICATORS, ParamValue

TIGHTEST = 10
Written = tuple[str, int]  # the text, and how tightly its outermost operator binds


def to_text(node: Node) -> str:
    """What parse() reads back as the same tree."""
    return fold(node, _Text())[0]


def _within(part: Written, loosest: int) -> str:
    text, level = part
    return text if level >= loosest else f"({text})"


def _number(value: float) -> str:
    return repr(int(value)) if value.is_integer() and value < 2**53 else repr(value)


def _param(value: ParamValue) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


class _Text:
    """A Visitor[Written]."""

    def number(self, node: Number) -> Written:
        return _number(node.value), TIGHTEST

    def column(self, node: PriceColumn) -> Written:
        return node.name, TIGHTEST

    def ago(self, node: Ago, of: Written) -> Written:
        return f"{_within(of, TIGHTEST)}[{node.candles}]", TIGHTEST

    def unary(self, node: Unary, of: Written) -> Written:
        if node.op == "not":
            return f"not {_within(of, NOT)}", NOT
        return f"-{_within(of, SIGN)}", SIGN

    def binary(self, node: Binary, left: Written, right: Written) -> Written:
        level = LEVELS[node.op]
        if node.op == "**":  # from the right, and a sign may stand behind it
            return f"{_within(left, level + 1)} ** {_within(right, SIGN)}", level
        # Comparisons do not chain, so neither side may be one.
        lowest = level + 1 if level == LEVELS["<"] else level
        return f"{_within(left, lowest)} {node.op} {_within(right, level + 1)}", level

    def call(self, node: Call, arguments: Sequence[Written]) -> Written:
        return f"{node.function}({', '.join(text for text, _ in arguments)})", TIGHTEST

    def indicator(self, node: IndicatorCall, source: Written | None) -> Written:
        kind = INDICATORS[node.key]
        parts = [] if source is None else [source[0]]
        parts += [_param(value) for _, value in node.params]
        output = f".{node.output}" if node.output != kind.outputs[0] else ""
        return f"{node.key}({', '.join(parts)}){output}", TIGHTEST
